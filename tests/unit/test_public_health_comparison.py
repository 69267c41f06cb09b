"""Matched comparison groups, difference in differences, before and after."""

import numpy as np
import polars as pl
import pytest
from conftest import draw

from models.public_health.balance import compare_means
from models.public_health.before_after import compare_before_after
from models.public_health.difference import describe_caveats, estimate_difference
from models.public_health.drift import check_parallel
from models.public_health.matching import match_people

DRAWN = """
    person_id | is_treated | sex | predicted_risk | admissions
    t1        | yes        | F   | 0.20           | 2
    t2        | yes        | F   | 0.21           | 1
    t3        | yes        | M   | 0.50           | 4
    t4        | yes        | M   |                | 1
    t5        | yes        |     | 0.30           | 0
    c1        | no         | F   | 0.205          | 2
    c2        | no         | F   | 0.22           | 1
    c3        | no         | F   | 0.90           | 9
    c4        | no         | M   | 0.20           | 1
    c5        | no         |     | 0.30           | 3
"""


def drawn_people() -> pl.DataFrame:
    return draw(DRAWN, predicted_risk=pl.Float64, admissions=pl.Int64)


def sets_of(members: pl.DataFrame) -> list[list[str]]:
    return members.group_by("set_id", maintain_order=True).agg("person_id")["person_id"].to_list()


def test_nearest_pairs_first_within_stratum_and_caliper():
    found = match_people(drawn_people(), exact=["sex"], balance=["admissions"])
    # c1 is near both t1 (0.0309 in log-odds) and t2 (0.0304): t2 takes it, and t1 the next
    assert sets_of(found.members) == [["t1", "c2"], ["t2", "c1"], ["t5", "c5"]]
    # t3 has nobody near enough, t4 no risk; a sex that is not known is matched with one that is not known
    assert (found.treated, found.matched) == (5, 3)
    assert found.members["weight"].to_list() == [1.0] * 6


def test_row_order_does_not_matter_and_nobody_is_used_twice():
    people = simulate(600, seed=2)
    found = match_people(people, exact=["sex", "age_band"], ratio=2)
    again = match_people(people.sample(fraction=1.0, shuffle=True, seed=5), exact=["sex", "age_band"], ratio=2)
    assert found.members.equals(again.members)
    assert not found.members["person_id"].is_duplicated().any()
    joined = found.members.join(people, on="person_id", suffix="_of")
    for name in ("sex", "age_band"):
        assert joined.group_by("set_id").agg(pl.col(name).n_unique())[name].max() == 1
    spread = np.log(people["predicted_risk"] / (1 - people["predicted_risk"])).to_numpy().std()
    odds = joined.with_columns(odds=(pl.col("predicted_risk") / (1 - pl.col("predicted_risk"))).log())
    treated = odds.filter("is_treated").select("set_id", head="odds")
    apart = odds.join(treated, on="set_id").with_columns(gap=(pl.col("odds") - pl.col("head")).abs() / spread)
    assert apart["gap"].max() <= 0.2 + 1e-9
    assert (apart["gap"] - apart["distance"]).abs().max() < 1e-9
    assert found.members.filter(~pl.col("is_treated")).group_by("set_id").agg(pl.col("weight").sum())[
        "weight"
    ].to_list() == pytest.approx([1.0] * found.matched)


def test_everybody_gets_a_first_comparison_before_anyone_a_second():
    people = pl.DataFrame(
        {
            "person_id": ["t1", "t2", "c1", "c2", "c3"],
            "is_treated": [True, True, False, False, False],
            "predicted_risk": [0.20, 0.201, 0.20, 0.2005, 0.2015],
        }
    )
    found = match_people(people, exact=[], ratio=2, caliper_sd=5)
    assert sorted(len(each) for each in sets_of(found.members)) == [2, 3]
    assert match_people(people.filter(pl.col("person_id") < "d", ~pl.col("is_treated")), exact=[]).matched == 0


def test_who_lacks_a_value_is_in_no_mean_of_it():
    # two sets; the feed of b and of the comparison y stopped
    people = draw(
        """
        person_id | is_treated | contacts
        a         | yes        | 10
        b         | yes        |
        c         | yes        | 4
        x         | no         | 6
        y         | no         |
        z         | no         | 2
        """,
        contacts=pl.Int64,
    )
    members = draw(
        """
        set_id | person_id | is_treated | weight | distance
        1      | a         | yes        | 1.0    | 0
        1      | x         | no         | 0.5    | 0
        1      | y         | no         | 0.5    | 0
        2      | b         | yes        | 1.0    | 0
        2      | z         | no         | 1.0    | 0
        """,
        set_id=pl.Int64,
        weight=pl.Float64,
        distance=pl.Float64,
    )
    row = compare_means(people, members, "person_id", ["contacts"]).row(0, named=True)
    assert row["treated_mean"] == 10  # a alone; with b as 0 it would be 5
    assert row["comparison_mean"] == pytest.approx((6 * 0.5 + 2 * 1) / 1.5)
    assert row["left_out"] == 2  # b and y, matched; c is in no set
    assert row["difference_before_matching"] == pytest.approx((7 - 4) / 18**0.5)  # a and c: variance (9 + 9) / 1


def test_a_person_twice_is_refused():
    with pytest.raises(ValueError, match="one row per person_id"):
        match_people(pl.concat([drawn_people(), drawn_people()]), exact=["sex"])


def simulate(size: int, seed: int, effect: float = 0.0, share: float = 0.15) -> pl.DataFrame:
    """People of whom those with a high risk were more often chosen; use falls to `1 + effect` of it in the chosen."""
    random = np.random.default_rng(seed)
    risk = 1 / (1 + np.exp(-random.normal(-1.5, 0.8, size)))
    chosen = random.random(size) < np.clip(share * risk / risk.mean(), 0, 0.9)
    mean = 4 * risk
    after = mean * np.where(chosen, 1 + effect, 1.0)
    return pl.DataFrame(
        {
            "person_id": [f"p{number:05d}" for number in range(size)],
            "is_treated": chosen,
            "sex": random.choice(["F", "M"], size),
            "age_band": random.choice(["18-64", "65+"], size),
            "predicted_risk": risk,
            "before_count": random.poisson(mean),
            "after_count": random.poisson(after),
            "before_days": 365,
            "after_days": 365,
        }
    )


def estimate(effect: float, seed: int = 11) -> tuple[dict[str, float], tuple[str, ...]]:
    people = simulate(4000, seed, effect)
    matches = match_people(people, exact=["sex", "age_band"], balance=["before_count"])
    members = matches.members.join(people.drop("is_treated"), on="person_id")
    found = estimate_difference(members)
    told = describe_caveats(found, None, matches.balance, matches.treated, matches.matched)
    assert matches.balance.row(0, named=True)["difference_before_matching"] > 0.3
    assert abs(matches.balance.row(0, named=True)["difference_after_matching"]) < 0.05
    return found.table.row(0, named=True), told


def test_an_effect_that_is_there_is_found_and_none_where_there_is_none():
    found, _ = estimate(-0.4)
    assert found["ratio_lower"] < 0.6 < found["ratio_upper"] < 1
    assert found["difference_upper"] < 0
    nothing, told = estimate(0.0)
    assert nothing["ratio_lower"] < 1 < nothing["ratio_upper"]
    assert nothing["difference_lower"] < 0 < nothing["difference_upper"]
    assert any("whether the groups moved together before is not known" in each for each in told)


def members_by_hand() -> pl.DataFrame:
    return draw(
        """
        set_id | is_treated | weight | before_count | before_days | after_count | after_days
        1      | yes        | 1      | 4            | 365.25      | 2           | 365.25
        1      | no         | 0.5    | 3            | 365.25      | 3           | 365.25
        1      | no         | 0.5    | 5            | 365.25      | 3           | 365.25
        2      | yes        | 1      | 2            | 365.25      | 1           | 182.625
        2      | no         | 1      | 2            | 365.25      | 2           | 365.25
        """,
        set_id=pl.Int64,
        **dict.fromkeys(["weight", "before_count", "before_days", "after_count", "after_days"], pl.Float64),
    )


def test_the_difference_by_hand():
    found = estimate_difference(members_by_hand()).table.row(0, named=True)
    # treated: (4 + 2) / 2 years before, (2 + 1) / 1.5 after; comparison: (4 + 2) / 2 before, (3 + 2) / 2 after
    rates = [found[name] for name in ("treated_before", "treated_after", "comparison_before", "comparison_after")]
    assert rates == pytest.approx([3, 2, 3, 2.5])
    assert found["difference"] == pytest.approx((2 - 3) - (2.5 - 3))
    assert found["ratio"] == pytest.approx((2 / 3) / (2.5 / 3))
    assert (found["sets"], found["clusters"]) == (2, 2)
    assert estimate_difference(members_by_hand()).table.equals(estimate_difference(members_by_hand()).table)


def test_limits_are_those_of_the_set_differences():
    people = simulate(4000, seed=7)
    members = match_people(people, exact=["sex"]).members.join(people.drop("is_treated"), on="person_id")
    found = estimate_difference(members).table.row(0, named=True)
    sign = pl.when(pl.col("is_treated")).then(1).otherwise(-1)
    each = members.group_by("set_id").agg(gap=(sign * (pl.col("after_count") - pl.col("before_count"))).sum())["gap"]
    margin = 1.96 * each.std() / len(each) ** 0.5 * 365.25 / 365
    assert (found["difference_upper"] - found["difference_lower"]) / 2 == pytest.approx(margin, rel=0.08)


def test_one_cluster_has_no_limits_and_few_are_told():
    one = members_by_hand().with_columns(practice_code=pl.lit("A"))
    found = estimate_difference(one, cluster="practice_code")
    assert found.table["difference_lower"].to_list() == [None]
    assert any("2 matched sets in 1 clusters" in each for each in found.caveats)
    nothing = members_by_hand().with_columns(before_count=pl.lit(0.0))
    assert estimate_difference(nothing).table["ratio"].to_list() == [None]


def quarters(drift: float, peak: float = 1.0, sets: int = 400) -> pl.DataFrame:
    random = np.random.default_rng(9)
    frames = []
    for quarter in range(-8, 0):
        for treated in (True, False):
            mean = 0.5 + (drift * (quarter + 8) if treated else 0.0)
            mean *= peak if treated and quarter == -1 else 1.0
            frames.append(
                pl.DataFrame({"set_id": np.arange(sets), "event_count": random.poisson(mean, sets)}).with_columns(
                    is_treated=pl.lit(treated), quarter=pl.lit(quarter), weight=pl.lit(1.0)
                )
            )
    return pl.concat(frames)


def test_groups_that_drift_apart_are_seen():
    apart = check_parallel(quarters(0.06))
    assert apart.lower < 0.06 < apart.upper
    assert (apart.is_parallel, apart.quarters) == (False, 8)
    together = check_parallel(quarters(0.0))
    assert together.is_parallel and together.peak == pytest.approx(1.0, abs=0.15)
    assert check_parallel(quarters(0.0).filter(pl.col("quarter") > -4)) is None


def test_caveats_say_what_was_seen():
    effect = estimate_difference(members_by_hand())
    balance = pl.DataFrame({"variable": ["predicted_risk", "age"], "difference_after_matching": [0.02, -0.3]})
    told = " ".join(describe_caveats(effect, check_parallel(quarters(0.06, peak=2.0)), balance, 10, 7))
    for words in ("drifting apart", "peaked just before", "differ in age.", "3 of 10 people", "Only 2 matched sets"):
        assert words in told
    assert "predicted_risk" not in told
    calm = describe_caveats(effect, check_parallel(quarters(0.0)), balance.head(1), 7, 7)
    assert [each[:20] for each in calm] == ["Matching evens out w", "People chosen in a b", "Only 2 matched sets:"]


def test_before_and_after_takes_ageing_out():
    strata = draw(
        """
        place | is_after | age_band | count | person_years
        A     | no       | 18-64    | 100   | 1000
        A     | no       | 65+      | 300   | 1000
        A     | yes      | 18-64    | 50    | 500
        A     | yes      | 65+      | 360   | 1500
        """,
        count=pl.Int64,
        person_years=pl.Float64,
    )
    found = compare_before_after(strata, ["place"], ["age_band"])
    row = found.table.row(0, named=True)
    # expected 500 x 0.1 + 1,500 x 0.3 = 500; the crude rate barely moved (0.2 to 0.205), the ratio is 0.82
    assert (row["observed"], row["expected"], row["ratio"]) == (410, pytest.approx(500), pytest.approx(0.82))
    assert row["rate"] == pytest.approx(0.82 * 0.2 * 1000)
    assert any("regression to the mean" in each for each in found.caveats)


def test_people_chosen_in_a_bad_quarter_seem_to_get_better():
    """Nothing is done to anybody: the fall is regression to the mean, and it is told."""
    random = np.random.default_rng(21)
    size = 6000
    mean = random.gamma(1.0, 0.4, size)  # a person's own rate a quarter, the same before and after
    counts = random.poisson(mean[:, np.newaxis], (size, 12))  # eight quarters before the start and four after
    chosen = counts[:, 7] >= 2
    chosen &= random.random(size) < 0.5
    people = pl.DataFrame(
        {
            "person_id": [f"p{number:05d}" for number in range(size)],
            "is_treated": chosen,
            "predicted_risk": 1 - np.exp(-mean),
            "last_quarter": counts[:, 7],
            "before_count": counts[:, 4:8].sum(axis=1),
            "after_count": counts[:, 8:].sum(axis=1),
            "before_days": 365,
            "after_days": 365,
        }
    )
    quarter_rows = pl.concat(
        people.select("person_id", quarter=pl.lit(number - 8), event_count=counts[:, number]) for number in range(8)
    )

    def estimate_with(near: list[str]) -> tuple[float, tuple[str, ...]]:
        matches = match_people(people, exact=[], near=near, balance=["last_quarter"])
        members = matches.members.join(people.drop("is_treated"), on="person_id")
        drift = check_parallel(matches.members.join(quarter_rows, on="person_id"))
        effect = estimate_difference(members, draws=400)
        told = describe_caveats(effect, drift, matches.balance, matches.treated, matches.matched)
        return effect.table["ratio"].item(), told

    misled, told = estimate_with([])
    assert misled < 0.85
    assert any("peaked just before the start" in each for each in told)
    assert any("still differ in last_quarter" in each for each in told)
    honest, told = estimate_with(["last_quarter"])
    assert honest == pytest.approx(1.0, abs=0.1)
    assert not any("still differ" in each for each in told)
