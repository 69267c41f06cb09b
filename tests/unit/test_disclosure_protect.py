"""Complements, sums and linked tables; rates; what the attack finds when it is planted."""

import polars as pl
import pytest
from scipy.stats import binomtest

from mltc.disclosure import PROFILES, PublishedTable, TableSpec, attack, load_table_specs, protect, protection
from mltc.disclosure.marts import schema_of
from mltc.disclosure.rates import add_rates
from mltc.errors import DisclosureError

HES = PROFILES["hes"]
SPECS = load_table_specs()


def places(rows):
    """Rows (type, code, breakdown, value, persons, mltc, complex) as a prevalence mart."""
    names = ["geography_type", "geography_code", "breakdown", "breakdown_value", "persons", "mltc_persons"]
    frame = pl.DataFrame(rows, schema=[*names, "complex_mltc_persons"], orient="row")
    return frame.with_columns(
        geography_name=pl.col("geography_code"),
        sort_key=pl.int_range(pl.len()),
        physical_mental_persons=pl.lit(0),
    )


def one(table, **dimensions):
    frame = table.text_frame().filter([pl.col(name) == value for name, value in dimensions.items()])
    return frame.to_dicts()[0]


def test_a_part_that_leaves_a_small_rest_is_suppressed():
    mart = places([("icb", "A", "all", "all", 100, 95, 50)])  # 100 - 95 = 5 persons without MLTC
    row = protect({"prevalence": mart}, SPECS, HES)["prevalence"].text_frame().to_dicts()[0]
    assert row["persons"] == "100"
    assert row["mltc_persons"] == "[c]"
    assert row["mltc_percent"] == row["mltc_percent_lower"] == "[c]"
    assert row["complex_mltc_persons"] == "50"


def test_a_part_that_leaves_eight_is_shown():
    mart = places([("icb", "A", "all", "all", 100, 92, 50)])
    row = protect({"prevalence": mart}, SPECS, HES)["prevalence"].text_frame().to_dicts()[0]
    assert (row["mltc_persons"], row["mltc_percent"]) == ("90", "90")  # 92 -> 90; 90 / 100


def test_a_difference_between_places_cannot_be_taken():
    """Area 500, networks 480, 13 and 7: with the first two, the last is 500 - 480 - 15 = 5, give or take."""
    mart = places(
        [
            ("icb", "A", "all", "all", 500, 0, 0),
            ("pcn", "P1", "all", "all", 480, 0, 0),
            ("pcn", "P2", "all", "all", 13, 0, 0),
            ("pcn", "P3", "all", "all", 7, 0, 0),
        ]
    )
    table = protect({"prevalence": mart}, SPECS, HES)["prevalence"]
    assert one(table, geography_code="P3")["persons"] == "[c]"
    # 500 in [498, 502], 480 in [478, 482], 15 in [13, 17]: P3 in [-1, 11], as wide as the mark itself
    assert one(table, geography_code="P2")["persons"] == "15"


def test_the_second_smallest_is_suppressed_where_the_difference_tells_too_much():
    """The classic: a total and all parts but one."""
    mart = places(
        [
            ("icb", "A", "all", "all", 23, 0, 0),  # shown as 25: 23 to 27
            ("pcn", "P1", "all", "all", 16, 0, 0),  # shown as 15: 13 to 17
            ("pcn", "P2", "all", "all", 7, 0, 0),  # 23 - 17 = 6 or 7
        ]
    )
    table = protect({"prevalence": mart}, SPECS, HES)["prevalence"]
    assert one(table, geography_code="P2")["persons"] == "[c]"
    assert one(table, geography_code="P1")["persons"] == "[c]"
    assert one(table, geography_type="icb")["persons"] == "25"
    assert (table.primary_count, table.complementary_count) == (1, 1)


def test_last_months_choice_is_kept():
    rows = [
        ("icb", "A", "all", "all", 38, 0, 0),  # shown as 40: 38 to 42
        ("pcn", "P1", "all", "all", 16, 0, 0),  # shown as 15: 13 to 17
        ("pcn", "P2", "all", "all", 7, 0, 0),  # 38 - 17 - 15 = 6 or 7
        ("pcn", "P3", "all", "all", 15, 0, 0),
    ]
    mart = places(rows)

    def hidden(table):
        return table.frame.filter(pl.col("persons").is_null())["geography_code"].to_list()

    first = protect({"prevalence": mart}, SPECS, HES)["prevalence"]
    shown_before = first.frame.with_columns(
        persons=pl.when(pl.col("geography_code") == "A").then(None).otherwise(pl.col("persons"))
    )
    again = protect({"prevalence": mart}, SPECS, HES, {"prevalence": PublishedTable(first.spec, shown_before)})
    assert set(hidden(again["prevalence"])) <= {"A", "P2", *hidden(first)}
    assert "P2" in hidden(first)


def test_linked_tables_are_attacked_together():
    """Clusters add up to the people with MLTC of another table: 48 = 21 + 21 + 6."""
    clusters = pl.DataFrame(
        {
            "cluster_id": ["1", "2", "3"],
            "cluster_name": ["a", "b", "c"],
            "top_conditions": ["", "", ""],
            "persons": [21, 21, 6],  # each 21 is shown as 20: 18 to 22
            "mean_age_years": [70.04, 60.0, 50.0],
        }
    ).with_columns(
        pl.lit(0).alias("unplanned_admitted_persons"),
        pl.lit(0).alias("polypharmacy_persons"),
        pl.lit(0).alias("most_deprived_persons"),
        pl.lit(3.0).alias("mean_condition_count"),
        pl.lit(0.9).alias("mean_certainty"),
    )
    mart = places([("icb", "A", "all", "all", 900, 48, 0)])  # shown as 50: 48 to 52
    alone = protect({"cluster": clusters}, SPECS, HES)["cluster"]
    linked = protect({"cluster": clusters, "prevalence": mart}, SPECS, HES)["cluster"]
    assert alone.text_frame()["persons"].to_list() == ["20", "20", "[c]"]
    assert linked.frame["persons"].null_count() == 2  # else 48 - 22 - 22 = 4 to 7
    assert alone.text_frame()["mean_age_years"].to_list() == ["70", "60", "[c]"]


def test_six_marks_do_not_tell_the_total():
    """Six networks with one person each: marks alone say "six or more", so the zero is hidden with them."""
    rows = [("icb", "A", "all", "all", 6, 0, 0), *(("pcn", f"P{n}", "all", "all", 1, 0, 0) for n in range(6))]
    mart = places([*rows, ("pcn", "P9", "all", "all", 0, 0, 0)])
    table = protect({"prevalence": mart}, SPECS, HES)["prevalence"]
    assert one(table, geography_code="P9")["persons"] == "[c]"


@pytest.mark.parametrize(
    ("count", "reason"),
    [(3, "shown although small"), (12, "not rounded"), (0, None), (5, "shown although small"), (10, None)],
)
def test_the_attack_sees_improper_counts(count, reason):
    frame = with_rates(places([("icb", "A", "all", "all", count, 0, 0)]))
    found = attack({"prevalence": PublishedTable(SPECS["prevalence"], frame)}, SPECS, HES)
    assert bool(found) == bool(reason)
    assert not reason or reason in {exposure.reason for exposure in found}


def with_rates(counts):
    spec = SPECS["prevalence"]
    return add_rates(counts, spec, HES).select(pl.col(n).cast(t) for n, t in schema_of(spec, with_rates=True).items())


def test_the_attack_finds_a_planted_difference():
    frame = with_rates(
        places(
            [
                ("icb", "A", "all", "all", 25, 0, 0),
                ("pcn", "P1", "all", "all", 15, 0, 0),
                ("pcn", "P2", "all", "all", None, 0, 0),
            ]
        )
    )
    (found,) = attack({"prevalence": PublishedTable(SPECS["prevalence"], frame)}, SPECS, HES)
    assert dict(found.row)["geography_code"] == "P2"
    assert found.column == "persons"
    assert found.lower == 6  # 23 - 17


def test_the_attack_finds_a_rate_from_true_counts():
    frame = with_rates(places([("icb", "A", "all", "all", 100, 50, 0)])).with_columns(mltc_percent=pl.lit(47.3))
    (found,) = attack({"prevalence": PublishedTable(SPECS["prevalence"], frame)}, SPECS, HES)
    assert (found.column, found.reason) == ("mltc_percent", "rate not from published counts")


def test_a_reader_stops_believing_a_sum_that_does_not_hold():
    """Networks hold 400 of 500 persons (100 have no network): no contradiction, no failure."""
    mart = places([("icb", "A", "all", "all", 500, 0, 0), ("pcn", "P1", "all", "all", 400, 0, 0)])
    assert protect({"prevalence": mart}, SPECS, HES)["prevalence"].frame["persons"].to_list() == [500, 400]


@pytest.mark.parametrize(("part", "whole"), [(0, 10), (10, 10), (10, 40), (125, 1000), (999_995, 1_000_000)])
def test_rates_and_wilson_intervals_come_from_rounded_counts(part, whole):
    frame = add_rates(pl.DataFrame({"persons": [whole], "mltc_persons": [part]}), RATE_SPEC, PROFILES["opensafely"])
    interval = binomtest(part, whole).proportion_ci(method="wilson")
    expected = [round(100 * value, 1) for value in (part / whole, interval.low, interval.high)]
    names = ["mltc_percent", "mltc_percent_lower", "mltc_percent_upper"]
    assert frame.select(names).row(0) == pytest.approx(expected, abs=1e-9)


RATE_SPEC = TableSpec(
    name="rate",
    title="Rate",
    description="One rate",
    dimensions=(),
    counts=("persons", "mltc_persons"),
    rates=({"name": "mltc_percent", "numerator": "mltc_persons", "denominator": "persons"},),
    columns={"persons": "Persons", "mltc_persons": "With MLTC", "mltc_percent": "Percentage"},
)


def test_percentages_of_the_community_profile_are_whole():
    mart = places([("icb", "A", "all", "all", 90, 30, 10)])
    row = protect({"prevalence": mart}, SPECS, PROFILES["community"])["prevalence"].text_frame().to_dicts()[0]
    assert row["mltc_percent"] == "33"


def test_exact_ratios_are_recomputed_from_published_counts():
    """Exclusivity: 33 of 101 persons in the cluster; published 35 / 100."""
    cluster_condition = pl.DataFrame(
        {
            "cluster_id": ["1"], "cluster_name": ["a"], "condition": ["asthma"], "condition_name": ["Asthma"],
            "persons": [203], "persons_with_condition": [33],
        }
    )  # fmt: skip
    condition = pl.DataFrame(
        {
            "condition": ["asthma"], "condition_name": ["Asthma"], "body_system": ["r"], "condition_kind": ["physical"],
            "published_source": [""], "persons": [900], "persons_with_condition": [300],
            "mltc_persons_with_condition": [101], "published_percent": [None],
        }
    )  # fmt: skip
    mart = places([("icb", "A", "all", "all", 900, 402, 20)])
    frames = {"cluster_condition": cluster_condition, "condition": condition, "prevalence": mart}
    tables = protect(frames, SPECS, HES)
    row = tables["cluster_condition"].frame.to_dicts()[0]
    assert row["exclusivity_percent"] == 35.0  # 100 x 35 / 100
    assert row["observed_expected"] == 0.68  # (35 / 205) / (100 / 400) = 0.683
    assert tables["condition"].text_frame()["published_percent"].to_list() == ["[x]"]


def test_all_tables_may_be_empty():
    tables = protect({}, SPECS, HES)
    assert set(tables) == set(SPECS)
    assert all(table.frame.is_empty() and table.text_frame().is_empty() for table in tables.values())
    assert attack(tables, SPECS, HES) == []


def test_a_mart_that_contradicts_its_specification_is_refused():
    with pytest.raises(DisclosureError, match="mltc_persons is above persons in 1 rows"):
        protect({"prevalence": places([("icb", "A", "all", "all", 10, 11, 0)])}, SPECS, HES)
    with pytest.raises(DisclosureError, match="not in reports/tables"):
        protect({"unheard_of": pl.DataFrame()}, SPECS, HES)


WHOLE = TableSpec(
    name="whole", title="W", description="D", dimensions=("place",), counts=("persons",),
    columns={"place": "Place", "persons": "People"},
)  # fmt: skip
SPLIT = TableSpec(
    name="split", title="S", description="D", yields=1, dimensions=("place", "part"), counts=("persons",),
    row_sum=({"counts": ["persons"], "same": ["place"], "total_table": "whole"},),
    columns={"place": "Place", "part": "Part", "persons": "People"},
)  # fmt: skip
SEVENS = {
    "whole": pl.DataFrame({"place": ["a"], "persons": [14]}),
    "split": pl.DataFrame({"place": ["a", "a"], "part": ["x", "y"], "persons": [7, 7]}),
}


def test_a_total_is_suppressed_where_its_small_parts_could_be_worked_out():
    """14 is shown as 15, so 13 to 17; two parts of 1 to 7 that make 13 or more are 6 or 7 each."""
    tables = protect(SEVENS, {"whole": WHOLE, "split": SPLIT}, HES)
    assert tables["whole"].text_frame()["persons"].to_list() == ["[c]"]
    assert tables["split"].text_frame()["persons"].to_list() == ["[c]", "[c]"]
    assert not tables["split"].is_withheld


def test_a_table_that_yields_is_withheld_where_suppression_does_not_settle(monkeypatch):
    monkeypatch.setattr(protection, "ROUNDS", 1)
    tables = protect(SEVENS, {"whole": WHOLE, "split": SPLIT}, HES)
    assert tables["split"].is_withheld
    assert tables["split"].frame.shape == (0, 3)
    assert tables["whole"].text_frame()["persons"].to_list() == ["15"]
    assert not tables["whole"].is_withheld


def test_tables_that_do_not_yield_take_as_many_rounds_as_they_need(monkeypatch):
    monkeypatch.setattr(protection, "ROUNDS", 1)
    firm = SPLIT.model_copy(update={"yields": None})
    tables = protect(SEVENS, {"whole": WHOLE, "split": firm}, HES)
    assert tables["whole"].text_frame()["persons"].to_list() == ["[c]"]
    assert tables["split"].frame.height == 2
