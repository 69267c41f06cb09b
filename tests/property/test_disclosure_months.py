"""Two hundred drawn areas and the same a month later, attacked alone and together; and what would be given away else.

The areas have networks of neighbourhoods, people by age and sex, and a second table about the same people. In a month
people come, go and move, and places open and close.
"""

import numpy as np
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mltc.disclosure import PROFILES, PublishedTable, TableSpec, attack, protect
from mltc.disclosure.attackers import Attackers
from mltc.disclosure.cells import build_cells
from mltc.disclosure.follow import build_before
from mltc.disclosure.marts import check_marts
from mltc.disclosure.protection import find_primary
from mltc.disclosure.rates import add_rates
from mltc.disclosure.table import RowSumSpec

HES = PROFILES["hes"]
DIMENSIONS = ("level", "network", "neighbourhood", "breakdown", "value")
COUNTS = ("persons", "mltc_persons")
PEOPLE = TableSpec(
    name="people", title="People", description="People by place, age and sex", dimensions=DIMENSIONS, counts=COUNTS,
    nested=(("mltc_persons", "persons"),),
    row_sum=(
        RowSumSpec(counts=COUNTS, where={"level": "network"}, same=("breakdown", "value"), total_where={"level": "icb"}),
        RowSumSpec(
            counts=COUNTS, where={"level": "neighbourhood"}, same=("network", "breakdown", "value"),
            total_where={"level": "network"},
        ),
        RowSumSpec(
            counts=COUNTS, where={"breakdown": ["age", "sex"]}, same=("level", "network", "neighbourhood"),
            each=("breakdown",), total_where={"breakdown": "all"},
        ),
    ),
    columns=dict.fromkeys((*DIMENSIONS, *COUNTS), "drawn"),
)  # fmt: skip
CONDITION = TableSpec(
    name="condition", title="Conditions", description="People with MLTC by condition", dimensions=("condition",),
    counts=("mltc_persons", "with_condition"), nested=(("with_condition", "mltc_persons"),),
    row_sum=(
        RowSumSpec(
            counts=("mltc_persons",), each=("condition",), total_table="people",
            total_where={"level": "icb", "breakdown": "all"},
        ),
    ),
    columns=dict.fromkeys(("condition", "mltc_persons", "with_condition"), "drawn"),
)  # fmt: skip
SPECS = {"people": PEOPLE, "condition": CONDITION}

UNSETTLED: list[object] = []  # pairs of months in which suppression against both did not come to an end
places = st.tuples(st.sampled_from(("P1", "P2", "P3")), st.sampled_from(("n1", "n2", "n3")))
groups = st.tuples(places, st.sampled_from(("old", "young")), st.sampled_from(("female", "male")))
headcounts = st.one_of(st.integers(0, 12), st.integers(0, 40), st.integers(0, 300))
people_of_groups = st.dictionaries(
    groups, st.tuples(headcounts, st.integers(0, 20).map(lambda twentieths: twentieths / 20)), min_size=1, max_size=8
)
moves = st.lists(st.tuples(st.integers(0, 7), groups, st.integers(1, 4)), max_size=4)


@st.composite
def two_months(draw):
    """People and those of them with MLTC, by place, age and sex, in one month and the next."""
    first = {group: (n, round(n * share)) for group, (n, share) in draw(people_of_groups).items()}
    later = dict(first)
    for place, target, most in draw(moves):
        source = sorted(first)[place % len(first)]
        persons, mltc = later[source]
        size = min(most, persons)
        with_mltc = min(size, mltc)
        later[source] = (persons - size, mltc - with_mltc)
        moved_persons, moved_mltc = later.get(target, (0, 0))
        later[target] = (moved_persons + size, moved_mltc + with_mltc)  # a place may open
    for place in draw(st.sets(places, max_size=1)):
        later = {group: n for group, n in later.items() if group[0] != place}  # and one may close
    newcomers = draw(st.dictionaries(st.integers(0, 7), st.integers(1, 3), max_size=3))
    for place, size in newcomers.items():
        source = sorted(first)[place % len(first)]
        if source in later:
            later[source] = (later[source][0] + size, later[source][1])
    return first, later


def build_marts(cells: dict) -> dict[str, pl.DataFrame]:
    """Both tables with all their totals."""
    rows = [(*place, age, sex, *counts) for (place, age, sex), counts in sorted(cells.items())]
    people = pl.DataFrame(rows, schema=["network", "neighbourhood", "age", "sex", *COUNTS], orient="row").with_columns(
        pl.col(COUNTS).cast(pl.Int64), neighbourhood=pl.col("network") + pl.col("neighbourhood")
    )
    frames = []
    for level, kept in (("icb", ()), ("network", ("network",)), ("neighbourhood", ("network", "neighbourhood"))):
        for breakdown in ("all", "age", "sex"):
            value = pl.lit("all") if breakdown == "all" else pl.col(breakdown)
            named = people.with_columns(
                level=pl.lit(level), breakdown=pl.lit(breakdown), value=value,
                **{name: pl.lit("all") for name in ("network", "neighbourhood") if name not in kept},
            )  # fmt: skip
            frames.append(named.group_by(DIMENSIONS).agg(pl.col(COUNTS).sum()))
    mltc = int(people["mltc_persons"].sum())
    condition = pl.DataFrame(
        {
            "condition": ["a", "b", "c"],
            "mltc_persons": [mltc] * 3,
            "with_condition": [mltc // 2, mltc // 9, mltc - mltc // 11],
        }
    )
    return {"people": pl.concat(frames), "condition": condition}


def find_together(raw, shown, raw_before, shown_before) -> int:
    """What insider and reader of both months find, this month's attackers included."""
    checked = check_marts(raw, SPECS)
    cells = build_cells(checked, SPECS)
    before = build_before(shown_before, SPECS, HES, raw_before)
    assert before is None or before.true is not None
    attackers = Attackers(cells, cells.gather(checked), HES, before, checked, patience=0)
    return attackers.find_exposed(cells.gather({name: table.frame for name, table in shown.items()}) < 0).exposed.size


def fill_in_unchanged(raw, shown, raw_before, shown_before) -> dict[str, PublishedTable]:
    """This month's release with every hidden count that has not changed as the release before shows it, if it does.

    Nothing of the attack on two months is used: an independent reading of what a follower of unchanged counts has.
    """
    filled = {}
    for name, spec in SPECS.items():
        keys = list(spec.dimensions)
        frame = shown[name].frame.join(
            shown_before[name].frame, on=keys, how="left", suffix="_was", maintain_order="left"
        )
        for suffix, true in (("_true", raw[name]), ("_true_was", raw_before[name])):
            counts = true.select(*keys, pl.col(spec.counts).name.suffix(suffix))
            frame = frame.join(counts, on=keys, how="left", maintain_order="left")
        frame = frame.with_columns(
            pl.when(pl.col(f"{count}_true") == pl.col(f"{count}_true_was"))
            .then(pl.coalesce(count, f"{count}_was"))
            .otherwise(pl.col(count))
            .alias(count)
            for count in spec.counts
        )
        filled[name] = PublishedTable(spec, frame.select(*spec.kinds))
    return filled


def show_nothing(shown) -> dict[str, PublishedTable]:
    """The same release with every count suppressed."""
    hidden = {
        name: [pl.lit(None, dtype=pl.Int64).alias(count) for count in spec.counts] for name, spec in SPECS.items()
    }
    return {name: PublishedTable(table.spec, table.frame.with_columns(hidden[name])) for name, table in shown.items()}


def find_by_filling(raw, shown, raw_before, shown_before) -> set[tuple]:
    """Which counts are worked out from this month's sums with the unchanged ones filled in.

    In fact, and not only if one guesses that they are small: a narrow interval, whatever the reader takes for granted.
    """
    found = attack(fill_in_unchanged(raw, shown, raw_before, shown_before), SPECS, HES)
    return {
        (each.table, each.row, each.column, each.is_complement)
        for each in found
        if each.reason == "worked out from sums" and each.upper - each.lower < HES.protection_width
    }


def check_two_months(first, later) -> None:
    raw, raw_later = build_marts(first), build_marts(later)
    shown = protect(raw, SPECS, HES)
    assert attack(shown, SPECS, HES) == []
    again = protect(raw, SPECS, HES, shown, raw)
    assert all(again[name].frame.equals(shown[name].frame) for name in SPECS)
    shown_later = protect(raw_later, SPECS, HES, shown, raw)
    assert attack(shown_later, SPECS, HES) == []
    if find_together(raw_later, shown_later, raw, shown):
        UNSETTLED.append(later)
        return
    assert attack(shown_later, SPECS, HES, shown) == []
    known_anyhow = find_by_filling(raw_later, show_nothing(shown_later), raw, shown)
    assert find_by_filling(raw_later, shown_later, raw, shown) <= known_anyhow


few = settings(max_examples=3, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck))
two_hundred = settings(max_examples=200, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck))


@few
@given(months=two_months())
def test_three_areas_and_the_month_after(months):
    check_two_months(*months)


@pytest.mark.slow
@pytest.mark.timeout(2400)
def test_two_hundred_areas_and_the_month_after():
    """No month gives anything away alone; both together do in few, which the manifest of a release then says."""

    @two_hundred
    @given(months=two_months())
    def check(months):
        check_two_months(*months)

    UNSETTLED.clear()
    check()
    assert len(UNSETTLED) <= 10


def draw_area(seed: int) -> dict:
    """A middling area by number, for what has to be found and not only for what must not."""
    generator = np.random.default_rng(seed)
    cells = {}
    for network in ("P1", "P2"):
        for neighbourhood in ("n1", "n2"):
            for age in ("old", "young"):
                for sex in ("female", "male"):
                    persons = int(generator.integers(0, 31)) * int(generator.integers(0, 4) > 0)
                    cells[(network, neighbourhood), age, sex] = persons, int(generator.binomial(persons, 0.5))
    return cells


def draw_later(cells: dict, seed: int) -> dict:
    """A month later: a fifth of the groups have gained one to three people."""
    generator = np.random.default_rng(seed + 1_000_000)
    return {
        group: (persons + int(generator.integers(1, 4)) * int(generator.random() < 0.2), mltc)
        for group, (persons, mltc) in cells.items()
    }


def hide_small_alone(raw: dict[str, pl.DataFrame]) -> dict[str, PublishedTable]:
    """Small counts, and parts that leave a small rest, suppressed; all others rounded; nothing to protect them."""
    checked = check_marts(raw, SPECS)
    cells = build_cells(checked, SPECS)
    counts = cells.gather(checked)
    shown = np.where(find_primary(cells, counts, HES), -1, HES.round(counts))
    tables = {}
    for table, spec in SPECS.items():
        columns = {name: pl.Series(shown[cells.rows(table, name)]) for name in spec.counts}
        frame = checked[table].with_columns(
            pl.when(column >= 0).then(column).alias(name) for name, column in columns.items()
        )
        tables[table] = PublishedTable(spec, add_rates(frame, spec, HES).select(*spec.kinds))
    return tables


def test_small_counts_alone_are_given_away():
    """Without complementary suppression the attack works numbers out; with it, on the same people, none."""
    given_away = 0
    for seed in range(6):
        raw = build_marts(draw_area(seed))
        given_away += any(each.reason == "worked out from sums" for each in attack(hide_small_alone(raw), SPECS, HES))
        assert attack(protect(raw, SPECS, HES), SPECS, HES) == []
    assert given_away >= 3


def test_two_months_protected_one_by_one_are_given_away_together():
    """Else the attack on both would show nothing; held against one another they are not."""
    by_insider = by_filling = 0
    for seed in range(6):
        first = draw_area(seed)
        raw, raw_later = build_marts(first), build_marts(draw_later(first, seed))
        shown, alone = protect(raw, SPECS, HES), protect(raw_later, SPECS, HES)
        by_insider += bool(find_together(raw_later, alone, raw, shown))
        by_filling += bool(attack(fill_in_unchanged(raw_later, alone, raw, shown), SPECS, HES))
        together = protect(raw_later, SPECS, HES, shown, raw)
        assert find_together(raw_later, together, raw, shown) == 0
        assert attack(together, SPECS, HES, shown) == []
    assert by_insider >= 1
    assert by_filling >= 1
    assert by_insider >= by_filling


DRAWN = TableSpec(
    name="drawn", title="Drawn", description="One sum", dimensions=("part",), counts=("persons",),
    row_sum=(RowSumSpec(counts=("persons",), where={"part": ["A", "B", "C"]}, total_where={"part": "all"}),),
    columns={"part": "Part", "persons": "Persons"},
)  # fmt: skip


def write_by_hand(**persons: int | None) -> dict[str, PublishedTable]:
    rows = {"part": list(persons), "persons": list(persons.values())}
    frame = pl.DataFrame(rows, schema={"part": pl.String, "persons": pl.Int64})
    return {"drawn": PublishedTable(DRAWN, frame)}


def test_a_small_count_hidden_beside_another_each_month_is_worked_out():
    """A is 1, B 8, C 18, all three 27, and B is hidden with A in one month, C in the next.

    25 in [23, 27], C in [18, 22], B in [8, 12]: whoever has all three knows that A is at most 27 - 18 - 8 = 1.
    """
    one = write_by_hand(A=None, B=None, C=20, all=25)
    two = write_by_hand(A=None, B=10, C=None, all=25)
    specs = {"drawn": DRAWN}
    assert attack(one, specs, HES) == attack(two, specs, HES) == []
    found = attack(two, specs, HES, one)
    assert [(each.row[0][1], each.lower, each.upper) for each in found if each.reason.startswith("worked")] == [
        ("A", 0, 1)
    ]
    assert [each.reason for each in found if each.row[0][1] == "A"] == [
        "worked out with the release before",
        "in the release before, worked out with this one",
    ]


def test_a_reader_does_not_follow_counts_whose_sum_has_changed():
    one = write_by_hand(A=None, B=None, C=20, all=25)
    two = write_by_hand(A=None, B=10, C=None, all=30)
    assert attack(two, {"drawn": DRAWN}, HES, one) == []


def test_a_release_under_a_weaker_rule_is_not_held_against_this_one():
    """Its counts stand for other numbers than this rule's."""
    one = write_by_hand(A=3, B=None, C=20, all=25)
    two = write_by_hand(A=None, B=10, C=None, all=25)
    assert attack(two, {"drawn": DRAWN}, HES, one) == []
