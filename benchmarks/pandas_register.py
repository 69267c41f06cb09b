"""The register as an analyst would write it in pandas, beside that of a finished run.

    python -m benchmarks.pandas_register --out out/demo --extracts out/demo/extracts

Read the entries, merge them with the code list, take the first date by person and condition, count the conditions, two
or more are MLTC. Only what every rule of one definition needs that is "a code ever", or "a code within so many
months": the codes, the conditions and the people registered are taken from the warehouse of the run; the entries from
the same Parquet files. No quality gate, no opt-outs, no other definitions, no other dates and no scores, which the run
has all made as well. Memory: everything is held at once, as pandas does.
"""

import argparse
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pandas as pd
import polars as pl

from benchmarks.parts import add_part_argument, timed_part

DEFINITION = "delphi-2022"
GIVEN = "pandas_register"  # folder of what the part reads and writes
RULES = """
    select rule.condition, condition.minimum_age_years, clause.months, rule.clause
    from codelist.rule as rule
    inner join codelist.condition as condition on condition.key = rule.condition
    inner join codelist.membership as membership
        on membership.condition = rule.condition and membership.definition = $definition
    inner join codelist.clause as clause on clause.clause = rule.clause
    where
        clause.kind = 'code' and clause.at_least = 1 and not clause.is_unresolved and clause.since is null
        and clause.new_within_months is null and not rule.is_without
        and rule.condition in (select condition from codelist.rule group by condition having count(*) = 1)
        and condition.verified
"""
CODES = """
    select rule.condition, rule.minimum_age_years, rule.months, listed.code_system, listed.code, listed.is_prefix
    from ({rules}) as rule
    inner join codelist.clause_evidence as wanted on wanted.clause = rule.clause and wanted.kind = 'code'
    inner join codelist.evidence_code as listed on listed.kind = 'code' and listed.evidence = wanted.evidence
"""


@dataclass(frozen=True)
class Agreement:
    """Persons and conditions of both; `unlike`: that one has and the other has not. `mltc_unlike`: persons."""

    conditions: int
    of_conditions: int
    persons: int
    pairs: int
    unlike: int
    mltc_unlike: int


def write_given(out: Path, folder: Path) -> None:
    """What an analyst has at hand before the clock starts: the code list, and who is registered."""
    from mltc.warehouse import open_warehouse

    folder.mkdir(parents=True, exist_ok=True)
    with open_warehouse(out / "warehouse.duckdb", read_only=True) as warehouse:
        for name, query in (
            ("codes", CODES.format(rules=RULES)),
            ("people", "select person_id, age_years from register.person"),
            ("index_date", "select index_date from meta.index_date where role = 'current'"),
        ):
            bound = {"definition": DEFINITION} if "$definition" in query else {}
            warehouse.read(query, bound).write_parquet(folder / f"{name}.parquet")


def build_register(extracts: Path, folder: Path) -> None:
    """Person, condition and first date, and the persons with two or more, written to `folder`."""
    codes, people = _read(folder / "codes.parquet"), _read(folder / "people.parquet")
    index_date = _read(folder / "index_date.parquet")["index_date"].iloc[0]
    parts = [_match(records, codes, index_date) for records in _read_records(extracts)]
    found = pd.concat(parts, ignore_index=True)
    grouped = found.groupby(["person_id", "condition"], sort=False)
    held = grouped["event_date"].agg(["min", "max"]).reset_index()
    rules = codes[["condition", "months", "minimum_age_years"]].drop_duplicates()
    held = held.merge(people, on="person_id").merge(rules, on="condition")
    for months in rules["months"].dropna().unique():
        first_day = (pd.Timestamp(index_date) - pd.DateOffset(months=int(months))).date()
        held = held[(held["months"] != months).fillna(True) | (held["max"] > first_day)]
    held = held[held["age_years"] >= held["minimum_age_years"].fillna(0)]
    held[["person_id", "condition", "min"]].to_parquet(folder / "condition.parquet")
    count = held.groupby("person_id")["condition"].nunique()
    count[count >= 2].rename("condition_count").reset_index().to_parquet(folder / "mltc.parquet")


def _read_records(extracts: Path) -> Iterator[pd.DataFrame]:
    """GP entries, then diagnoses in hospital: person, code, code system, date, the day when it was known."""
    events = _read(
        extracts / "gp_event.parquet", columns=["person_id", "event_date", "code", "code_system", "recorded_date"]
    )
    yield events.rename(columns={"recorded_date": "known_date"})
    columns = ["person_id", "admission_date", "episode_end", "discharge_date", "diagnoses"]
    episodes = _read(extracts / "hospital_episode.parquet", columns=columns).explode("diagnoses")
    codes = episodes["diagnoses"].astype("string[pyarrow]")
    episodes["code"] = codes.str.replace(".", "", regex=False).str.upper()
    episodes["code_system"] = "icd10"
    episodes["known_date"] = episodes["discharge_date"].fillna(episodes["episode_end"])
    yield episodes.rename(columns={"admission_date": "event_date"})


def _match(records: pd.DataFrame, codes: pd.DataFrame, index_date: date) -> pd.DataFrame:
    """Records on a list that were known by the index date. Prefixes match by every length that a list has."""
    whole = codes[~codes["is_prefix"]]
    columns = ["person_id", "condition", "event_date"]
    dated = records[
        (records["event_date"] <= index_date) & ~(records["known_date"].fillna(records["event_date"]) > index_date)
    ]
    parts = [dated.merge(whole, on=["code_system", "code"])[columns]]
    prefixes = codes[codes["is_prefix"]]
    for length, listed in prefixes.groupby(prefixes["code"].str.len()):
        system = dated[dated["code_system"].isin(listed["code_system"].unique())]
        shortened = system.assign(code=system["code"].str.slice(0, length))
        parts.append(shortened.merge(listed, on=["code_system", "code"])[columns])
    return pd.concat(parts, ignore_index=True)


def _read(path: Path, columns: list[str] | None = None) -> pd.DataFrame:
    """With Arrow's types: days stay days, which is several times faster than objects."""
    return pd.read_parquet(path, columns=columns, dtype_backend="pyarrow")


def compare(out: Path, folder: Path) -> Agreement:
    """Every person and condition of the register of the run, and of pandas."""
    from mltc.warehouse import open_warehouse

    codes = pl.read_parquet(folder / "codes.parquet")
    bound = {"definition": DEFINITION}
    conditions = codes["condition"].unique().to_list()
    with open_warehouse(out / "warehouse.duckdb", read_only=True) as warehouse:
        here = warehouse.read("select person_id, condition, onset_date from register.person_condition")
        mltc = warehouse.read("select person_id from register.mltc where definition = $definition and is_mltc", bound)
        members = warehouse.read("select condition from codelist.membership where definition = $definition", bound)
        persons = warehouse.read("select count(*) as persons from register.person")["persons"].item()
    here = here.filter(pl.col("condition").is_in(conditions))
    there = pl.read_parquet(folder / "condition.parquet").with_columns(pl.col("min").cast(pl.Date))
    both = here.join(there, on=["person_id", "condition"], how="full", coalesce=True)
    unlike = both.filter(pl.col("onset_date").ne_missing(pl.col("min"))).height
    people = pl.read_parquet(folder / "mltc.parquet")["person_id"]
    mltc_unlike = len(set(people) ^ set(mltc["person_id"])) if len(conditions) == members.height else -1
    return Agreement(len(conditions), members.height, int(persons), both.height, unlike, mltc_unlike)


def _pandas(folder: Path) -> None:
    extracts = Path((folder / "extracts.txt").read_text(encoding="utf-8"))
    with timed_part():
        build_register(extracts, folder)


def measure(out: Path, extracts: Path, folder: Path) -> tuple[dict[str, float], Agreement]:
    """Figures of pandas in a process of its own, and how far both agree."""
    from benchmarks.parts import measure_part

    write_given(out, folder)
    (folder / "extracts.txt").write_text(str(extracts.resolve()), encoding="utf-8")
    return measure_part("benchmarks.pandas_register", "pandas", folder), compare(out, folder)


PARTS = {"pandas": _pandas}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, help="folder of a finished run")
    parser.add_argument("--extracts", type=Path, help="the Parquet that it read")
    parser.add_argument("--folder", type=Path, help="where to work; in --out if not given")
    add_part_argument(parser, PARTS)
    given = parser.parse_args()
    if given.part:
        PARTS[given.part](given.folder)
        return
    if not given.out or not given.extracts:
        parser.error("--out and --extracts are needed")
    print(measure(given.out, given.extracts, given.folder or given.out / GIVEN))


if __name__ == "__main__":
    main()
