"""The synthetic people beside published figures of England, and the measures themselves on drawn people.

Tolerances: four standard errors for chance, and on top what a model may be off. 8 % of a QOF total and 0.06 on the
log of a deprivation ratio (the scales and ratios are fitted, on other people, to the totals and ratios themselves;
the published ratios come from a grid with steps of 3 %). 8 % of an age and sex group. 35 % of a crude ratio between
fifths of practices, because the synthetic ICB spans less deprivation between its practices than England does.
"""

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from mltc.synthetic import SyntheticSettings, write_synthetic_icb
from mltc.synthetic.facts import IMD_SCORES, load_condition_facts
from mltc.synthetic.marginals import (
    Registered,
    compare_age_sex,
    compare_gradients,
    compare_mltc,
    compare_practice_fifths,
    compare_totals,
    find_practice_fifths,
    fit_gradient,
    load_registered,
    read_published,
)

STANDARD_ERRORS = 4


@pytest.fixture(scope="module")
def people(tmp_path_factory: pytest.TempPathFactory) -> Registered:
    folder = tmp_path_factory.mktemp("marginals")
    write_synthetic_icb(SyntheticSettings(persons=50_000, months=36, seed=5, defect_rate=0.0), folder)
    return load_registered(folder)


def assert_near(compared: pl.DataFrame, share: float) -> None:
    """Found within chance and `share` of published, for registers that count what the condition counts."""
    if "is_same_definition" in compared.columns:
        compared = compared.filter("is_same_definition")
    allowed = STANDARD_ERRORS * pl.col("standard_error") + share * pl.col("published")
    off = compared.filter((pl.col("found") - pl.col("published")).abs() > allowed)
    assert compared.height >= 10
    assert off.is_empty(), off


def test_qof_totals(people: Registered) -> None:
    assert_near(compare_totals(people), 0.08)


def test_deprivation_gradients_at_equal_age(people: Registered) -> None:
    assert_near(compare_gradients(people), 0.06)


def test_crude_ratios_between_practices(people: Registered) -> None:
    compared = compare_practice_fifths(people)
    assert_near(compared, 0.35)
    assert np.corrcoef(np.log(compared["published"]), np.log(compared["found"]))[0, 1] > 0.6


def test_age_and_sex(people: Registered) -> None:
    assert_near(compare_age_sex(people), 0.08)


def test_mltc_lies_between_the_shorter_and_the_longer_list(people: Registered) -> None:
    """Lists of 36 (Cassell) and 40 (Barnett) hold what the list of 35 holds here, and some of the others."""
    compared = compare_mltc(people).filter(pl.col("study") != "Valabhji")
    margin = STANDARD_ERRORS * pl.col("standard_error")
    between = pl.col("published").is_between(pl.col("found") - margin, pl.col("found_all_conditions") + margin)
    assert compared.filter(~between).is_empty(), compared
    share = dict(compared.select("group", "found").iter_rows())
    gradient = share["most deprived fifth"] / share["least deprived fifth"]
    assert abs(np.log(gradient / (30.0 / 25.8))) < 0.15
    assert 1.0 < share["women"] / share["men"] < 1.35  # published 30.0 / 24.4 = 1.23


def test_mltc_by_age_has_the_published_shape(people: Registered) -> None:
    """On the list of 35, coded ever by the GP: without the windows of rules, so more than the register counts.

    QOF totals grew by 8 to 23 % between the study's year and 2024-25, and MLTC with them.
    """
    compared = compare_mltc(people).filter(pl.col("study") == "Valabhji")
    found = dict(compared.select("group", "found").iter_rows())
    assert 14.8 * 0.95 < found["all ages"] < 14.8 * 1.3
    assert 68.2 * 0.95 < found["80+"] < 68.2 * 1.15
    assert 0 < found["0-19"] < 0.9  # learning disability and asthma alone have few partners at that age here


def test_gradient_is_found_in_people_who_have_it_by_construction() -> None:
    """Cases are exactly proportional to exp(0.2 * score / 10) in every age band, so the slope is 0.2."""
    imd = np.tile(np.repeat(np.arange(1, 11), 1000), 2)
    age = np.repeat([32.0, 71.0], 10_000)
    base = np.repeat([0.02, 0.2], 10_000)
    wanted = base * np.exp(0.2 * (IMD_SCORES[imd - 1] - IMD_SCORES.mean()) / 10)
    place = np.tile(np.arange(1000), 20)
    slope, error = fit_gradient(age, imd, place < np.round(wanted * 1000))
    assert abs(slope - 0.2) < 0.01
    assert 0.005 < error < 0.05


def test_practices_are_parted_by_mean_deprivation() -> None:
    """Five practices of equal size, the one with number 4 the most deprived."""
    practice = np.repeat(np.arange(5), 10)
    imd = np.repeat([9, 7, 5, 3, 1], 10)
    people = Registered(np.full(50, 40.0), np.ones(50), imd, practice, np.zeros((50, 1), dtype=np.bool_), ("copd",))
    assert find_practice_fifths(people)[::10].tolist() == [5, 4, 3, 2, 1]


def test_published_figures_name_their_source_and_known_conditions() -> None:
    keys = set(load_condition_facts().keys)
    for name in ("published_registers", "list_of_35"):
        table = read_published(name)
        listed = {key for keys in table["conditions"].drop_nulls() for key in keys.split("|")}
        assert listed <= keys, name
    for path in (Path(__file__).parents[2] / "mltc" / "synthetic" / "data").glob("published_*.csv"):
        table = pl.read_csv(path)
        sources = [column for column in table.columns if "source" in column]
        assert sources and table.select(sources).null_count().sum_horizontal().item() == 0, path.name
