"""Anticholinergic burden: the highest score of each drug, added up. Index date 2026-10-01."""

import polars as pl
import pytest
from conftest import INDEX_DATE, draw

from mltc.paths import CODELISTS

SCORES = """
    drug           | bnf_code  | name           | score | verified
    amitriptyline  | 0403010B0 |                | 3     | yes
    amitriptyline  |           | amitriptyline  | 3     | yes
    olanzapine     | 040201060 |                | 3     | yes
    olanzapine     | 0402020AC |                | 3     | yes
    olanzapine     |           | olanzapine     | 3     | yes
    codeine        | 0407020C0 |                | 1     | yes
    codeine        |           | codeine        | 1     | yes
    hydrocortisone | 0603020J0 |                | 1     | yes
    hydrocortisone |           | hydrocortisone | 1     | yes
    furosemide     | 0202020L0 |                | 1     | yes
    furosemide     |           | furosemide     | 1     | yes
    desipramine    |           | desipramine    | 3     | yes
    metformin      | 0601022B0 |                | 1     | single_source
    metformin      |           | metformin      | 1     | single_source
"""


def score_burden(build, prescriptions: str, has_gp_prescription: bool = True) -> dict[str, dict[str, object]]:
    issues = draw(prescriptions)
    build(
        "scores.person_medicine",
        {
            "meta.index_date": pl.DataFrame({"role": ["current"], "index_date": [INDEX_DATE]}),
            "register.spine": pl.DataFrame({"person_id": issues["person_id"].unique()}).with_columns(
                index_date=pl.lit(INDEX_DATE)
            ),
            "staging.gp_prescription": issues.with_columns(is_repeat=pl.lit(None, pl.Boolean)),
        },
    )
    found = build(
        "scores.anticholinergic",
        {
            "codelist.anticholinergic": draw(SCORES, score=pl.Int64),
            "meta.feed": pl.DataFrame({"has_gp_prescription": [has_gp_prescription]}),
        },
    )
    return found.rows_by_key("person_id", named=True, unique=True)


BURDENS = """
    person_id  | code            | code_system | name                      | issue_date
    none       | 0212000B0AAAAAA | bnf         | Atorvastatin 20mg tablets | 2026-10-01
    three      | 0403010B0AAAAAA | bnf         |                           | 2026-10-01
    three      | 0403010B0AAABAB | bnf         | Amitriptyline 25mg        | 2026-07-02
    six        | 0403010B0AAAAAA | bnf         | Amitriptyline 10mg        | 2026-09-01
    six        | 040201060AAAAAA | bnf         | Olanzapine 5mg            | 2026-09-01
    five       | 0403010B0AAAAAA | bnf         | Amitriptyline 10mg        | 2026-09-01
    five       | 0407020C0AAAAAA | bnf         | Codeine 30mg              | 2026-09-01
    five       | 0202020L0AAAAAA | bnf         | Furosemide 40mg           | 2026-09-01
    two        | 0407020C0AAAAAA | bnf         | Codeine 30mg              | 2026-09-01
    two        | 0202020L0AAAAAA | bnf         | Furosemide 40mg           | 2026-09-01
    two        | 0403010B0AAAAAA | bnf         | Amitriptyline 10mg        | 2026-07-01
    two        | 0403010B0AAAAAA | bnf         | Amitriptyline 10mg        | 2026-10-02
    depot      | 040201060AAAAAA | bnf         | Olanzapine 5mg            | 2026-09-01
    depot      | 0402020ACAAAAAA | bnf         | Olanzapine 210mg          | 2026-09-01
    unverified | 0601022B0AAAAAA | bnf         | Metformin 500mg           | 2026-09-01
"""


@pytest.mark.parametrize(
    ("person", "burden", "drugs", "three", "six"),
    [
        ("none", 0, 0, False, False),
        ("three", 3, 1, True, False),  # two strengths, one on the first day of the window
        ("six", 6, 2, True, True),  # 3 + 3
        ("five", 5, 3, True, False),  # 3 + 1 + 1
        ("two", 2, 2, False, False),  # 1 + 1; not the day before the window, not after the index date
        ("depot", 3, 1, True, False),  # one drug
        ("unverified", 0, 0, False, False),
    ],
)
def test_burden(build, person, burden, drugs, three, six):
    found = score_burden(build, BURDENS)[person]
    assert list(found.values())[1:] == [burden, drugs, three, six]


NAMES = """
    person_id | code       | code_system | name                                       | issue_date
    plain     | 1          | dmd         | Amitriptyline 10mg tablets                 | 2026-09-01
    bare      | 1          | snomed      | AMITRIPTYLINE                              | 2026-09-01
    salt      | 1          | dmd         | Codeine phosphate 30mg tablets             | 2026-09-01
    longer    | 1          | dmd         | Codeinex 30mg tablets                      | 2026-09-01
    within    | 1          | dmd         | Co-codamol (codeine phosphate/paracetamol) | 2026-09-01
    topical   | 1          | dmd         | Hydrocortisone 1% cream                    | 2026-09-01
    eye       | 1          | dmd         | Hydrocortisone 1% eye ointment             | 2026-09-01
    tablet    | 1          | dmd         | Hydrocortisone 10mg tablets                | 2026-09-01
    nameless  | 1          | dmd         |                                            | 2026-09-01
    both      | 0403010B0A | bnf         | Amitriptyline 10mg tablets                 | 2026-09-01
    both      | 2          | dmd         | Amitriptyline 25mg tablets                 | 2026-09-01
    elsewhere | 1304000V0A | bnf         | Hydrocortisone 1%                          | 2026-09-01
    uncoded   | 3          | dmd         | Desipramine 25mg tablets                   | 2026-09-01
"""


@pytest.mark.parametrize(
    ("person", "burden"),
    [
        ("plain", 3),
        ("bare", 3),
        ("salt", 1),
        ("longer", 0),
        ("within", 0),
        ("topical", 0),
        ("eye", 0),
        ("tablet", 1),
        ("nameless", 0),
        ("both", 3),  # one drug under two code systems
        ("elsewhere", 0),  # BNF coded, in chapter 13: the code decides
        ("uncoded", 3),  # no BNF code is known for the drug
    ],
)
def test_by_name(build, person, burden):
    assert score_burden(build, NAMES)[person]["anticholinergic_burden_3m"] == burden


def test_without_the_feed_all_is_null(build):
    found = score_burden(build, BURDENS, has_gp_prescription=False)["six"]
    assert list(found.values())[1:] == [None] * 4


def read_scores() -> pl.DataFrame:
    return pl.read_csv(CODELISTS / "scores" / "anticholinergic.csv", schema_overrides={"bnf_code": pl.String})


def test_a_row_matches_by_code_or_by_name():
    scores = read_scores()
    assert scores.filter(pl.col("bnf_code").is_null() == pl.col("name").is_null()).is_empty()
    assert scores.filter(pl.col("name") != pl.col("name").str.to_lowercase()).is_empty()
    assert scores["score"].is_between(1, 3).all()
    for column in ("bnf_code", "name"):
        assert scores[column].drop_nulls().is_unique().all()
    assert scores.group_by("drug").agg(pl.col("score", "verified").n_unique()).drop("drug").max().row(0) == (1, 1)


def test_codes_are_chemical_substances_of_the_chapters_that_count():
    chapters = pl.read_csv(CODELISTS / "scores" / "polypharmacy_chapter.csv", infer_schema=False)
    counted = chapters.filter(pl.col("is_counted") == "yes")["bnf_prefix"]
    codes = read_scores()["bnf_code"].drop_nulls()
    assert codes.str.contains("^[0-9]{7}[0-9A-Z]{2}$").all()
    assert codes.str.slice(0, 2).is_in(counted.implode()).all()


def test_a_verified_score_stands_in_two_lists():
    said = read_scores().with_columns(
        lists=pl.col("source")
        .str.extract("^score: (.*?)[.(]")
        .str.split("; ")
        .list.eval(pl.element().str.extract("([0-9/]+) *$"))
    )
    for drug, score, lists, verified in said.select("drug", "score", "lists", "verified").iter_rows():
        agreeing = sum(str(score) in found.split("/") for found in lists)
        assert (verified == "yes") == (agreeing >= 2), drug


@pytest.mark.parametrize(
    ("drug", "score"),
    [
        ("amitriptyline", 3),
        ("oxybutynin", 3),
        ("solifenacin", 3),
        ("quetiapine", 3),
        ("carbamazepine", 2),
        ("codeine", 1),
    ],
)
def test_scores_of_boustani(drug, score):
    rows = read_scores().filter(pl.col("drug") == drug)
    assert rows["score"].unique().to_list() == [score]
    assert rows["verified"].unique().to_list() == ["yes"]
