"""Different medicines by BNF chemical substance. Index date 2026-10-01; three months reach back to 2026-07-02."""

import polars as pl
import pytest
from conftest import INDEX_DATE, draw

from mltc.paths import CODELISTS

COUNTED = ("01", "02", "03", "04", "06", "07", "08", "09", "10")


def read_list(name: str) -> pl.DataFrame:
    """A list of codelists/scores as text, so that a BNF prefix keeps its nought."""
    return pl.read_csv(CODELISTS / "scores" / f"{name}.csv", infer_schema=False)


def count_medicines(build, prescriptions: pl.DataFrame, has_gp_prescription: bool = True) -> pl.DataFrame:
    people = prescriptions["person_id"].unique(maintain_order=True)
    build(
        "scores.person_medicine",
        {
            "meta.index_date": pl.DataFrame({"role": ["current"], "index_date": [INDEX_DATE]}),
            "register.spine": pl.DataFrame({"person_id": people}).with_columns(index_date=pl.lit(INDEX_DATE)),
            "staging.gp_prescription": prescriptions,
        },
    )
    return build(
        "scores.polypharmacy",
        {
            "codelist.polypharmacy_chapter": read_list("polypharmacy_chapter"),
            "codelist.polypharmacy_exclusion": read_list("polypharmacy_exclusion"),
            "meta.feed": pl.DataFrame({"has_gp_prescription": [has_gp_prescription]}),
        },
    )


def prescribe(rows: list[tuple[str, str]], **same: object) -> pl.DataFrame:
    """One issue per person and code, on the index date unless said otherwise."""
    frame = pl.DataFrame(rows, schema=["person_id", "code"], orient="row")
    values = {"code_system": "bnf", "name": "x", "is_repeat": True, "issue_date": INDEX_DATE, **same}
    return frame.with_columns(**{name: pl.lit(value) for name, value in values.items()})


WINDOWS = """
    person_id | code            | code_system | name | is_repeat | issue_date
    p         | 0212000B0AAAAAA | bnf         | a    | yes       | 2026-10-01
    p         | 0212000B0AAABAB | bnf         | a    | yes       | 2026-08-01
    p         | 0601022B0AAAAAA | bnf         | b    | yes       | 2026-07-02
    p         | 0206020A0AAAAAA | bnf         | c    | no        | 2026-07-01
    p         | 0205051R0AAAAAA | bnf         | d    | yes       | 2025-10-02
    p         | 0205051L0AAAAAA | bnf         | e    | yes       | 2025-10-01
    p         | 0403030Q0AAAAAA | bnf         | f    | yes       | 2026-10-02
    p         | 0501013B0AAAAAA | bnf         | g    | no        | 2026-09-01
    p         | 1301010A0AAAAAA | bnf         |      |           | 2026-09-01
"""


def test_windows_end_on_the_index_date_and_a_substance_counts_once(build):
    found = count_medicines(build, draw(WINDOWS)).row(0, named=True)
    # atorvastatin of two strengths once, metformin on the first day; not 1 July, not after; not chapters 5 and 13
    assert found["medicine_count_3m"] == 2
    assert found["bnf_paragraph_count_3m"] == 2  # 021200 and 060102
    assert found["medicine_count_12m"] == 4  # those, 020602 on 1 July and 020505 on 2 October a year ago
    assert (found["product_count_3m"], found["product_count_12m"]) == (0, 0)


def test_a_paragraph_counts_once(build):
    found = count_medicines(build, prescribe([("p", "0205051R0"), ("p", "0205052N0"), ("p", "0206020A0")]))
    assert found["medicine_count_3m"].to_list() == [3]
    assert found["bnf_paragraph_count_3m"].to_list() == [2]  # 020505 twice, 020602


THRESHOLDS = {8: "has_8_medicines", 10: "has_10_medicines", 15: "has_15_medicines", 20: "has_20_medicines"}


@pytest.mark.parametrize(("count", "reached"), [(7, 0), (8, 1), (9, 1), (10, 2), (14, 2), (15, 3), (19, 3), (20, 4)])
def test_thresholds(build, count, reached):
    found = count_medicines(build, prescribe([("p", f"02120{number:02}A0") for number in range(count)]))
    row = found.row(0, named=True)
    assert row["medicine_count_3m"] == count
    assert [row[name] for name in THRESHOLDS.values()] == [place < reached for place in range(4)]


def test_chapters_that_count(build):
    codes = [(f"chapter {chapter:02}", f"{chapter:02}01010A0") for chapter in [*range(1, 16), *range(18, 24)]]
    found = count_medicines(build, prescribe(codes))
    counted = found.filter(pl.col("medicine_count_3m") == 1)["person_id"].to_list()
    assert counted == [f"chapter {chapter}" for chapter in COUNTED]
    assert found["medicine_count_3m"].sum() == 9


PRODUCTS = """
    person_id | code       | code_system | name | is_repeat | issue_date
    dmd       | 1234567890 | dmd         | a    | yes       | 2026-09-01
    dmd       | 1234567890 | dmd         | a    | yes       | 2026-08-01
    dmd       | 1234567891 | snomed      |      | yes       | 2026-09-01
    mixed     | 0212000B0  | bnf         | b    | yes       | 2026-09-01
    mixed     | 1234567890 | dmd         | a    | yes       | 2026-01-01
"""


def test_products_are_no_substances(build):
    found = count_medicines(build, draw(PRODUCTS)).rows_by_key("person_id", named=True, unique=True)
    assert found["dmd"]["medicine_count_3m"] is None
    assert found["dmd"]["has_8_medicines"] is None
    assert found["dmd"]["product_count_3m"] == 2
    assert found["mixed"]["medicine_count_3m"] == 1  # the product was issued nine months ago
    assert found["mixed"]["medicine_count_12m"] is None
    assert found["mixed"]["has_8_medicines"] is False


def test_a_threshold_that_bnf_codes_reach_alone_is_reached(build):
    bnf = prescribe([("p", f"02120{number:02}A0") for number in range(8)])
    found = count_medicines(build, pl.concat([bnf, prescribe([("p", "1234567890")], code_system="dmd")])).row(
        0, named=True
    )
    assert found["medicine_count_3m"] is None
    assert found["has_8_medicines"] is True
    assert found["has_10_medicines"] is None


REPEATS = """
    person_id | code      | code_system | name | is_repeat | issue_date
    p         | 0212000B0 | bnf         | a    | no        | 2026-09-01
    p         | 0212000B0 | bnf         | a    | yes       | 2026-08-01
    p         | 0601022B0 | bnf         | b    | no        | 2026-09-01
    p         | 0602010V0 | bnf         | c    | yes       | 2026-09-01
    p         | 0906040G0 | bnf         | d    | yes       | 2026-09-01
    p         | 0503010AA | bnf         | e    | yes       | 2026-09-01
    p         | 0501013B0 | bnf         | f    | yes       | 2026-09-01
    unsaid    | 0212000B0 | bnf         | a    |           | 2026-09-01
"""


def test_repeats_less_the_local_exclusions(build):
    found = count_medicines(build, draw(REPEATS)).rows_by_key("person_id", named=True, unique=True)
    # atorvastatin, and HIV treatment (0503 is out with 05, 050301 in again); not thyroid, vitamin D or antibiotics
    assert found["p"]["repeat_medicine_count_3m"] == 2
    assert found["p"]["has_5_repeat_medicines"] is False
    assert found["unsaid"]["repeat_medicine_count_3m"] is None
    assert found["unsaid"]["medicine_count_3m"] == 1


@pytest.mark.parametrize(
    ("count", "five", "ten"), [(4, False, False), (5, True, False), (9, True, False), (10, True, True)]
)
def test_thresholds_of_repeats(build, count, five, ten):
    found = count_medicines(build, prescribe([("p", f"02120{number:02}A0") for number in range(count)]))
    assert found.select("has_5_repeat_medicines", "has_10_repeat_medicines").row(0) == (five, ten)


def test_without_the_feed_all_is_null(build):
    found = count_medicines(build, prescribe([("p", "0212000B0")]), has_gp_prescription=False)
    assert set(found.drop("index_date", "person_id").row(0)) == {None}


def test_nobody_outside_the_spine_and_everybody_in_it(build):
    prescriptions = prescribe([("gone", "0212000B0")])
    build(
        "scores.person_medicine",
        {
            "meta.index_date": pl.DataFrame({"role": ["current", "last_run"], "index_date": [INDEX_DATE, INDEX_DATE]}),
            "register.spine": pl.DataFrame({"person_id": ["p"], "index_date": [INDEX_DATE]}),
            "staging.gp_prescription": prescriptions,
        },
    )
    found = build(
        "scores.polypharmacy",
        {
            "codelist.polypharmacy_chapter": read_list("polypharmacy_chapter"),
            "codelist.polypharmacy_exclusion": read_list("polypharmacy_exclusion"),
            "meta.feed": pl.DataFrame({"has_gp_prescription": [True]}),
        },
    )
    assert found.select("person_id", "medicine_count_3m", "has_8_medicines").rows() == [("p", 0, False)]
