"""Every key of the configuration file, with its unit, range and default."""

from datetime import date
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from mltc.contract import load_contract

Share = Annotated[float, Field(ge=0, le=1)]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class IcbSettings(_Section):
    """Whose data this is. `synthetic = true` states that no real person is in it."""

    name: str
    code: Annotated[str, Field(pattern=r"^[A-Z0-9]{2,5}$")]
    synthetic: bool = False
    secret_env: Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9_]*$")] = "MLTC_SECRET"  # noqa: S105 - the name of a variable


class RunSettings(_Section):
    """What the run computes. The index date is the day the register describes."""

    index_date: date
    definition: str = "delphi-2022"
    complex_minimum_conditions: Annotated[int, Field(ge=2)] = 4
    complex_minimum_body_systems: Annotated[int, Field(ge=1)] = 3
    disclosure_profile: Literal["hes", "community", "opensafely", "strictest"] = "strictest"
    seed: int = 20261001

    @property
    def name(self) -> str:
        """Name of the release folder: the month of the index date, so that a re-run replaces its own."""
        return f"{self.index_date:%Y-%m}"


class EngineSettings(_Section):
    """Limits of the engine."""

    memory_limit: Annotated[str, Field(pattern=r"^\d+(\.\d+)?(MB|GB|MiB|GiB)$")] = "8GB"
    threads: Annotated[int, Field(ge=1, le=256)] = 2


class GateSettings(_Section):
    """How much a feed may be wrong before the run stops."""

    maximum_unreadable_share: Share = 0.05
    maximum_quarantined_share: Share = 0.20


class ClusterSettings(_Section):
    """Latent classes of conditions among people with MLTC."""

    class_count_minimum: Annotated[int, Field(ge=2)] = 2
    class_count_maximum: Annotated[int, Field(le=12)] = 8
    starts: Annotated[int, Field(ge=1)] = 12
    minimum_condition_share: Share = 0.01
    smallest_share: Share = 0.03
    minimum_entropy: Share = 0.5
    bootstrap_replicates: Annotated[int, Field(ge=0)] = 3
    minimum_persons: Annotated[int, Field(ge=50)] = 500

    @model_validator(mode="after")
    def _check_range(self) -> Self:
        if self.class_count_maximum < self.class_count_minimum:
            raise ValueError("class_count_maximum must not be below class_count_minimum")
        return self


class RiskSettings(_Section):
    """The risk model of an unplanned admission within the horizon."""

    horizon_months: Annotated[int, Field(ge=1, le=24)] = 12
    minimum_training_events: Annotated[int, Field(ge=20)] = 100
    minimum_validation_events: Annotated[int, Field(ge=20)] = 50
    held_out_practice_share: Annotated[float, Field(gt=0, lt=1)] = 0.3


class ColumnMapping(_Section):
    """How one canonical column is made from the columns of an extract. Exactly one origin is given.

    `column`: one source column. `first_of`: the first that is not empty. `label_of_first`: a constant
    for the first column that is not empty (the code system of `first_of`). `list`: several columns
    folded in order. `constant`: the same text on every row.
    """

    column: str | None = None
    first_of: tuple[str, ...] = ()
    label_of_first: dict[str, str] = {}
    list: tuple[str, ...] = ()
    constant: str | None = None
    values: dict[str, str] = {}
    split: str | None = None
    date_formats: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _one_origin(self) -> Self:
        origins = [self.column, self.first_of, self.label_of_first, self.list, self.constant]
        if sum(bool(origin) for origin in origins) != 1:
            raise ValueError("give exactly one of column, first_of, label_of_first, list, constant")
        return self

    @property
    def source_columns(self) -> tuple[str, ...]:
        """Names of the source columns that this mapping reads."""
        single = (self.column,) if self.column else ()
        return single + self.first_of + tuple(self.label_of_first) + self.list


class SourceSettings(_Section):
    """Where one canonical table comes from."""

    path: str
    columns: dict[str, str | ColumnMapping] = {}
    delimiter: Annotated[str, Field(min_length=1, max_length=1)] = ","
    encoding: Literal["utf-8", "latin-1", "utf-16"] = "utf-8"
    null_tokens: tuple[str, ...] = ("", "NULL", "null", "NA")
    null_dates: tuple[date, ...] = (
        date(1800, 1, 1),
        date(1801, 1, 1),
        date(1900, 1, 1),
        date(9999, 1, 1),
        date(9999, 12, 31),
    )
    date_formats: tuple[str, ...] = ("%Y-%m-%d", "%Y%m%d")
    list_separator: Annotated[str, Field(min_length=1, max_length=1)] = "|"

    def mapping_of(self, column: str) -> ColumnMapping | None:
        """Mapping of a canonical column, or None where the extract does not carry it."""
        mapping = self.columns.get(column)
        return ColumnMapping(column=mapping) if isinstance(mapping, str) else mapping


class LawfulSettings(_Section):
    """Opt-outs. Without an `opt_out` table the config must say, in words, why none is needed."""

    opt_outs_applied_upstream: str | None = None


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
    lawful: LawfulSettings = LawfulSettings()
    extracts: ExtractSettings = ExtractSettings()
    source: dict[str, SourceSettings]
    base: Path = Field(default=Path(), exclude=True)

    @property
    def extract_root(self) -> Path:
        """Absolute folder of the extracts."""
        return (self.base / self.extracts.root).resolve()

    @model_validator(mode="after")
    def _check_sources(self) -> Self:
        problems = [*_unknown_tables(self.source), *_unknown_columns(self.source), *_missing_tables(self)]
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


def _missing_tables(config: Config) -> list[str]:
    problems = []
    if "person" not in config.source:
        problems.append("[source.person] is required")
    if not {"gp_event", "hospital_episode"} & set(config.source):
        problems.append("at least one of [source.gp_event] and [source.hospital_episode] is required")
    if "opt_out" not in config.source and not config.lawful.opt_outs_applied_upstream:
        problems.append(
            "there is no [source.opt_out], so nobody's opt-out is known and everybody would be excluded: "
            "add the table, or state under [lawful] opt_outs_applied_upstream who applied them and when"
        )
    return problems
