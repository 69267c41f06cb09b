"""Projection of the register, trend of prevalence, Lorenz curve."""

from datetime import date

import numpy as np
import polars as pl
import pytest
from conftest import draw

from models.public_health.ageing import OLDEST, Account, age_forward, run_years
from models.public_health.concentration import build_gini, build_lorenz
from models.public_health.projection import HELD, TRENDING, project
from models.public_health.trend import Trend, fit_trend

AGES = range(OLDEST + 1)
COUNTS = dict.fromkeys(
    ["age_years", "persons", "persons_with", "persons_a_year_ago", "deaths", "leavers", "joiners"], pl.Int64
)


def test_everyone_a_year_older_by_hand():
    older = age_forward(np.array([90.0, 40, 5]), np.array([20.0, 5, 0]))
    # 90 of age 0 and 5 joiners are 1; 40 of age 1 are 2, which is the oldest age, where 5 stay
    assert older.tolist() == [20, 90 + 5, 40 + 5]


def stationary(size: int = 1000) -> tuple[pl.DataFrame, pl.DataFrame]:
    """As many at each age as a year ago: one in fifty dies, one in fifty leaves, and joiners make up for them."""
    people = pl.DataFrame({"age_years": AGES, "persons": size}).with_columns(
        persons_with=(pl.col("persons") * pl.col("age_years") / 100).cast(pl.Int64)
    )
    lost = 2 * size // 50
    movement = pl.DataFrame(
        {"age_years": AGES, "persons_a_year_ago": size, "deaths": lost // 2, "leavers": lost // 2}
    ).with_columns(
        joiners=pl.when(pl.col("age_years") == 0)
        .then(size)  # births
        .when(pl.col("age_years") == OLDEST)
        .then(size - 2 * (size - lost))  # the oldest and those who reach their age would be too many
        .otherwise(lost)
        .clip(0, None)
    )
    people = people.filter(pl.col("age_years") < OLDEST)
    movement = movement.filter(pl.col("age_years") < OLDEST)
    return tuple(pl.concat([frame.with_columns(sex=pl.lit(sex)) for sex in ("F", "M")]) for frame in (people, movement))


def test_a_stationary_population_stays_as_it_is():
    people, movement = stationary()
    found = project(people, movement, draws=50)
    younger = found.filter(year=0)["persons"].item()
    # the ages below 95 stay; of each sex 960 reach 95 in a year; nobody was that old, so the rates of 90 to 94 hold
    for year, row in zip((1, 3, 5), found.filter(pl.col("year") > 0).iter_rows(named=True), strict=True):
        oldest = 2 * 960 * sum(0.96**passed for passed in range(year))
        assert row["persons"] == pytest.approx(younger + oldest)
        assert row["persons_with"] == pytest.approx(89_300 + oldest * 0.92)  # 90 to 94: 90 to 94 in a hundred
    ages = run_years(
        Account(*(np.full((1, OLDEST + 1), float(each)) for each in (1000, 100, 1000, 20, 20, 40, 1, 0))), [1, 2]
    )
    assert ages[2].people[0, 0, 5] == pytest.approx(1000 * 0.96 + 40)


def test_ageing_alone_makes_more_cases():
    # everyone is 64, nobody dies or moves; half of the people of 65 to 69 have MLTC, one in ten of 60 to 64
    people = draw(
        """
        sex | age_years | persons | persons_with
        F   | 64        | 1000    | 100
        F   | 67        | 200     | 100
        """,
        **{name: COUNTS[name] for name in ("age_years", "persons", "persons_with")},
    )
    movement = draw(
        """
        sex | age_years | persons_a_year_ago | deaths | leavers | joiners
        F   | 63        | 1000               | 0      | 0       | 0
        """,
        **{name: COUNTS[name] for name in ("age_years", "persons_a_year_ago", "deaths", "leavers", "joiners")},
    )
    found = project(people, movement, years=(1,))
    held = found.row(1, named=True)
    assert (held["scenario"], held["persons"]) == (HELD, 1200)
    assert held["persons_with"] == pytest.approx(1000 * 0.5 + 200 * 0.5)
    # prevalence of the 200: binomial error 0.0354, of 1,200 people 42; their own chance 17; together 46
    half = (held["persons_with_upper"] - held["persons_with_lower"]) / 2
    assert half == pytest.approx(1.96 * np.hypot(1200 * 0.0354, 17.3), rel=0.1)
    rising = project(people, movement, years=(1, 5), trend=Trend(0.05, 0.0, 10, 3.0))
    last = rising.filter(scenario=TRENDING, year=1)["persons_with"].item()
    assert last == pytest.approx(600 * np.exp(0.05))


def test_a_place_without_the_old_takes_the_prevalence_of_all_places():
    people = draw(
        """
        place | sex | age_years | persons | persons_with
        A     | F   | 64        | 100     | 10
        B     | F   | 67        | 100     | 60
        """,
        **{name: COUNTS[name] for name in ("age_years", "persons", "persons_with")},
    )
    nobody = pl.DataFrame({"place": ["A"], "sex": ["F"], "age_years": [30]}).with_columns(
        pl.lit(0).alias(name) for name in ("persons_a_year_ago", "deaths", "leavers", "joiners")
    )
    found = project(people, nobody, ["place"], years=(1,)).filter(place="A", year=1)
    assert found["persons_with"].to_list() == [pytest.approx(60)]


def test_the_trend_is_not_carried_on_for_longer_than_it_was_seen():
    trend = Trend(0.05, 0.0, 10, 3.0)
    assert trend.find_factors(5, 1, None)[0] == pytest.approx(np.exp(0.15))
    assert trend.find_factors(2, 1, None)[0] == pytest.approx(np.exp(0.1))


def test_places_share_rates_and_keep_their_own_people():
    people, movement = stationary(200)
    both = [frame.with_columns(place=pl.lit("A")) for frame in (people, movement)]
    twice = [pl.concat([frame, frame.with_columns(place=pl.lit("B"))]) for frame in both]
    found = project(*twice, ["place"])
    alone = project(people, movement)
    first = found.filter(place="A").drop("place")
    assert first["persons_with"].to_list() == pytest.approx(alone["persons_with"].to_list())
    assert project(*twice, ["place"]).equals(found)
    limits = found.filter(pl.col("year") > 0)
    assert (limits["persons_with_lower"] < limits["persons_with"]).all()
    assert (limits["persons_with"] < limits["persons_with_upper"]).all()


def test_what_cannot_be_is_refused():
    people, movement = stationary()
    with pytest.raises(ValueError, match="More deaths and leavers"):
        project(people, movement.with_columns(deaths=pl.lit(5000)))
    with pytest.raises(ValueError, match="missing"):
        project(people.with_columns(persons=pl.when(pl.col("age_years") > 3).then("persons")), movement)


def history(months: int, slope: float, noise: float = 0.0) -> pl.DataFrame:
    random = np.random.default_rng(4)
    dates = pl.date_range(date(2020, 1, 1), date(2030, 1, 1), "1mo", eager=True).head(months)
    rows = []
    for number, day in enumerate(dates):
        lift = np.exp(slope * number / 12 + noise * random.standard_normal())
        for band, share, size in (("18-64", 0.1, 80_000 - 500 * number), ("65+", 0.5, 20_000 + 500 * number)):
            rows.append((day, "F", band, size, size * share * lift))
    return pl.DataFrame(rows, schema=["index_date", "sex", "age_band", "persons", "persons_with"], orient="row")


def test_the_trend_has_ageing_taken_out():
    # crude prevalence rises by two thirds in three years through ageing alone
    assert fit_trend(history(36, 0.0)).slope == pytest.approx(0.0, abs=1e-3)
    found = fit_trend(history(36, 0.04, noise=0.01))
    assert found.find_limits()[0] < 0.04 < found.find_limits()[1]
    assert (found.freedom, found.years) == (34, pytest.approx(35 / 12, abs=0.01))


@pytest.mark.parametrize("months", [5, 20])
def test_a_short_history_gives_no_trend(months):
    assert fit_trend(history(months, 0.04)) is None


def test_months_that_run_on_widen_the_trend():
    frame = history(36, 0.0)
    wave = pl.col("persons_with") * (1 + 0.05 * (pl.col("index_date").dt.month() > 6).cast(pl.Float64))
    smooth = fit_trend(frame.with_columns(persons_with=wave))
    left = np.repeat([0.0, 0.05], 6)
    assert smooth.error > 2 * np.std(np.tile(left, 3)) / np.sqrt(36) / (3 / np.sqrt(12))


USE = """
    place | bed_days | persons
    A     | 0        | 80
    A     | 1        | 10
    A     | 9        | 10
    B     | 2        | 7
    C     | 0        | 5
"""


def test_gini_by_hand():
    use = draw(USE, bed_days=pl.Float64, persons=pl.Int64)
    found = build_gini(use, ["place"], "bed_days", "persons")
    area_a, area_b, area_c = found.iter_rows(named=True)
    # cumulated: (0.8, 0), (0.9, 0.1), (1, 1); area 0.1 x 0.05 + 0.1 x 0.55 = 0.06
    assert (area_a["total"], area_a["gini"]) == (100, pytest.approx(1 - 2 * 0.06))
    assert (area_a["top_10_percent"], area_a["top_20_percent"]) == (pytest.approx(0.9), pytest.approx(1.0))
    assert area_a["top_1_percent"] == pytest.approx(0.09)
    assert (area_b["persons"], area_b["gini"]) == (7, pytest.approx(0.0))
    assert (area_c["gini"], area_c["top_1_percent"]) == (None, None)


def test_lorenz_curve_per_person_or_per_value_is_the_same():
    grouped = draw(USE, bed_days=pl.Float64, persons=pl.Int64)
    person = grouped.select(pl.exclude("persons").repeat_by("persons").list.explode())
    curve = build_lorenz(grouped, ["place"], "bed_days", "persons", points=10)
    assert curve.equals(build_lorenz(person, ["place"], "bed_days", points=10))
    assert curve["place"].unique().sort().to_list() == ["A", "B"]  # nothing was used in C
    assert curve.filter(place="A")["use_percent"].to_list() == pytest.approx([0] * 9 + [10, 100])
    assert curve.filter(place="B")["use_percent"].to_list() == pytest.approx(list(range(0, 101, 10)))
    with pytest.raises(ValueError, match="1 are negative or missing"):
        build_gini(pl.DataFrame({"bed_days": [1, None]}), [], "bed_days")


def live_on(random: np.random.Generator, people: dict[str, np.ndarray], join: np.ndarray) -> dict[str, np.ndarray]:
    """A drawn year: `lost` (1 died, 2 left, 0 stayed) of these people, and next year's people."""
    age = people["age"]
    fate = random.random(len(age))
    death = np.minimum(5e-5 * np.exp(0.093 * age), 0.5)
    lost = np.where(fate < death, 1, np.where(fate < death + np.where(age < 35, 0.08, 0.03), 2, 0))
    new = np.repeat(AGES, random.poisson(join))
    kept = {name: values[lost == 0] for name, values in people.items() if name != "lost"}
    people["lost"] = lost
    return {
        "age": np.concatenate([np.minimum(kept["age"] + 1, OLDEST), new]),
        "sex": np.concatenate([kept["sex"], random.integers(0, 2, len(new))]),
        "frailty": np.concatenate([kept["frailty"], random.random(len(new))]),
        "is_new": np.repeat([False, True], [len(kept["age"]), len(new)]),
    }


def is_case(people: dict[str, np.ndarray]) -> np.ndarray:
    """Who has the condition once keeps it: a person's frailty is passed by the prevalence of their age."""
    return people["frailty"] < 1 / (1 + np.exp(-(people["age"] - 62) / 9))


def count_cells(people: dict[str, np.ndarray], **flags: np.ndarray) -> pl.DataFrame:
    frame = pl.DataFrame({"sex": people["sex"], "age_years": people["age"], **flags})
    return frame.group_by("sex", "age_years").agg(pl.col(list(flags)).cast(pl.Int64).sum())


@pytest.mark.slow
def test_the_limits_hold_what_comes_to_pass():
    """Sixty registers of 20,000 drawn person by person: what was projected against what happened five years on."""
    shape = np.exp(-(np.maximum(np.arange(OLDEST + 1) - 55, 0) ** 2) / 900)
    join = 20_000 * shape / shape.sum() * 0.045
    join[0] += 220
    inside, ratios = [], []
    for seed in range(60):
        random = np.random.default_rng(seed)
        age = random.choice(OLDEST + 1, 20_000, p=shape / shape.sum())
        people = {"age": age, "sex": random.integers(0, 2, len(age)), "frailty": random.random(len(age))}
        now = live_on(random, people, join)
        gone = count_cells(
            people, persons_a_year_ago=people["age"] >= 0, deaths=people["lost"] == 1, leavers=people["lost"] == 2
        )
        movement = gone.join(
            count_cells(now, joiners=now["is_new"]), on=["sex", "age_years"], how="full", coalesce=True
        ).fill_null(0)
        today = count_cells(now, persons=now["age"] >= 0, persons_with=is_case(now))
        row = project(today, movement, years=(5,), draws=300).row(1, named=True)
        for _ in range(5):
            now = live_on(random, now, join)
        cases = int(is_case(now).sum())
        inside.append(row["persons_with_lower"] <= cases <= row["persons_with_upper"])
        ratios.append(row["persons_with"] / cases)
    assert np.mean(inside) >= 0.9
    assert np.mean(ratios) == pytest.approx(1.0, abs=0.01)
