"""Practices drawn with known feeds: what stopped is found, and what is only small, new or seasonal is not."""

import calendar
from dataclasses import replace
from datetime import date

import numpy as np
import polars as pl
import pytest

from mltc.config.gate import CoverageSettings
from mltc.quality.coverage.status import find_abstentions, judge_coverage
from mltc.quality.coverage.window import CoverageInput, list_months

INDEX_DATE = date(2026, 10, 1)
SETTINGS = CoverageSettings()
MONTHS = list_months(INDEX_DATE, SETTINGS)["month"].to_list()
PRACTICES, PERSONS = 20, 2000
LAG_SCHEMA = {"table_name": pl.String, "supplier": pl.String, "expected_lag_days": pl.Int64}
LAGS = pl.DataFrame({"table_name": ["gp_event"], "supplier": [None], "expected_lag_days": [31]}, LAG_SCHEMA)


def draw_rows(rate: float = 400.0, seed: int = 1, practices: int = PRACTICES) -> np.ndarray:
    """Poisson counts (practices, months) around rates of `rate`, a winter that is 20 % busier, 5 % of other noise."""
    random = np.random.default_rng(seed)
    own = rate * np.exp(random.normal(0, 0.3, (practices, 1)))
    season = 1 + 0.2 * np.cos(2 * np.pi * np.array([month.month for month in MONTHS]) / 12)
    return random.poisson(own * season * np.exp(random.normal(0, 0.05, (practices, len(MONTHS)))))


def name_practice(number: int) -> str:
    return f"P{number:02d}"


def give(rows: np.ndarray, persons: np.ndarray | None = None, last_day: int | None = None) -> CoverageInput:
    """Input of the judgement; every count above 0 is a row, on the last day of its month (or `last_day` of the last)."""
    practices, months = rows.shape
    lists = np.full((practices, months + 1), PERSONS) if persons is None else persons
    sent = [(practice, month) for practice in range(practices) for month in range(months) if rows[practice, month]]

    def end_of(month: int) -> date:
        first = MONTHS[month]
        cut = last_day if last_day and month == months - 1 else calendar.monthrange(first.year, first.month)[1]
        return first.replace(day=cut)

    places = [(practice, month) for practice in range(practices) for month in range(months)]
    return CoverageInput(
        counts=pl.DataFrame(
            [("gp_event", name_practice(p), MONTHS[m], int(rows[p, m]), end_of(m)) for p, m in sent],
            schema={
                "table_name": pl.String,
                "organisation_code": pl.String,
                "month": pl.Date,
                "row_count": pl.Int64,
                "last_date": pl.Date,
            },
            orient="row",
        ),
        exposure=pl.DataFrame(
            [
                (name_practice(p), MONTHS[m], int(lists[p, m]), int(lists[p, m + 1]), True)
                for p, m in places
                if lists[p, m] + lists[p, m + 1]
            ],
            schema={
                "organisation_code": pl.String,
                "month": pl.Date,
                "first_persons": pl.Int64,
                "last_persons": pl.Int64,
                "is_open": pl.Boolean,
            },
            orient="row",
        ),
        organisations=pl.DataFrame(
            {
                "organisation_code": [name_practice(p) for p in range(practices)],
                "supplier": ["North" if p < practices * 3 // 5 else "South" for p in range(practices)],
            }
        ),
        lags=LAGS,
        index_date=INDEX_DATE,
    )


def statuses(coverage: pl.DataFrame, practice: int = 0) -> list[str]:
    """Status of each judged month of one practice, oldest first."""
    return coverage.filter(pl.col("organisation_code") == name_practice(practice))["status"].to_list()


def abstained(coverage: pl.DataFrame) -> list[tuple[str, date]]:
    return find_abstentions(coverage, SETTINGS).select("organisation_code", "from_month").rows()


def test_normal_months_of_large_practices_are_left_alone():
    coverage = judge_coverage(give(draw_rows(practices=60)), SETTINGS)
    judged = coverage.filter(pl.col("status") != "not enough history")
    assert judged.height == 60 * 24  # every practice in every month of the last two years
    alarms = judged.filter(pl.col("status") != "ok").height
    assert alarms <= 2  # 1.4 per 1,000 practice-months at most
    assert abstained(coverage) == []


@pytest.mark.parametrize("rate", [3, 12, 40])
def test_small_practices_raise_few_alarms(rate):
    """Few records are expected, and none in a month is usual: 5 alarms per 1,000 practice-months at most."""
    coverage = judge_coverage(give(draw_rows(rate, practices=60)), SETTINGS)
    judged = coverage.filter(pl.col("status") != "not enough history")
    assert judged.filter(pl.col("status") != "ok").height <= 0.005 * judged.height
    assert judged.height > 1000


@pytest.mark.parametrize("months", [1, 2, 3, 12])
def test_a_stopped_feed_is_found_from_its_first_month(months):
    rows = draw_rows()
    rows[0, -months:] = 0
    coverage = judge_coverage(give(rows), SETTINGS)
    assert statuses(coverage)[-months:] == ["stopped"] * months
    assert abstained(coverage) == [("P00", MONTHS[-months])]


def test_a_small_practice_that_stopped_is_found_when_chance_no_longer_explains_it():
    """5 a month: exp(-5) = 0.7 % for one empty month, exp(-15) for three."""
    rows = draw_rows(30)
    rows[0] = np.random.default_rng(5).poisson(5, rows.shape[1]).clip(1)
    one, three = rows.copy(), rows.copy()
    one[0, -1:], three[0, -3:] = 0, 0
    assert statuses(judge_coverage(give(one), SETTINGS))[-1] == "ok"
    assert statuses(judge_coverage(give(three), SETTINGS))[-3:] == ["stopped"] * 3


def test_half_a_feed_is_low_and_a_feed_sent_twice_is_high():
    rows = draw_rows()
    rows[0, -3:] = rows[0, -3:] // 2
    rows[1, -3:] *= 2
    coverage = judge_coverage(give(rows), SETTINGS)
    assert statuses(coverage, 0)[-3:] == ["low"] * 3
    assert statuses(coverage, 1)[-3:] == ["high"] * 3
    assert abstained(coverage) == [("P00", MONTHS[-3])]


def test_a_hole_of_one_month_is_told_and_does_not_silence_the_practice():
    rows = draw_rows()
    rows[0, -6] = 0
    coverage = judge_coverage(give(rows), SETTINGS)
    found = statuses(coverage)
    assert found[-6] == "stopped"
    assert set(found[:-6] + found[-5:]) == {"ok"}
    assert abstained(coverage) == []  # one month of twelve, and the feed is back


def test_most_practices_of_a_supplier_stop_together():
    rows = draw_rows()
    rows[: PRACTICES * 3 // 5, -2:] = 0  # North: 12 of 20, the majority, for longer than the expected lag
    coverage = judge_coverage(give(rows), SETTINGS)
    assert statuses(coverage, 0)[-2:] == ["stopped", "stopped"]
    assert statuses(coverage, PRACTICES - 1)[-2:] == ["ok", "ok"]
    reason = coverage.filter(pl.col("organisation_code") == "P00")["reason"][-1]
    assert "most practices of this supplier" in reason


def test_everything_stops_at_once():
    rows = draw_rows()
    rows[:, -2:] = 0
    coverage = judge_coverage(give(rows), SETTINGS)
    assert set(coverage.filter(pl.col("month") >= MONTHS[-2])["status"]) == {"stopped"}


def test_an_extract_that_ends_within_its_lag_is_not_yet_due():
    rows = draw_rows()
    rows[:, -1] = 0  # everybody ends 30 days before the index date, and 31 are expected
    coverage = judge_coverage(give(rows), SETTINGS)
    assert coverage["month"].max() == MONTHS[-2]
    assert set(coverage["status"]) == {"ok"}


def test_a_last_month_cut_in_the_middle_is_expected_to_hold_half():
    rows = draw_rows()
    rows[:, -1] = rows[:, -1] // 2
    rows[0, -1] = 0
    coverage = judge_coverage(give(rows, last_day=15), SETTINGS)
    last = coverage.filter(pl.col("month") == MONTHS[-1])
    assert last.filter(pl.col("status") != "ok")["organisation_code"].to_list() == ["P00"]


def test_a_growing_list_a_closed_practice_and_a_new_one():
    rows = draw_rows()
    persons = np.full((PRACTICES, len(MONTHS) + 1), PERSONS)
    growth = np.linspace(1, 2.5, len(MONTHS))
    rows[0] = (rows[0] * growth).astype(int)
    persons[0] = (PERSONS * np.append(growth, growth[-1])).astype(int)
    rows[1, -6:] = 0
    persons[1, -6:] = 0  # closed: nobody is registered from the month after its last
    rows[2, :-8] = 0
    persons[2, :-8] = 0  # opened eight months ago
    coverage = judge_coverage(give(rows, persons), SETTINGS)
    assert set(statuses(coverage, 0)) == {"ok"}
    assert set(statuses(coverage, 1)) <= {"ok", "not enough history"}
    assert set(statuses(coverage, 2)) == {"not enough history"}
    assert abstained(coverage) == []


def test_a_practice_that_never_sent_anything():
    rows = draw_rows()
    rows[0] = 0
    coverage = judge_coverage(give(rows), SETTINGS)
    assert set(statuses(coverage)) == {"stopped"}
    assert coverage.filter(pl.col("organisation_code") == "P00")["reason"][0] == "nothing was ever sent"
    assert [practice for practice, _ in abstained(coverage)] == ["P00"]


def test_a_young_feed_has_not_enough_history():
    rows = draw_rows()
    rows[:, :-12] = 0  # twelve months, of which the first may be cut
    coverage = judge_coverage(give(rows), SETTINGS)
    assert set(coverage["status"]) == {"not enough history"}


def test_nothing_given_gives_nothing():
    given = give(np.zeros((3, len(MONTHS)), dtype=int))
    assert judge_coverage(given, SETTINGS).is_empty()
    assert judge_coverage(replace(given, exposure=given.exposure.clear()), SETTINGS).is_empty()
    assert find_abstentions(judge_coverage(given, SETTINGS), SETTINGS).is_empty()


def test_the_same_input_gives_the_same_judgement():
    given = give(draw_rows(12))
    shuffled = replace(given, counts=given.counts.reverse(), exposure=given.exposure.reverse())
    assert judge_coverage(given, SETTINGS).equals(judge_coverage(shuffled, SETTINGS))
