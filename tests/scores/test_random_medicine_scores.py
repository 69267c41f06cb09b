"""Scores of random persons, each against a second implementation that walks through people and not through tables."""

from collections import defaultdict
from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest

from mltc.data_dictionary import load_dictionary
from mltc.paths import CODELISTS

INDEX_DATES = (date(2026, 10, 1), date(2025, 10, 1))
FEED = pl.DataFrame({"has_gp_event": [True], "has_gp_prescription": [True]})
SIZES = [500, pytest.param(100_000, marks=pytest.mark.slow)]
TOPICAL = {"cream", "ointment", "gel", "lotion", "scalp", "shampoo", "eye", "ear", "nasal"}


def read_list(name: str, *numbers: str) -> pl.DataFrame:
    texts = pl.read_csv(CODELISTS / "scores" / f"{name}.csv", infer_schema=False)
    return texts.with_columns(pl.col(column).cast(pl.Float64) for column in numbers)


def make_spine(count: int) -> pl.DataFrame:
    people = pl.DataFrame({"person_id": [f"p{number}" for number in range(count)]})
    return people.join(pl.DataFrame({"index_date": INDEX_DATES}), how="cross")


def make_prescriptions(random: np.random.Generator, count: int) -> pl.DataFrame:
    """About eight issues a person over two years, unevenly: 9 of 10 BNF coded; listed drugs, others, some without a name."""
    scores = read_list("anticholinergic")
    others = [
        f"{chapter:02}0{section}010{letter}0"
        for chapter in (*range(1, 16), 19, 21)
        for section in (1, 2, 7)
        for letter in "ABC"
    ]
    substances = [*scores["bnf_code"].drop_nulls(), *others, "0503010A0"]
    forms = ("10mg tablets", "1% cream", "")
    names = [f"{name.title()} {form}".strip() for name in scores["name"].drop_nulls() for form in forms]
    names += [f"{name}ol 5mg" for name in names] + [""] * 20
    size = 8 * count
    substance, product = random.integers(0, len(substances), size), random.integers(0, len(names), size)
    strength = np.array(["AA", "BB"])[random.integers(0, 2, size)]
    person = (random.pareto(1.2, size) * count / 40).astype(np.int64) % count
    is_bnf = (random.random(size) < 0.9) | (person % 2 == 0)
    return pl.DataFrame(
        {
            "person_id": [f"p{number}" for number in person],
            "code": np.where(is_bnf, np.char.add(np.array(substances)[substance], strength), product.astype(str)),
            "code_system": np.where(is_bnf, "bnf", np.where(product % 2 == 0, "dmd", "snomed")),
            # one name for each substance or product
            "name": np.array(names)[np.where(is_bnf, substance % len(names), product)],
            "issue_date": np.datetime64(INDEX_DATES[0]) - random.integers(-10, 800, size).astype("timedelta64[D]"),
            "is_repeat": np.array([1, 0, -1])[random.choice(3, size, p=[0.7, 0.29, 0.01])],
        }
    ).with_columns(
        pl.col("name").replace("", None),
        pl.col("issue_date").cast(pl.Date),
        pl.col("is_repeat").replace_strict({1: True, 0: False, -1: None}, return_dtype=pl.Boolean),
    )


def months_before(day: date, months: int) -> date:
    month = day.year * 12 + day.month - 1 - months
    return date(month // 12, month % 12 + 1, day.day)


def gather_issues(prescriptions: pl.DataFrame, index_date: date, months: int) -> dict[str, list[tuple]]:
    """Issues of each person by a walk through the rows."""
    first = months_before(index_date, months) + timedelta(days=1)
    found = defaultdict(list)
    for person, *issue, day in prescriptions.select(
        "person_id", "code", "code_system", "name", "is_repeat", "issue_date"
    ).iter_rows():
        if first <= day <= index_date:
            found[person].append(issue)
    return found


def count_by_hand(issues: list[tuple], excluded: dict[str, str]) -> dict[str, object]:
    substances = {code[:9] for code, system, _, _ in issues if system == "bnf"}
    counted = {code for code in substances if int(code[:2]) <= 10 and code[:2] != "05"}
    products = {code for code, system, _, _ in issues if system != "bnf"}
    said = defaultdict(set)
    for code, system, _, is_repeat in issues:
        if system == "bnf":
            said[code[:9]].add(is_repeat)
    starts = {code: [excluded[code[:end]] for end in range(9, 0, -1) if code[:end] in excluded] for code in substances}
    kept = {code for code in substances if not starts[code] or starts[code][0] == "no"}
    unsaid = any(said[code] == {None} for code in kept)
    return {
        "counted": len(counted),
        "paragraphs": len({code[:6] for code in counted}),
        "products": len(products),
        "repeats": sum(True in said[code] for code in kept),
        "unsaid": unsaid,
    }


def judge(count: int, threshold: int, is_whole: bool) -> bool | None:
    return True if count >= threshold else (False if is_whole else None)


@pytest.mark.parametrize("count", SIZES)
def test_polypharmacy(build, count):
    random = np.random.default_rng(11)
    prescriptions, spine = make_prescriptions(random, count), make_spine(count)
    held = build_medicines(build, spine, prescriptions)
    lists = {f"codelist.{name}": read_list(name) for name in ("polypharmacy_chapter", "polypharmacy_exclusion")}
    found = build("scores.polypharmacy", {**lists, "meta.feed": FEED})
    assert held.height > count
    excluded = dict(read_list("polypharmacy_exclusion").select("bnf_prefix", "is_excluded").iter_rows())
    for index_date in INDEX_DATES:
        year = gather_issues(prescriptions, index_date, 12)
        quarter = gather_issues(prescriptions, index_date, 3)
        rows = found.filter(pl.col("index_date") == index_date)
        assert rows.height == count
        for row in rows.iter_rows(named=True):
            recent = count_by_hand(quarter.get(row["person_id"], []), excluded)
            long = count_by_hand(year.get(row["person_id"], []), excluded)
            whole, whole_repeat = recent["products"] == 0, recent["products"] == 0 and not recent["unsaid"]
            assert tuple(row.values())[2:] == (
                recent["counted"] if whole else None,
                long["counted"] if long["products"] == 0 else None,
                recent["paragraphs"] if whole else None,
                recent["repeats"] if whole_repeat else None,
                recent["products"],
                long["products"],
                *(judge(recent["counted"], threshold, whole) for threshold in (8, 10, 15, 20)),
                *(judge(recent["repeats"], threshold, whole_repeat) for threshold in (5, 10)),
            )
    assert found["medicine_count_3m"].max() >= 20
    assert found["has_8_medicines"].null_count() > 0


def build_medicines(build, spine: pl.DataFrame, prescriptions: pl.DataFrame) -> pl.DataFrame:
    return build(
        "scores.person_medicine",
        {
            "meta.index_date": pl.DataFrame({"role": ["current", "training"], "index_date": INDEX_DATES}),
            "register.spine": spine,
            "staging.gp_prescription": prescriptions,
        },
    )


@pytest.mark.parametrize("count", SIZES)
def test_anticholinergic_burden(build, count):
    random = np.random.default_rng(12)
    prescriptions, spine = make_prescriptions(random, count), make_spine(count)
    build_medicines(build, spine, prescriptions)
    scores = read_list("anticholinergic", "score")
    found = build("scores.anticholinergic", {"codelist.anticholinergic": scores, "meta.feed": FEED})
    verified = scores.filter(pl.col("verified") == "yes")
    by_code = {row["bnf_code"]: row for row in verified.iter_rows(named=True) if row["bnf_code"]}
    by_name = {row["name"]: row for row in verified.iter_rows(named=True) if row["name"]}
    for index_date in INDEX_DATES:
        quarter = gather_issues(prescriptions, index_date, 3)
        for person, *values in found.filter(pl.col("index_date") == index_date).drop("index_date").iter_rows():
            drugs = {}
            for code, system, name, _ in quarter.get(person, []):
                listed = [by_code[code[:9]]] if system == "bnf" and code[:9] in by_code else []
                listed += [] if system == "bnf" else find_named(name, by_name)
                drugs |= {row["drug"]: row["score"] for row in listed}
            burden = sum(drugs.values())
            assert values == [burden, len(drugs), burden >= 3, burden >= 6], person
    assert found["anticholinergic_burden_3m"].max() > 6


def find_named(name: str | None, by_name: dict[str, dict]) -> list[dict]:
    """Listed drugs that the words of a name begin with."""
    words = (name or "").lower().split()
    if TOPICAL & set(words):
        return []
    return [by_name[" ".join(words[:end])] for end in range(1, len(words) + 1) if " ".join(words[:end]) in by_name]


@pytest.mark.parametrize("count", SIZES)
def test_cambridge(build, count):
    random = np.random.default_rng(13)
    weights, spine = read_list("cambridge_weight", "weight"), make_spine(count)
    conditions = [*weights["condition"].unique(maintain_order=True), "gout", "anaemia"]
    has = random.random((spine.height, len(conditions))) < random.random((1, len(conditions))) / 4
    row, column = np.nonzero(has)
    status = spine[row].with_columns(condition=pl.Series(conditions).gather(column))
    found = build(
        "scores.cambridge",
        {
            "codelist.cambridge_weight": weights,
            "codelist.membership": weights.select("definition", "condition").unique(),
            "register.condition_status": status,
            "register.spine": spine,
            "meta.feed": FEED,
        },
    )
    scores = spine
    for (definition, outcome), listed in weights.group_by("definition", "outcome"):
        weight_of = dict(listed.select("condition", "weight").iter_rows())
        vector = np.array([weight_of.get(condition, 0.0) for condition in conditions])
        scores = scores.with_columns(pl.Series(f"{definition.replace('-', '_')}_{outcome}", has @ vector))
    both = found.join(scores, on=["index_date", "person_id"], suffix="_by_hand")
    assert both.height == found.height == 2 * count
    for name in found.columns[2:]:
        assert (both[name] - both[f"{name}_by_hand"]).abs().max() < 1e-9, name


def test_built_columns_are_documented(build):
    prescriptions, spine = make_prescriptions(np.random.default_rng(14), 5), make_spine(5)
    lists = ("polypharmacy_chapter", "polypharmacy_exclusion")
    tables = {
        "scores.person_medicine": build_medicines(build, spine, prescriptions),
        "scores.polypharmacy": build(
            "scores.polypharmacy", {"meta.feed": FEED, **{f"codelist.{name}": read_list(name) for name in lists}}
        ),
        "scores.anticholinergic": build(
            "scores.anticholinergic", {"codelist.anticholinergic": read_list("anticholinergic", "score")}
        ),
    }
    for name, table in tables.items():
        entry = load_dictionary()[name]
        assert table.columns == list(entry.columns)
        assert table.height > 0
        assert table.select(entry.key).is_unique().all()
