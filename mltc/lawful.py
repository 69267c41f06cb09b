"""Lawful basis and permitted use: what each output does with data, and whether every feed it draws on permits it.

The vocabulary and the outputs are data (`codelists/lawful_use.toml`); the feeds of an output are found from the
SQL itself, so that a new model cannot forget them.
"""

import tomllib
from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from functools import cache
from typing import Any

from pydantic import BaseModel, ConfigDict

from mltc.config import Config
from mltc.contract import load_contract
from mltc.errors import ConfigError, GateFailure
from mltc.paths import CODELISTS
from mltc.warehouse import Warehouse
from mltc.warehouse.sql_model import SqlModel, load_models

SOCIAL_CARE = "social_care_event"
# No output is made of these: they say whose rows may be used, and whose rows they are.
_FOR_THE_GATE = ("opt_out", "person_link")


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Use(_Entry):
    """A purpose that an agreement may name; `includes` are purposes that it covers as well."""

    key: str
    name: str
    description: str
    source: str
    includes: tuple[str, ...]


class Output(_Entry):
    """Something that a run makes of data, and the use that making it is."""

    key: str
    name: str
    use: str
    tables: tuple[str, ...]


class Computed(_Entry):
    """Tables that a model writes, and the tables that it computes them from."""

    tables: tuple[str, ...]
    reads: tuple[str, ...]


class LawfulUse(_Entry):
    """The whole of `codelists/lawful_use.toml`."""

    use: tuple[Use, ...]
    output: tuple[Output, ...]
    computed: tuple[Computed, ...]

    @property
    def uses(self) -> dict[str, Use]:
        """Purposes by key."""
        return {use.key: use for use in self.use}


@cache
def load_lawful_use() -> LawfulUse:
    """Purposes and outputs."""
    text = (CODELISTS / "lawful_use.toml").read_text(encoding="utf-8")
    return LawfulUse(**tomllib.loads(text))


def check_stated(config: Config) -> None:
    """Raise ConfigError where the configuration does not say on what basis its data may be used.

    Real data need `lawful_basis` and `permitted_use` on every feed and source; synthetic data need neither.
    Social care needs a stated basis always, since it is off unless someone says why it may be on.
    """
    if SOCIAL_CARE in config.supplied and not config.lawful.social_care_basis:
        raise ConfigError(
            f"{SOCIAL_CARE} is configured, and social care data are off by default: the approvals for risk "
            "stratification have not covered them. State the legal basis under [lawful] social_care_basis, or "
            f"take {SOCIAL_CARE} out."
        )
    stated: dict[str, Any] = {f"[source.{name}]": source for name, source in config.source.items()}
    stated |= {f"[feed.{name}]": feed for name, feed in config.feed.items()}
    _check_words(stated)
    if config.icb.synthetic:
        return
    silent = [
        place
        for place, settings in stated.items()
        if _holds_persons(place) and not (settings.permitted_use and settings.lawful_basis)
    ]
    if silent:
        raise ConfigError(
            f"{', '.join(silent)}: lawful_basis or permitted_use is missing. Data of real persons are only read "
            "where the configuration says on what basis they are held and for what they may be used (known uses: "
            f"{', '.join(load_lawful_use().uses)}). Copy both from the data sharing agreement; [icb] synthetic = "
            "true is for invented persons only."
        )


def _check_words(stated: Mapping[str, Any]) -> None:
    known = load_lawful_use().uses
    strange = [
        f"{place} {word!r}" for place, item in stated.items() for word in item.permitted_use if word not in known
    ]
    if strange:
        raise ConfigError(f"permitted_use of {', '.join(strange)} is no known use (known: {', '.join(known)}).")


def _holds_persons(place: str) -> bool:
    """A feed may hold anything; a source holds what its table holds. Opt-outs and links are for the gate alone."""
    name = place.removeprefix("[source.").removesuffix("]")
    table = load_contract().get(name)
    return table is None or (table.has_person and name not in _FOR_THE_GATE)


def check_permitted(warehouse: Warehouse, config: Config, models: Mapping[str, SqlModel] | None = None) -> None:
    """Raise GateFailure unless every feed in `meta.source_table` permits every output that draws on it.

    Nothing is asked of synthetic data that state no use. The message names each output and feed at odds.
    """
    known = models or load_models()
    agreements = warehouse.read("select table_name, feed, permitted_use from meta.source_table order by all").rows()
    problems = []
    for output in load_lawful_use().output:
        drawn = read_tables_of(output, known)
        for table, feed, permitted in agreements:
            given = permitted or []
            if table not in drawn or (config.icb.synthetic and not given):
                continue
            if output.use not in expand_uses(given):
                problems.append(_describe(output, table, feed, given))
    if problems:
        raise GateFailure(
            f"{'; '.join(problems)}. Nothing was derived. Take the feed out of the configuration, or have its "
            "agreement changed and then its permitted_use."
        )


def _describe(output: Output, table: str, feed: str, permitted: Iterable[str]) -> str:
    uses = load_lawful_use().uses
    return (
        f"The output {output.key} ({output.name}) would use {table} of the feed {feed} for {uses[output.use].name}, "
        f"and the feed permits only {', '.join(permitted) or 'nothing'}"
    )


def expand_uses(permitted: Iterable[str]) -> set[str]:
    """The uses with all that they include."""
    uses = load_lawful_use().uses
    given = set(permitted)
    return given | {included for key in given for included in uses[key].includes}


def read_tables_of(output: Output, models: Mapping[str, SqlModel]) -> set[str]:
    """Canonical tables with persons that an output draws on; empty where nothing makes a table of it."""
    made = {name for name in models if _matches(name, output.tables)}
    made |= {name for entry in load_lawful_use().computed if _computes(entry, output) for name in entry.reads}
    return {name for name in _trace(made, models) if name in load_contract() and load_contract()[name].has_person}


def _computes(entry: Computed, output: Output) -> bool:
    return bool(set(entry.tables) & set(output.tables))


def _trace(wanted: set[str], models: Mapping[str, SqlModel]) -> set[str]:
    """Names of the raw tables behind some tables."""
    seen: set[str] = set()
    open_names = set(wanted)
    while open_names:
        name = open_names.pop()
        seen.add(name)
        reads = set(models[name].reads) if name in models else set()
        reads |= {read for entry in load_lawful_use().computed if _matches(name, entry.tables) for read in entry.reads}
        open_names |= reads - seen
    return {name.removeprefix("raw.") for name in seen if name.startswith("raw.")}


def _matches(name: str, patterns: Iterable[str]) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in patterns)
