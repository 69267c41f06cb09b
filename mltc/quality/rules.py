"""Rules of the gate: what the contract implies, and what is written in `expectations/<table>.yml`."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from mltc.contract import Table, load_contract
from mltc.errors import ConfigError
from mltc.paths import EXPECTATIONS
from mltc.quality.contract_rules import build_contract_rules
from mltc.quality.outputs import check_outputs
from mltc.quality.rule import Level, Rule
from mltc.quality.skeleton import build_skeleton_rules

__all__ = ["Level", "Rule", "build_contract_rules", "check_suites", "load_rules", "select_rules"]


class _Suite(BaseModel):
    model_config = ConfigDict(extra="forbid")

    table: str
    rules: tuple[Rule, ...]


def load_rules(table: Table, maximum_unreadable_share: float, folder: Path = EXPECTATIONS) -> list[Rule]:
    """All rules of a table: from the contract, then from its suite file.

    Raises ConfigError for a suite that is not valid.
    """
    path = folder / f"{table.table}.yml"
    rules = [*build_contract_rules(table, maximum_unreadable_share), *build_skeleton_rules(table)]
    if not path.exists():
        return rules
    rules += _read_suite(path, table.table)
    names = [rule.rule for rule in rules]
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        raise ConfigError(
            f"expectations/{path.name}: the rule {repeated[0]} is given twice, or is already made from the contract."
        )
    return rules


def _read_suite(path: Path, table: str) -> tuple[Rule, ...]:
    try:
        suite = _Suite(**yaml.safe_load(path.read_text(encoding="utf-8")))
    except (ValidationError, yaml.YAMLError, TypeError) as error:
        first = str(error).splitlines()[0]
        raise ConfigError(f"expectations/{path.name} is not a valid suite: {first}.") from None
    if suite.table != table:
        raise ConfigError(f"expectations/{path.name} names the table {suite.table}: it must be {table}.")
    for rule in suite.rules:
        check_outputs(rule.affects, f"expectations/{path.name}: the rule {rule.rule}")
    return suite.rules


def select_rules(
    rules: Mapping[str, Sequence[Rule]],
) -> tuple[dict[str, list[Rule]], list[tuple[str, str, tuple[str, ...]]]]:
    """The rules that can be judged with the tables in `rules`, and the others: table, rule, missing tables."""
    able: dict[str, list[Rule]] = {table: [] for table in rules}
    skipped = []
    for table, of_table in rules.items():
        for rule in of_table:
            missing = tuple(name for name in rule.needs if name not in rules)
            if missing:
                skipped.append((table, rule.rule, missing))
            else:
                able[table].append(rule)
    return able, skipped


def check_suites(folder: Path = EXPECTATIONS) -> list[str]:
    """Tables that have a suite file; raises ConfigError for a file of no canonical table."""
    names = sorted(path.stem for path in folder.glob("*.yml"))
    strangers = sorted(set(names) - set(load_contract()))
    if strangers:
        raise ConfigError(f"expectations/{strangers[0]}.yml is of no canonical table.")
    return names
