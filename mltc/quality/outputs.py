"""The outputs that a rule can affect, and where they are shown: `expectations/outputs.toml`."""

import tomllib
from collections.abc import Iterable
from functools import cache
from typing import Any

from mltc.errors import ConfigError
from mltc.paths import EXPECTATIONS

EVERYTHING = "every output"


@cache
def _load() -> dict[str, dict[str, Any]]:
    return tomllib.loads((EXPECTATIONS / "outputs.toml").read_text(encoding="utf-8"))


def load_outputs() -> dict[str, str]:
    """What each output is, by its name."""
    return dict(_load()["output"])


def outputs_of_table(table: str) -> tuple[str, ...]:
    """Outputs that are made from a canonical table; everything, where nobody has said."""
    return tuple(_load()["table"].get(table, (EVERYTHING,)))


def outputs_of_page(page: str) -> frozenset[str]:
    """Outputs that a page of the report shows; none for a page that shows no figures of persons."""
    shown = _load()["page"].get(page, ())
    return frozenset((*shown, EVERYTHING)) if shown else frozenset()


def split_outputs(affects: str) -> list[str]:
    """Outputs in the text of `meta.gate_result.affects`; a table's name stands for what is made from it."""
    names = [name.strip() for name in affects.split(",") if name.strip()]
    tables = _load()["table"]
    return list(dict.fromkeys(output for name in names for output in tables.get(name, [name])))


def check_outputs(affects: Iterable[str], where: str) -> None:
    """Raise ConfigError for a name that is not in the list."""
    known = load_outputs()
    strange = [name for name in affects if name not in known]
    if strange:
        raise ConfigError(f"{where} affects {strange[0]!r}, which is no output. Known: {', '.join(known)}.")
