"""Every key of the configuration file, with its unit, range and default."""

from datetime import date
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from mltc.config.costs import CostSettings
from mltc.config.encryption import EncryptionSettings
from mltc.config.gate import GateSettings
from mltc.config.operation import NotifySettings, RetentionSettings
from mltc.config.risk import RiskSettings
from mltc.contract import load_contract
from mltc.dialect import ColumnMapping, ReadOptions, ReadOverrides, load_dialect
from mltc.encryption import KeyPlace

Share = Annotated[float, Field(ge=0, le=1)]
# A reason that someone will be asked about: a word or two is none.
Reason = Annotated[str, Field(min_length=10)] | None


# The NHS began on 5 July 1948; dates are reckoned some years back and forth from these.
Day = Annotated[date, Field(ge=date(1948, 7, 5), lt=date(2200, 1, 1))]
# A feed's name is a folder's name too.
FeedName = Annotated[str, Field(pattern=r"^\w[\w -]{0,63}$")]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class IcbSettings(_Section):
    """Whose data this is. `synthetic = true` states that no real person is in it."""

    name: str
    code: Annotated[str, Field(pattern=r"^[A-Z0-9]{2,5}$")]
    synthetic: bool = False
    secret_env: Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9_]*$")] = "MLTC_SECRET"  # noqa: S105 - the name of a variable


class RunSettings(_Section):
    """What the run computes. The index date is the day the register describes.

    `hierarchy_date`: the day whose PCNs, sub-ICB locations and ICBs the run is told in (default: the index date); a
    later day tells an older run in newer codes. `imd_vintage`: the indices of deprivation that an LSOA is looked up
    in first. `comorbidity_lookback_months`: hospital diagnoses that Charlson and Elixhauser count, back from the date.
    """

    index_date: Day
    hierarchy_date: Day | None = None
    imd_vintage: Literal["2025", "2019"] = "2025"
    definition: str = "delphi-2022"
    complex_minimum_conditions: Annotated[int, Field(ge=2)] = 4
    complex_minimum_body_systems: Annotated[int, Field(ge=1)] = 3
    comorbidity_lookback_months: Annotated[int, Field(ge=1, le=240)] = 60
    disclosure_profile: Literal["hes", "community", "opensafely", "strictest"] = "strictest"
    seed: Annotated[int, Field(ge=0, lt=2**32)] = 20261001

    @property
    def name(self) -> str:
        """Name of the release folder: the month of the index date, so that a re-run replaces its own."""
        return f"{self.index_date:%Y-%m}"


class EngineSettings(EncryptionSettings):
    """Limits of the engine, and how its file is encrypted."""

    memory_limit: Annotated[str, Field(pattern=r"^\d{1,6}(\.\d{1,3})?(MB|GB|MiB|GiB)$")] = "8GB"
    threads: Annotated[int, Field(ge=1, le=256)] = 2


class ClusterSettings(_Section):
    """Latent classes of conditions among people with MLTC, of all ages and by age band."""

    class_count_minimum: Annotated[int, Field(ge=2)] = 2
    class_count_maximum: Annotated[int, Field(le=12)] = 12
    starts: Annotated[int, Field(ge=1, le=1000)] = 8
    minimum_condition_share: Share = 0.01
    smallest_share: Share = 0.03
    minimum_entropy: Share = 0.3
    minimum_stability: Share = 0.5
    minimum_certainty: Share = 0.5
    bootstrap_replicates: Annotated[int, Field(ge=0, le=1000)] = 3
    minimum_persons: Annotated[int, Field(ge=50)] = 500

    @model_validator(mode="after")
    def _check_range(self) -> Self:
        if self.class_count_maximum < self.class_count_minimum:
            raise ValueError("class_count_maximum must not be below class_count_minimum")
        return self


class SourceSettings(ReadOptions):
    """Where one canonical table comes from: files by path or URL, or a query on a database.

    Without `columns` a column maps to its own name.
    """

    path: str = ""
    storage: str | None = None
    database: str | None = None
    query: str | None = None
    feed: FeedName = "extracts"
    lawful_basis: str | None = None
    permitted_use: tuple[str, ...] = ()
    columns: dict[str, str | ColumnMapping] = Field(default={})

    @model_validator(mode="after")
    def _one_place(self) -> Self:
        if bool(self.path) == bool(self.database):
            raise ValueError("give either path, or database with query")
        if bool(self.database) != bool(self.query):
            raise ValueError("database and query go together: query is the path of a .sql file")
        return self

    @property
    def mappings(self) -> dict[str, ColumnMapping]:
        """Mapping by canonical column; empty where every column keeps its own name."""
        return {
            name: ColumnMapping(column=mapping) if isinstance(mapping, str) else mapping
            for name, mapping in self.columns.items()
        }


class FeedSettings(ReadOverrides):
    """A delivery in one layout: which layout, where it lies, and on what basis it may be used.

    `root`: folder or URL, relative to [extracts] root. `archive`: a .zip under it. `storage`: the [storage] of a
    URL. `database`: a [database] instead of files; `queries`: the path of a .sql file by key of the layout's file.
    `paths`: globs in place of the layout's own. `tables`: the only canonical tables to take; empty takes all.
    """

    dialect: str
    root: str = "."
    archive: str | None = None
    storage: str | None = None
    database: str | None = None
    tables: tuple[str, ...] = ()
    paths: dict[str, str] = Field(default={})
    queries: dict[str, str] = Field(default={})
    lawful_basis: str | None = None
    permitted_use: tuple[str, ...] = ()


class DatabaseSettings(_Section):
    """A SQL warehouse to pull from. Its URL, with user and password, comes from elsewhere, never from here.

    `url_env`: the environment variable with the URL; or `url_block`: the Prefect Secret block with it. `schema`:
    where relations lie; without it `public` for PostgreSQL and the user's own elsewhere. `retries`: after a lost
    connection, waiting `retry_wait_seconds`, then twice as long each time. `batch_rows`: rows fetched at a time by
    drivers other than PostgreSQL's, which goes by bytes. `resume_within_hours`: a table that a broken run has pulled
    is not pulled again within this time.
    """

    url_env: Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9_]*$")] | None = None
    url_block: Annotated[str, Field(pattern=r"^[a-z0-9-]+$")] | None = None
    schema_name: Annotated[str | None, Field(alias="schema")] = None
    retries: Annotated[int, Field(ge=0, le=20)] = 3
    retry_wait_seconds: Annotated[float, Field(ge=0, le=3600)] = 5.0
    batch_rows: Annotated[int, Field(ge=1000, le=1_000_000)] = 65_536
    resume_within_hours: Annotated[float, Field(ge=1, le=720)] = 72.0

    @model_validator(mode="after")
    def _one_url(self) -> Self:
        if bool(self.url_env) == bool(self.url_block):
            raise ValueError("give either url_env or url_block")
        return self


class StorageSettings(_Section):
    """How to reach object storage: options of the fsspec file system behind a URL such as s3:// or abfs://.

    `options`: plain ones (`anon = true`). `options_env`: option by environment variable, for keys and tokens.
    Without either, the storage's own variables count (AWS_ACCESS_KEY_ID, AZURE_STORAGE_ACCOUNT_NAME, ...).
    """

    options: dict[str, str | int | bool] = {}
    options_env: dict[str, Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9_]*$")]] = {}
    retries: Annotated[int, Field(ge=0, le=20)] = 3
    retry_wait_seconds: Annotated[float, Field(ge=0, le=3600)] = 5.0


class LawfulSettings(_Section):
    """Opt-outs, sensitive codes and social care. Each key is a reason in words, which the release repeats.

    `opt_outs_applied_upstream`: needed where there is no `opt_out` table: who applied them, and when.
    `national_opt_out_exempt`: the CAG reference by which the national opt-out does not apply; Type 1 still does.
    `include_unknown_because`: persons whose opt-outs are not known are excluded unless this says why not.
    `keep_sensitive_codes_because`: sensitive codes leave before staging unless this says why not.
    `social_care_basis`: social care data are refused unless this says on what legal basis they are used.
    """

    opt_outs_applied_upstream: Reason = None
    national_opt_out_exempt: Reason = None
    include_unknown_because: Reason = None
    keep_sensitive_codes_because: Reason = None
    social_care_basis: Reason = None


class ExtractSettings(_Section):
    """Folder that relative source paths start from, itself relative to the configuration file."""

    root: str = "."


class Config(_Section):
    """The whole file."""

    icb: IcbSettings
    run: RunSettings
    engine: EngineSettings = EngineSettings()
    gate: GateSettings = GateSettings()
    clusters: ClusterSettings = ClusterSettings()
    risk: RiskSettings = RiskSettings()
    costs: CostSettings = CostSettings()
    notify: NotifySettings = NotifySettings()
    retention: RetentionSettings = RetentionSettings()
    lawful: LawfulSettings = LawfulSettings()
    extracts: ExtractSettings = ExtractSettings()
    database: dict[str, DatabaseSettings] = {}
    storage: dict[str, StorageSettings] = {}
    feed: dict[FeedName, FeedSettings] = {}
    source: dict[str, SourceSettings] = {}
    base: Path = Field(default=Path(), exclude=True)

    @property
    def supplied(self) -> set[str]:
        """Canonical tables that a source or a feed may fill."""
        tables = set(self.source)
        for feed in self.feed.values():
            of_layout = load_dialect(feed.dialect, self.base).table
            tables |= {table for table in of_layout if not feed.tables or table in feed.tables}
        return tables

    @property
    def extract_root(self) -> Path:
        """Absolute folder of the extracts."""
        return (self.base / self.extracts.root).resolve()

    @property
    def key_place(self) -> KeyPlace | None:
        """Where the key of the warehouse is; None where it is not to be encrypted."""
        return self.engine.key_place(self.base)

    @model_validator(mode="after")
    def _check_encryption(self) -> Self:
        if self.key_place and self.engine.encryption_library == "built_in" and not self.icb.synthetic:
            raise ValueError(
                '[engine] encryption_library = "built_in" is for invented people only, since its random numbers are '
                "not safe: leave it out, and install DuckDB's extension httpfs (docs/security.md)"
            )
        return self

    @model_validator(mode="after")
    def _check_sources(self) -> Self:
        problems = [
            *_unknown_tables(self.source),
            *_unknown_columns(self.source),
            *_feed_problems(self),
            *_missing_tables(self),
        ]
        if problems:
            raise ValueError("; ".join(problems))
        return self


def _unknown_tables(source: dict[str, SourceSettings]) -> list[str]:
    known = load_contract()
    return [
        f"[source.{table}] is not a canonical table (known: {', '.join(known)})"
        for table in source
        if table not in known
    ]


def _unknown_columns(source: dict[str, SourceSettings]) -> list[str]:
    known = load_contract()
    return [
        f"[source.{table}.columns] {column} is not a column of {table} (known: {', '.join(known[table].columns)})"
        for table, settings in source.items()
        if table in known
        for column in settings.columns
        if column not in known[table].columns
    ]


def _feed_problems(config: Config) -> list[str]:
    problems = []
    for name, feed in config.feed.items():
        dialect = load_dialect(feed.dialect, config.base)
        problems += [
            f"[feed.{name}] tables: {table} is not made by {feed.dialect} (it makes {', '.join(dialect.table)})"
            for table in feed.tables
            if table not in dialect.table
        ]
        problems += [
            f"[feed.{name}] {key}: the layout {feed.dialect} has no file {file} (it has {', '.join(dialect.file)})"
            for key in ("paths", "queries")
            for file in getattr(feed, key)
            if file not in dialect.file
        ]
    parts: list[tuple[str, FeedSettings | SourceSettings]]
    parts = [(f"[feed.{name}]", feed) for name, feed in config.feed.items()]
    parts += [(f"[source.{name}]", source) for name, source in config.source.items()]
    problems += [
        f"{where} {kind}: there is no [{kind}.{getattr(part, kind)}]"
        for where, part in parts
        for kind in ("database", "storage")
        if getattr(part, kind) is not None and getattr(part, kind) not in getattr(config, kind)
    ]
    if "extracts" in config.feed:
        problems.append("[feed.extracts]: the name is taken by the tables of [source]; choose another")
    return problems


def _missing_tables(config: Config) -> list[str]:
    problems = []
    supplied = config.supplied
    if "person" not in supplied:
        problems.append("[source.person], or a [feed] with persons, is required")
    if not {"gp_event", "hospital_episode"} & supplied:
        problems.append("at least one of gp_event and hospital_episode is required, from a [source] or a [feed]")
    if "opt_out" not in supplied and not config.lawful.opt_outs_applied_upstream:
        problems.append(
            "there is no [source.opt_out], so nobody's opt-out is known and everybody would be excluded: "
            "add the table, or state under [lawful] opt_outs_applied_upstream who applied them and when"
        )
    return problems
