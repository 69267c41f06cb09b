"""Charlson, Elixhauser and the Hospital Frailty Risk Score from drawn diagnoses, with the lists that ship.

Index date 2026-10-01: 60 months reach back to 2021-10-02, the 24 months of the frailty score to 2024-10-02.
"""

from datetime import date

import polars as pl
from conftest import INDEX_DATE, draw

from mltc.codelists.lists import read_tables
from mltc.paths import CODELISTS

LISTS = ("charlson_code", "charlson_weight", "comorbidity_category", "elixhauser_code", "elixhauser_weight")
SCORES = {name: frame for name, frame in read_tables(CODELISTS).items() if name in (*LISTS, "hfrs_weight", "hfrs_band")}
CHARLSON = ["charlson_1987", "charlson_quan_2011", "charlson_shmi"]
ELIXHAUSER = ["elixhauser_van_walraven", "elixhauser_ahrq", "elixhauser_count"]


def score(
    build,
    diagnoses: pl.DataFrame,
    ages: dict[str, int] | None = None,
    has_hospital_episode: bool = True,
    dates=(INDEX_DATE,),
):
    """The three scores by table, for the people of the diagnoses and one who has none (`none`).

    Ages not given are null.
    """
    people = pl.DataFrame({"person_id": ["none", *diagnoses["person_id"].unique()]}).unique()
    index_dates = pl.DataFrame({"role": [str(day) for day in dates], "index_date": list(dates)})
    inputs = {
        **{f"codelist.{name}": frame for name, frame in SCORES.items()},
        "meta.index_date": index_dates,
        "meta.feed": pl.DataFrame({"has_hospital_episode": [has_hospital_episode]}),
        "register.spine": people.join(index_dates.select("index_date").unique(), how="cross").with_columns(
            age_years=pl.col("person_id").replace_strict(ages or {}, default=None, return_dtype=pl.Int64)
        ),
        "staging.hospital_diagnosis": diagnoses,
    }
    build("scores.comorbidity_code", inputs)
    build("scores.person_comorbidity", {}, comorbidity_lookback_months=60)
    build("scores.comorbidity_pattern", {})
    return {table: build(f"scores.{table}", {}) for table in ("charlson", "elixhauser", "hfrs")}


def code(written: dict[str, str], admission_date: date = date(2026, 9, 1), known_date: date | None = None):
    """Diagnoses of each person, the codes of one episode parted by blanks."""
    rows = [
        (person, f"{person}-1", admission_date, known_date or admission_date, item, position)
        for person, items in written.items()
        for position, item in enumerate(items.split(), start=1)
    ]
    names = ["person_id", "spell_id", "admission_date", "known_date", "code", "diagnosis_position"]
    return pl.DataFrame(rows, schema=names, orient="row")


def read(table: pl.DataFrame, columns: list[str]) -> dict[str, tuple]:
    return {row[0]: row[1:] for row in table.select("person_id", *columns).rows()}


def test_published_charlson_weights_add_up(build):
    people = {
        "heart": "I219 I500 E112",
        "liver_and_hiv": "K704 B20 K254",
        "paralysed": "G810 I639 N185 F03",
    }
    assert read(score(build, code(people))["charlson"], CHARLSON) == {
        # 1987: infarct 1 + failure 1 + diabetes with complications 2; Quan: 0 + 2 + 1; SHMI: 5 + 13 - 1
        "heart": (4, 3, 17),
        # 1987: severe liver 3 + HIV 6 + ulcer 1; Quan: 4 + 4 + 0; SHMI has no K704: HIV 2 + ulcer 9
        "liver_and_hiv": (10, 8, 11),
        # 1987: hemiplegia 2 + stroke 1 + renal 2 + dementia 1; Quan: 2 + 0 + 1 + 2; SHMI: 1 + 11 + 10 + 14
        "paralysed": (6, 5, 36),
        "none": (0, 0, 0),
    }


def test_a_severe_charlson_category_outranks_the_mild_one(build):
    people = {"liver": "K703 K721", "diabetes": "E119 E112", "cancer": "C509 C787"}
    assert read(score(build, code(people))["charlson"], CHARLSON) == {
        "liver": (3, 4, 18),  # not 1 + 3, 2 + 4, 8 + 18
        "diabetes": (2, 1, 0),  # not 1 + 2; SHMI -1, which counts as 0 and not as 3 - 1
        "cancer": (6, 6, 14),  # not 2 + 6, 8 + 14
        "none": (0, 0, 0),
    }


def test_a_shmi_sum_below_nought_is_nought_and_its_minus_one_counts_in_a_sum(build):
    people = {"alone": "E112", "with_ulcer": "E112 K254"}
    found = read(score(build, code(people))["charlson"], ["charlson_shmi"])
    assert found == {"alone": (0,), "with_ulcer": (8,), "none": (0,)}  # 8: -1 + 9


def test_codes_that_one_charlson_list_has_and_the_other_has_not(build):
    found = read(score(build, code({"a": "I252", "b": "I230", "c": "M3519", "d": "E110"}))["charlson"], CHARLSON)
    # a: I252 is an infarct in both lists; b: I23 in SHMI's alone. c: M351, here in its five-character form, and
    # d: E110 were in SHMI's list of 2020 (version 1.35) and are not in version 1.60, which is followed.
    assert found == {"a": (1, 0, 5), "b": (0, 0, 5), "c": (1, 1, 0), "d": (1, 0, 0), "none": (0, 0, 0)}


def test_age_adds_a_point_for_each_ten_years_from_50_four_at_most(build):
    points = {0: 0, 39: 0, 49: 0, 50: 1, 59: 1, 60: 2, 70: 3, 79: 3, 80: 4, 104: 4}
    tables = score(build, code({f"aged_{age}": "I219" for age in points}), {f"aged_{age}": age for age in points})
    found = read(tables["charlson"], ["charlson_1987", "charlson_1987_age_adjusted"])
    assert found == {f"aged_{age}": (1, 1 + added) for age, added in points.items()} | {"none": (0, None)}


def test_elixhauser_sums_and_hierarchies(build):
    people = {
        "worked": "I500 I489 J449 F329 E669",
        "pressure": "I10 I119",
        "pressure_alone": "I10",
        "sugar": "E119 E112",
        "cancer": "C509 C787",
        "drugs": "F112",
    }
    assert read(score(build, code(people))["elixhauser"], ELIXHAUSER) == {
        # failure 7 + arrhythmia 5 + pulmonary 3 + depression -3 + obesity -4; AHRQ: 9 + (none) + 3 - 5 - 5
        "worked": (8, 2, 5),
        # complicated alone: 0; AHRQ's one hypertension group counts once: -1, not -2
        "pressure": (0, -1, 1),
        "pressure_alone": (0, -1, 1),
        "sugar": (0, -3, 1),  # complicated alone: 0; AHRQ -3
        "cancer": (12, 14, 1),  # metastatic alone: not 4 + 12, 7 + 14
        "drugs": (-7, -7, 1),  # stays below nought
        "none": (0, 0, 0),
    }


def test_frailty_bands_at_their_edges(build):
    people = {
        "ten_three": "F00 S00",  # 7.1 + 3.2 = 10.3
        "four_nine": "R29 L08 E83 D64 R50",  # 3.6 + 0.4 + 0.4 + 0.4 + 0.1 = 4.9
        "thirteen_five": "S00 W19 F00",  # 3.2 + 3.2 + 7.1 = 13.5
        "exactly_five": "G81 S51 R50",  # 4.4 + 0.5 + 0.1 = 5.0
        "exactly_fifteen": "F00 G81 F05 R11",  # 7.1 + 4.4 + 3.2 + 0.3 = 15.0
        "fifteen_one": "F00 G30 I69 R11",  # 7.1 + 4.0 + 3.7 + 0.3 = 15.1
    }
    found = read(score(build, code(people))["hfrs"], ["hfrs", "hfrs_band"])
    assert found == {
        "ten_three": (10.3, "intermediate"),
        "four_nine": (4.9, "low"),
        "thirteen_five": (13.5, "intermediate"),
        "exactly_five": (5.0, "intermediate"),
        "exactly_fifteen": (15.0, "intermediate"),
        "fifteen_one": (15.1, "high"),
        "none": (0.0, "low"),
    }


def test_the_highest_frailty_score_is_the_sum_of_all_weights(build):
    every = " ".join(SCORES["hfrs_weight"]["code"])
    assert read(score(build, code({"a": every}))["hfrs"], ["hfrs", "hfrs_band"])["a"] == (173.2, "high")


def test_a_frailty_code_counts_once_by_its_first_three_characters(build):
    # F000 and F009 are both F00: 7.1 once. F0 is no code, G8 none, and R2 is not R29.
    found = read(score(build, code({"a": "F000 F009 F00"}))["hfrs"], ["hfrs"])
    assert found == {"a": (7.1,), "none": (0.0,)}


def test_the_frailty_score_says_who_is_of_its_ages(build):
    tables = score(build, code({"at_74": "F00", "at_75": "F00"}), {"at_74": 74, "at_75": 75})
    found = read(tables["hfrs"], ["hfrs", "hfrs_is_75_or_over"])
    assert found == {"at_74": (7.1, False), "at_75": (7.1, True), "none": (0.0, None)}


def test_the_look_back_begins_on_the_day_after_so_many_months_before(build):
    diagnoses = pl.concat(
        [
            code({"first_day": "I219 F00"}, date(2021, 10, 2)),
            code({"day_before": "I219 F00"}, date(2021, 10, 1)),
            code({"first_frailty_day": "I219 F00"}, date(2024, 10, 2)),
            code({"frailty_day_before": "I219 F00"}, date(2024, 10, 1)),
            code({"index_date": "I219 F00"}, INDEX_DATE),
            code({"day_after": "I219 F00"}, date(2026, 10, 2)),
        ]
    )
    tables = score(build, diagnoses)
    # I21 infarct 1, F00 dementia 1; F00 is 7.1 of frailty in the last 24 months
    assert read(tables["charlson"], ["charlson_1987"]) == {
        "first_day": (2,),
        "day_before": (0,),
        "first_frailty_day": (2,),
        "frailty_day_before": (2,),
        "index_date": (2,),
        "day_after": (0,),
        "none": (0,),
    }
    assert read(tables["hfrs"], ["hfrs"]) == {
        "first_day": (0.0,),
        "day_before": (0.0,),
        "first_frailty_day": (7.1,),
        "frailty_day_before": (0.0,),
        "index_date": (7.1,),
        "day_after": (0.0,),
        "none": (0.0,),
    }


DIAGNOSES = """
    person_id | spell_id | admission_date | known_date | code | diagnosis_position
    known     | 1        | 2026-09-20     | 2026-10-01 | I219 | 1
    later     | 2        | 2026-09-20     | 2026-10-02 | I219 | 1
    no_end    | 3        | 2026-09-20     |            | I219 | 1
    two_stays | 4        | 2026-01-01     | 2026-01-05 | I219 | 1
    two_stays | 5        | 2026-02-01     | 2026-02-05 | I21  | 1
    secondary | 6        | 2026-01-01     | 2026-01-05 | Z000 | 1
    secondary | 6        | 2026-01-01     | 2026-01-05 | I219 | 20
    other     | 7        | 2026-01-01     | 2026-01-05 | Z000 | 1
    order     | 8        | 2026-09-20     | 2026-09-10 | I219 | 1
"""


def test_what_counts_of_an_episode(build):
    found = score(build, draw(DIAGNOSES, diagnosis_position=pl.Int64))
    expected = {
        "known": 1,  # discharged on the index date
        "later": 0,  # still in hospital on it: not yet coded
        "no_end": 1,  # no end was given: known when it began
        "two_stays": 1,  # the same category in two stays counts once
        "secondary": 1,  # any position
        "other": 0,  # a diagnosis that no list has
        "order": 1,  # an end before the admission: known at the admission
        "none": 0,
    }
    assert read(found["charlson"], ["charlson_1987"]) == {person: (value,) for person, value in expected.items()}


def test_each_index_date_has_its_own_scores(build):
    dates = (INDEX_DATE, date(2025, 10, 1), INDEX_DATE)  # two roles may fall on one day
    tables = score(build, code({"a": "I219"}, date(2026, 1, 1)), dates=dates)
    assert tables["charlson"].select("index_date", "person_id", "charlson_1987").sort(
        "index_date", "person_id"
    ).rows() == [
        (date(2025, 10, 1), "a", 0),
        (date(2025, 10, 1), "none", 0),
        (INDEX_DATE, "a", 1),
        (INDEX_DATE, "none", 0),
    ]


def test_without_the_hospital_feed_no_score_is_known(build):
    empty = code({"a": "I219"}).clear()
    tables = score(build, empty, {"none": 80}, has_hospital_episode=False)
    assert tables["charlson"].select(*CHARLSON, "charlson_1987_age_adjusted").rows() == [(None,) * 4]
    assert tables["elixhauser"].select(ELIXHAUSER).rows() == [(None,) * 3]
    assert tables["hfrs"].select("hfrs", "hfrs_band").rows() == [(None, None)]


def test_an_unverified_code_counts_nowhere(build, monkeypatch):
    doubted = SCORES["charlson_code"].with_columns(
        verified=pl.when(pl.col("code") == "I21").then(pl.lit("single_source")).otherwise(pl.col("verified"))
    )
    monkeypatch.setitem(SCORES, "charlson_code", doubted)
    found = read(score(build, code({"a": "I219", "b": "I252"}))["charlson"], ["charlson_1987"])
    assert found == {"a": (0,), "b": (1,), "none": (0,)}


def test_the_lists_fit_one_another():
    categories = SCORES["comorbidity_category"]
    key = ["code_set", "category"]
    codes = pl.concat([SCORES["charlson_code"], SCORES["elixhauser_code"]])
    weights = pl.concat([SCORES["charlson_weight"], SCORES["elixhauser_weight"]])
    for frame in (codes, weights):
        assert frame.join(categories, on=key, how="anti").is_empty()
        assert categories.join(frame, on=key, how="anti").is_empty()
    # Two categories of one severity in a family could not be told apart; nor two with one bit in a signature.
    assert not categories.select("code_set", "family", "severity").is_duplicated().any()
    bits = categories["signature_bit"]
    assert not categories.select("code_set", "signature_bit").is_duplicated().any()
    assert (bits & (bits - 1) == 0).all()
    assert bits.is_between(1, 2**62).all()
    assert not weights.select("weight_set", "category").is_duplicated().any()
    # The SQL looks at prefixes of three, four and five characters.
    assert codes["code"].str.len_chars().is_between(3, 5).all()
    assert (SCORES["hfrs_weight"]["code"].str.len_chars() == 3).all()
    assert len(SCORES["hfrs_weight"]) == 109
    assert weights.group_by("weight_set").len().sort("weight_set").rows() == [
        ("ahrq_moore2017", 31),
        ("charlson1987", 17),
        ("quan2011", 17),
        ("shmi", 17),
        ("van_walraven2009", 31),
    ]
