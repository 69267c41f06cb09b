"""Tables of cohorts through the door: counts hang together with those of prevalence, and give nothing away."""

import numpy as np
import polars as pl
import pytest

from mltc.disclosure import attack, load_table_specs, protect, read_profile
from mltc.paths import CODELISTS
from models.cohort.standardised import build_standardised

SPECS = load_table_specs()
COHORTS = ("mltc", "complex_mltc", "physical_mental")
STANDARD = pl.read_csv(CODELISTS / "reference" / "esp2013.csv").select("age_band", "lower_age_years", "weight")


def draw_people(persons: int = 6_000, practices: int = 12) -> pl.DataFrame:
    """People of a small ICB: the last practice has few, the last network a single practice."""
    random = np.random.default_rng(3)
    practice = np.minimum(random.integers(0, practices * 4, persons) // 4, practices - 1)
    practice = np.where((practice == practices - 1) & (random.random(persons) < 0.9), 0, practice)
    band = random.integers(0, STANDARD.height, persons)
    is_mltc = random.random(persons) < 0.02 + 0.04 * band
    return pl.DataFrame(
        {
            "practice": practice,
            "sex": random.choice(["1", "2"], persons),
            "age_band": STANDARD["age_band"].gather(band),
            "mltc": is_mltc,
            "complex_mltc": is_mltc & (random.random(persons) < 0.1),
            "physical_mental": is_mltc & (random.random(persons) < 0.2),
        }
    ).with_columns(pcn=pl.col("practice") // 3, sub_icb=pl.col("practice") // 6)


def draw_strata(people: pl.DataFrame) -> pl.DataFrame:
    """The rows of cohort.stratum of these people."""
    name = {kind: pl.format(f"{kind}{{}}", pl.col(kind)) for kind in ("practice", "pcn", "sub_icb")}
    empty = pl.lit("")
    places = {
        "icb": (pl.lit("Q"), empty, empty),
        "pcn": (name["pcn"], name["pcn"], empty),
        "sub_icb": (name["sub_icb"], empty, name["sub_icb"]),
        "practice": (name["practice"], name["pcn"], name["sub_icb"]),
    }
    keys = ["geography_type", "geography_code", "geography_name", "pcn_code", "sub_icb_code", "resident_area"]
    parts = [
        people.select(
            pl.lit(kind).alias("geography_type"),
            code.alias("geography_code"),
            code.alias("geography_name"),
            pcn.alias("pcn_code"),
            sub_icb.alias("sub_icb_code"),
            empty.alias("resident_area"),
            "sex",
            "age_band",
            *COHORTS,
        )
        for kind, (code, pcn, sub_icb) in places.items()
    ]
    cells = pl.concat(parts).group_by(*keys, "sex", "age_band").agg(pl.len().alias("persons"), pl.col(COHORTS).sum())
    return cells.with_columns(pl.col("persons", *COHORTS).cast(pl.Int64)).sort(pl.all())


def draw_prevalence(strata: pl.DataFrame) -> pl.DataFrame:
    """The rows of marts.prevalence that are of everybody."""
    whole = strata.filter(pl.col("geography_type").is_in(["icb", "pcn"]))
    sums = whole.group_by("geography_type", "geography_code", "geography_name").agg(pl.col("persons", *COHORTS).sum())
    counts = {cohort: f"{cohort}_persons" for cohort in COHORTS}
    return sums.rename(counts).with_columns(breakdown=pl.lit("all"), breakdown_value=pl.lit("all"), sort_key=0)


@pytest.fixture(scope="module", params=["hes", "community"])
def released(request):
    profile = read_profile(request.param)
    strata = draw_strata(draw_people())
    raw = build_standardised(strata, STANDARD, profile.round)
    tables = protect({"standardised": raw, "prevalence": draw_prevalence(strata)}, SPECS, profile)
    return raw, tables, profile


def test_counts_of_practices_networks_and_prevalence_give_nothing_away_together(released):
    _, tables, profile = released
    assert attack(tables, SPECS, profile) == []
    assert tables["standardised"].primary_count > 0


def test_a_network_hidden_in_prevalence_is_hidden_here_and_so_are_its_rates(released):
    raw, tables, profile = released
    found = tables["standardised"].frame
    keys = ["cohort", "geography_type", "geography_code"]
    both = found.join(raw.select(*keys, true=pl.col("cohort_persons")), on=keys)
    small = both.filter(pl.Series(profile.is_protected(both["true"].to_numpy())))
    assert small.height and small["cohort_persons"].null_count() == small.height
    hidden = both.filter(pl.col("cohort_persons").is_null())
    for name in ("cohort_percent", "standardised_percent", "ratio", "ratio_upper", "funnel_position"):
        assert hidden[name].null_count() == hidden.height


def test_whoever_knows_what_is_expected_exactly_gets_no_more_than_the_published_count(released):
    """The strongest reader: all ages, sexes and reference rates known, so that expected counts are too."""
    raw, tables, profile = released
    keys = ["cohort", "geography_type", "geography_code"]
    shown = tables["standardised"].frame.filter(pl.col("ratio").is_not_null())
    exact = shown.select(*keys, published="cohort_persons").join(raw, on=keys)
    rounded = pl.Series(profile.round(exact["cohort_persons"].to_numpy()))
    expected = rounded / exact["ratio"]  # what such a reader has
    worked_out = exact["ratio"] * expected
    assert (worked_out - exact["published"]).abs().max() < 1e-6
    assert (exact["cohort_persons"] != exact["published"]).any()  # rounding did hide something
