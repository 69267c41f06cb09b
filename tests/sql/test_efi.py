"""The electronic Frailty Index from drawn records, with the lists, values and bands that ship. Index date 2026-10-01."""

from datetime import date

import numpy as np
import polars as pl
import pytest
from conftest import INDEX_DATE, draw

from mltc.codelists.lists import read_tables
from mltc.paths import CODELISTS

SCORES = {name: frame for name, frame in read_tables(CODELISTS).items() if name.startswith("efi_")}
DEFICITS = SCORES["efi_deficit"]["deficit"].unique().sort().to_list()
# One list of each deficit that has one: all but polypharmacy.
ONE_LIST = SCORES["efi_deficit"].drop_nulls("list").unique("deficit", keep="first").sort("deficit")["list"].to_list()

EVIDENCE = "person_id | kind | evidence | source | event_date | known_date"
MEASUREMENT = "person_id | measure | value | event_date | known_date"
MEDICINE = "person_id | medicine | is_bnf_coded"
FEED = "has_gp_event | has_gp_prescription\n yes | yes"


def score(build, spine, evidence=EVIDENCE, measurement=MEASUREMENT, medicine=MEDICINE, feed=FEED, **ready):
    """Builds both models; drawn tables become typed, `ready` holds frames that replace them."""
    people = draw(spine, age_years=pl.Int64)
    medicines = draw(medicine).with_columns(index_date=pl.lit(INDEX_DATE))
    inputs = {
        **{f"codelist.{name}": frame for name, frame in SCORES.items()},
        "register.spine": people.drop("sex").with_columns(index_date=pl.lit(INDEX_DATE)),
        "staging.person": people.select("person_id", "sex"),
        "register.evidence": draw(evidence),
        "register.measurement": draw(measurement, value=pl.Float64),
        "scores.person_medicine": medicines,
        "meta.feed": draw(feed),
        **{name.replace("__", "."): frame for name, frame in ready.items()},
    }
    deficits = build("scores.efi_deficit", inputs)
    return deficits, build("scores.efi", {})


def shown(deficits):
    return deficits.select("person_id", "deficit").rows()


def with_deficits(**counts):
    """Evidence of so many different deficits for each person."""
    rows = [
        (person, "code", name, "gp", date(2020, 1, 1), date(2020, 1, 1))
        for person, count in counts.items()
        for name in ONE_LIST[:count]
    ]
    return pl.DataFrame(rows, draw(EVIDENCE).schema, orient="row")


def test_there_are_36_deficits_and_each_has_a_list_with_verified_codes_or_is_polypharmacy():
    assert len(DEFICITS) == 36
    without = SCORES["efi_deficit"].filter(pl.col("list").is_null())["deficit"].to_list()
    assert without == ["polypharmacy"]
    for name in SCORES["efi_deficit"]["list"].drop_nulls():
        codes = pl.read_csv(CODELISTS / "snomed" / f"{name}.csv", infer_schema=False)
        assert (codes["verified"] == "yes").any(), name


def test_bands_hold_their_upper_edge_and_the_share_is_of_36(build):
    _, found = score(
        build,
        """
        person_id | age_years | sex
        none      | 80        | 1
        p04       | 65        | 2
        p05       | 64        | 1
        p08       | 90        | 1
        p09       | 70        | 1
        p12       | 70        | 1
        p13       | 70        | 1
        p35       | 70        | 1
        """,
        register__evidence=with_deficits(p04=4, p05=5, p08=8, p09=9, p12=12, p13=13, p35=35),
    )
    wanted = [
        ("none", 0, 0.0, "fit", True),
        ("p04", 4, 4 / 36, "fit", True),  # 0.111; aged 65 on the day
        ("p05", 5, 5 / 36, "mild", False),  # 0.139; aged 64
        ("p08", 8, 8 / 36, "mild", True),  # 0.222
        ("p09", 9, 9 / 36, "moderate", True),  # 0.250
        ("p12", 12, 12 / 36, "moderate", True),  # 0.333
        ("p13", 13, 13 / 36, "severe", True),  # 0.361
        ("p35", 35, 35 / 36, "severe", True),  # 0.972: every deficit but polypharmacy
    ]
    assert found.drop("index_date").rows() == wanted
    assert found.columns == ["index_date", "person_id", "efi_deficit_count", "efi", "efi_band", "efi_is_65_or_over"]


def test_one_deficit_by_two_lists_and_by_a_value_counts_once(build):
    deficits, found = score(
        build,
        """
        person_id | age_years | sex
        a         | 80        | 1
        """,
        """
        person_id | kind | evidence    | source | event_date | known_date
        a         | code | anaemia     | gp     | 2020-01-01 | 2020-01-01
        a         | code | efi_anaemia | gp     | 2021-01-01 | 2021-01-01
        a         | code | efi_anaemia | gp     | 2022-01-01 | 2022-01-01
        a         | code | stroke      | gp     | 2022-01-01 | 2022-01-01
        a         | code | no_deficit  | gp     | 2022-01-01 | 2022-01-01
        """,
        """
        person_id | measure     | value | event_date | known_date
        a         | haemoglobin | 90    | 2024-01-01 | 2024-01-02
        """,
    )
    assert shown(deficits) == [("a", "anaemia"), ("a", "cerebrovascular_disease")]
    assert found["efi_deficit_count"].to_list() == [2]


def test_what_happened_or_was_entered_after_the_date_is_not_known_on_it(build):
    deficits, _ = score(
        build,
        """
        person_id | age_years | sex
        entered   | 80        | 1
        happens   | 80        | 1
        on_day    | 80        | 1
        second    | 80        | 1
        gone      | 80        | 1
        """,
        """
        person_id | kind | evidence  | source | event_date | known_date
        on_day    | code | efi_falls | gp     | 2026-10-01 | 2026-10-01
        happens   | code | efi_falls | gp     | 2026-10-02 | 2026-10-02
        entered   | code | efi_falls | gp     | 2026-09-01 | 2026-10-02
        second    | code | efi_falls | gp     | 2019-09-01 | 2026-10-02
        second    | code | efi_falls | gp     | 2026-09-30 | 2026-09-30
        nobody    | code | efi_falls | gp     | 2026-09-30 | 2026-09-30
        """,
        """
        person_id | measure | value | event_date | known_date
        on_day    | egfr    | 59    | 2026-10-01 | 2026-10-01
        happens   | egfr    | 59    | 2026-10-02 | 2026-10-02
        entered   | egfr    | 59    | 2026-09-01 | 2026-10-02
        """,
    )
    assert shown(deficits) == [("on_day", "chronic_kidney_disease"), ("on_day", "falls"), ("second", "falls")]


def test_a_list_that_is_not_verified_for_a_deficit_does_not_count(build):
    listed = SCORES["efi_deficit"].with_columns(
        verified=pl.when(pl.col("list") == "gout").then(pl.lit("single_source")).otherwise("verified")
    )
    deficits, _ = score(
        build,
        """
        person_id | age_years | sex
        a         | 80        | 1
        b         | 80        | 1
        """,
        """
        person_id | kind | evidence       | source | event_date | known_date
        a         | code | gout           | gp     | 2020-01-01 | 2020-01-01
        b         | code | osteoarthritis | gp     | 2020-01-01 | 2020-01-01
        """,
        codelist__efi_deficit=listed,
    )
    assert shown(deficits) == [("b", "arthritis")]


def test_hospital_records_and_resolved_codes_do_not_count(build):
    _, found = score(
        build,
        """
        person_id | age_years | sex
        both      | 80        | 1
        hospital  | 80        | 1
        """,
        """
        person_id | kind     | evidence | source       | event_date | known_date
        hospital  | code     | diabetes | hospital     | 2020-01-01 | 2020-01-01
        hospital  | resolved | asthma   | gp           | 2020-01-01 | 2020-01-01
        hospital  | drug     | epilepsy | prescription | 2020-01-01 | 2020-01-01
        both      | code     | diabetes | hospital     | 2020-01-01 | 2020-01-01
        both      | code     | diabetes | gp           | 2020-01-02 | 2020-01-02
        """,
    )
    assert found.select("person_id", "efi_deficit_count").rows() == [("both", 1), ("hospital", 0)]


def test_values_count_past_their_threshold_in_their_unit_and_sex(build):
    deficits, _ = score(
        build,
        """
        person_id | age_years | sex
        man_129   | 80        | 1
        man_130   | 80        | 1
        man_12_9  | 80        | 1
        man_14_5  | 80        | 1
        woman_114 | 80        | 2
        woman_115 | 80        | 2
        woman_120 | 80        | 2
        unsaid    | 80        | 0
        kidney_59 | 80        | 2
        kidney_60 | 80        | 2
        kidney_0  | 80        | 2
        acr_3     | 80        | 2
        acr_3_1   | 80        | 2
        thyroid   | 80        | 2
        """,
        measurement="""
        person_id | measure     | value | event_date | known_date
        man_129   | haemoglobin | 129   | 2020-01-01 | 2020-01-01
        man_130   | haemoglobin | 130   | 2020-01-01 | 2020-01-01
        man_12_9  | haemoglobin | 12.9  | 2020-01-01 | 2020-01-01
        man_14_5  | haemoglobin | 14.5  | 2020-01-01 | 2020-01-01
        woman_114 | haemoglobin | 114   | 2020-01-01 | 2020-01-01
        woman_115 | haemoglobin | 115   | 2020-01-01 | 2020-01-01
        woman_120 | haemoglobin | 120   | 2020-01-01 | 2020-01-01
        unsaid    | haemoglobin | 100   | 2020-01-01 | 2020-01-01
        kidney_59 | egfr        | 59.9  | 2020-01-01 | 2020-01-01
        kidney_60 | egfr        | 60    | 2020-01-01 | 2020-01-01
        kidney_0  | egfr        | 0     | 2020-01-01 | 2020-01-01
        acr_3     | urine_acr   | 3     | 2020-01-01 | 2020-01-01
        acr_3_1   | urine_acr   | 3.1   | 2020-01-01 | 2020-01-01
        thyroid   | tsh         | 12    | 2020-01-01 | 2020-01-01
        """,
    )
    # TSH: one source, so the rule is listed and counts nothing.
    assert shown(deficits) == [
        ("acr_3_1", "chronic_kidney_disease"),
        ("kidney_59", "chronic_kidney_disease"),
        ("man_129", "anaemia"),
        ("man_12_9", "anaemia"),
        ("woman_114", "anaemia"),
    ]


def test_polypharmacy_needs_five_different_medicines(build):
    medicine = """
        person_id | medicine         | is_bnf_coded
        four      | 0212000B0        | yes
        four      | 0204000H0        | yes
        four      | 0601022B0        | yes
        four      | 0103050P0        | yes
        four      | 2003000C0        | yes
        five      | 0212000B0        | yes
        five      | 0204000H0        | yes
        five      | 0601022B0        | yes
        five      | 0103050P0        | yes
        five      | 1502010J0        | yes
        products  | 319773006        | no
        products  | 319774000        | no
        products  | 319775004        | no
        products  | 319776003        | no
        products  | 0103050P0        | yes
        """
    spine = """
        person_id | age_years | sex
        five      | 80        | 1
        four      | 80        | 1
        products  | 80        | 1
        """
    deficits, _ = score(build, spine, medicine=medicine)
    # four: the fifth, of chapter 20, is a dressing.
    assert shown(deficits) == [("five", "polypharmacy"), ("products", "polypharmacy")]


@pytest.mark.parametrize(("feed", "count", "band"), [("no | yes", None, None), ("yes | no", 1, "fit")])
def test_without_the_gp_feed_the_index_is_not_known(build, feed, count, band):
    _, found = score(
        build,
        """
        person_id | age_years | sex
        a         | 80        | 1
        """,
        feed=f"has_gp_event | has_gp_prescription\n {feed}",
        register__evidence=with_deficits(a=1),
    )
    wanted = [(count, None if count is None else count / 36, band, True)]
    assert found.select("efi_deficit_count", "efi", "efi_band", "efi_is_65_or_over").rows() == wanted


def test_index_agrees_with_bit_masks_for_100_000_people(build):
    """Another way to the same number: deficits as bits of one integer, counted; bands by the count, not the share."""
    size, random = 100_000, np.random.default_rng(20261001)
    person_ids = pl.Series([f"p{number:06}" for number in range(size)])
    age, sex = random.integers(60, 100, size), random.choice(["1", "2", "9"], size, p=[0.48, 0.5, 0.02])
    masks = np.zeros(size, dtype=np.int64)

    places = dict(SCORES["efi_deficit"].drop_nulls("list").select("list", "deficit").rows())
    lists = [*places, "not_of_the_index"]
    bits = np.array([1 << DEFICITS.index(places[name]) if name in places else 0 for name in lists], dtype=np.int64)
    # Some people have many records and some none, so that every band is filled.
    who = random.choice(size, 400_000, p=_uneven(random, size))
    what = random.integers(0, len(lists), len(who))
    event_day, entry_lag = random.integers(-4000, 150, len(who)), random.integers(0, 200, len(who))
    is_gp = random.random(len(who)) < 0.85
    counts = is_gp & (event_day + entry_lag <= 0)
    np.bitwise_or.at(masks, who[counts], bits[what[counts]])

    tested = random.integers(0, size, 50_000)
    hb, test_day = random.integers(60, 170, len(tested)).astype(float), random.integers(-2000, 100, len(tested))
    limit = np.select([sex[tested] == "1", sex[tested] == "2"], [130, 115], 0)
    low = (hb < limit) & (test_day <= 0)
    np.bitwise_or.at(masks, tested[low], np.int64(1 << DEFICITS.index("anaemia")))

    medicine_count = random.integers(0, 10, size)
    masks[medicine_count >= 5] |= 1 << DEFICITS.index("polypharmacy")
    issued = np.repeat(np.arange(size), medicine_count)
    order = np.arange(len(issued)) - np.repeat(np.cumsum(medicine_count) - medicine_count, medicine_count)

    _, found = score(
        build,
        "person_id | age_years | sex",
        register__spine=pl.DataFrame({"person_id": person_ids, "age_years": age}).with_columns(
            index_date=pl.lit(INDEX_DATE)
        ),
        staging__person=pl.DataFrame({"person_id": person_ids, "sex": sex}),
        register__evidence=pl.DataFrame(
            {
                "person_id": person_ids.gather(who),
                "kind": "code",
                "evidence": pl.Series(lists).gather(what),
                "source": pl.Series(["hospital", "gp"]).gather(is_gp.astype(int)),
                "event_date": _dates(event_day),
                "known_date": _dates(event_day + entry_lag),
            }
        ),
        register__measurement=pl.DataFrame(
            {
                "person_id": person_ids.gather(tested),
                "measure": "haemoglobin",
                "value": hb,
                "event_date": _dates(test_day),
                "known_date": _dates(test_day),
            }
        ),
        scores__person_medicine=pl.DataFrame(
            {
                "person_id": person_ids.gather(issued),
                "medicine": pl.Series([f"{place:02}00000A0" for place in range(1, 10)]).gather(order),
            }
        ).with_columns(is_bnf_coded=True, index_date=pl.lit(INDEX_DATE)),
    )
    wanted = np.array([int(mask).bit_count() for mask in masks])
    bands = np.array(["fit", "mild", "moderate", "severe"])[np.searchsorted([5, 9, 13], wanted, side="right")]
    assert set(bands) == {"fit", "mild", "moderate", "severe"}
    assert found["person_id"].equals(person_ids)
    np.testing.assert_array_equal(found["efi_deficit_count"].to_numpy(), wanted)
    np.testing.assert_array_equal(found["efi"].to_numpy(), wanted / 36)
    np.testing.assert_array_equal(found["efi_band"].to_numpy(), bands)
    np.testing.assert_array_equal(found["efi_is_65_or_over"].to_numpy(), age >= 65)


def _uneven(random, size):
    weights = random.gamma(0.6, size=size)
    return weights / weights.sum()


def _dates(days):
    """Dates so many days after the index date."""
    return pl.Series((INDEX_DATE - date(1970, 1, 1)).days + days).cast(pl.Int32).cast(pl.Date)
