"""Rules of prescribing safety and groups of medicines: read, checked against the lists, and given as tables."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from mltc.codelists.files import read_records
from mltc.codelists.records import MedicineGroup, MedicineRule

RULE_SCHEMA = {
    "key": pl.String,
    "name": pl.String,
    "months": pl.Int64,
    "minimum_age_years": pl.Int64,
    "test_months": pl.Int64,
    "source": pl.String,
    "verified": pl.Boolean,
}
RULE_PART_SCHEMA = {"rule": pl.String, "part": pl.String, "number": pl.Int64, "evidence": pl.String}
GROUP_SCHEMA = {"key": pl.String, "name": pl.String, "source": pl.String, "verified": pl.Boolean}
GROUP_PART_SCHEMA = {"medicine_group": pl.String, "part": pl.String, "evidence": pl.String}


@dataclass(frozen=True)
class MedicineFrames:
    """Rules and groups of medicines as tables.

    rules: one row per rule; `test_months` null where it asks for no test.
    rule_parts: one row per rule and list it looks at. `part` is group, without, condition or test; rows of part group
        with one `number` are alternatives, and a person needs one of each number.
    groups: one row per group whose possession is looked at. group_parts: its lists, `part` drug or test.
    """

    rules: pl.DataFrame
    rule_parts: pl.DataFrame
    groups: pl.DataFrame
    group_parts: pl.DataFrame


def read_medicines(folder: Path, problems: list[str]) -> tuple[list[MedicineRule], list[MedicineGroup]]:
    """Rules and groups; none where a folder of definitions has no such file."""
    rules: list[MedicineRule] = []
    groups: list[MedicineGroup] = []
    if (folder / "medicine_pairs.toml").exists():
        rules = read_records(folder / "medicine_pairs.toml", "medicine_rule", MedicineRule, problems)
    if (folder / "medicine_groups.toml").exists():
        groups = read_records(folder / "medicine_groups.toml", "medicine_group", MedicineGroup, problems)
    return rules, groups


def name_lists(medicines: Iterable[MedicineRule | MedicineGroup]) -> set[tuple[str, str]]:
    """Kind and name of every list that the rules and groups look at."""
    return {
        (kind, name)
        for medicine in medicines
        for kind, names in (("drug", medicine.drugs), ("measure", medicine.tests))
        for name in names
    }


def check_medicines(
    rules: list[MedicineRule],
    groups: list[MedicineGroup],
    conditions: set[str],
    codes: pl.DataFrame,
    problems: list[str],
) -> None:
    """Every condition and list that they name is there; what says that it is verified has verified codes."""
    there = set(codes.select("kind", "key").unique().iter_rows())
    verified = set(codes.filter(pl.col("verified") == "yes").select("kind", "key").unique().iter_rows())
    named = [("medicine_pairs.toml", rule) for rule in rules] + [("medicine_groups.toml", group) for group in groups]
    for file, medicine in named:
        wanted = name_lists([medicine])
        problems.extend(
            f"{file}, {medicine.key}: {kind}s/{name}.csv does not exist" for kind, name in sorted(wanted - there)
        )
        problems.extend(
            f"{file}: {medicine.key!r} is verified but its {kind} list {name!r} has no verified code"
            for kind, name in sorted((wanted & there) - verified)
            if medicine.verified
        )
    problems.extend(
        f"medicine_pairs.toml, {rule.key}: condition {name!r} is not in conditions.toml"
        for rule in rules
        for name in rule.conditions
        if name not in conditions
    )


def frame_medicines(rules: list[MedicineRule], groups: list[MedicineGroup]) -> MedicineFrames:
    """As tables, in the order of the files."""
    rule_parts = [
        (rule.key, part, number, name)
        for rule in rules
        for part, places in (
            ("group", rule.groups),
            ("without", (rule.without,)),
            ("condition", (rule.conditions,)),
            ("test", (rule.tests,)),
        )
        for number, names in enumerate(places, start=1)
        for name in names
    ]
    group_parts = [
        (group.key, part, name)
        for group in groups
        for part, names in (("drug", group.drugs), ("test", group.tests))
        for name in names
    ]
    return MedicineFrames(
        rules=_frame(rules, RULE_SCHEMA),
        rule_parts=pl.DataFrame(rule_parts, RULE_PART_SCHEMA, orient="row"),
        groups=_frame(groups, GROUP_SCHEMA),
        group_parts=pl.DataFrame(group_parts, GROUP_PART_SCHEMA, orient="row"),
    )


def _frame(records: Iterable[MedicineRule | MedicineGroup], schema: dict[str, type[pl.DataType]]) -> pl.DataFrame:
    return pl.DataFrame([{name: getattr(record, name) for name in schema} for record in records], schema)
