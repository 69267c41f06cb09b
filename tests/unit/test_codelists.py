"""The shipped codelists are sound, and a faulty one is refused with its file and row."""

from pathlib import Path

import polars as pl
import pytest

from mltc.codelists import load_codelists, load_qof_published, write_registry
from mltc.errors import CodelistError

CONDITION = """
[[condition]]
key = "diabetes"
name = "Diabetes"
body_system = "endocrine"
kind = "physical"
definitions = ["delphi-2022"]
rule = [[{ codes = "diabetes" }]]
source = "a paper"
verified = true
[[condition]]
key = "type_2"
name = "Diabetes twice"
body_system = "endocrine"
kind = "physical"
definitions = ["delphi-2022"]
rule = [[{ codes = "diabetes", months = 12 }]]
source = "a paper"
verified = true
"""
DEFINITION = """
[[definition]]
key = "delphi-2022"
title = "Delphi"
citation = "a paper"
source = "read"
"""
CARE_PROCESS = """
[[care_process]]
key = "medication_review"
name = "Medication review"
source = "a guide"
verified = true
"""
HEADER = "code,term,source,verified\n"

# One code, two conditions, on purpose: the code says that both are there.
INTENDED_ICD10 = {
    ("E10", "diabetes", "E104", "peripheral_neuropathy"),
    ("E11", "diabetes", "E114", "peripheral_neuropathy"),
    ("E12", "diabetes", "E124", "peripheral_neuropathy"),
    ("E13", "diabetes", "E134", "peripheral_neuropathy"),
    ("E14", "diabetes", "E144", "peripheral_neuropathy"),
    ("G62", "peripheral_neuropathy", "G621", "drug_alcohol_misuse"),
    ("I11", "hypertension", "I110", "heart_failure"),
    ("I13", "hypertension", "I130", "heart_failure"),
    ("I13", "hypertension", "I132", "heart_failure"),
    ("K70", "chronic_liver_disease", "K70", "drug_alcohol_misuse"),
    ("K860", "chronic_pancreatic_disease", "K860", "drug_alcohol_misuse"),
}
INTENDED_SNOMED = {
    ("314902007", "diabetes", "peripheral_artery_disease"),
    ("31211000119101", "diabetes", "peripheral_artery_disease"),
    ("314904008", "diabetes", "peripheral_neuropathy"),
    ("420436000", "diabetes", "peripheral_neuropathy"),
    ("420918009", "diabetes", "peripheral_neuropathy"),
    ("713705003", "diabetes", "peripheral_neuropathy"),
    ("713706002", "diabetes", "peripheral_neuropathy"),
    ("71771000119100", "diabetes", "peripheral_neuropathy"),
    ("1239511000000100", "medication_review", "structured_medication_review"),
    ("413606001", "home_blood_pressure", "hypertension_review"),
}


@pytest.fixture(scope="module")
def codelists():
    return load_codelists()


@pytest.fixture
def folder(tmp_path):
    """A sound folder with one definition of two conditions on one list, and a care process."""
    write(tmp_path / "conditions.toml", CONDITION)
    write(tmp_path / "definitions.toml", DEFINITION)
    write(tmp_path / "care_processes.toml", CARE_PROCESS)
    write(tmp_path / "icd10" / "diabetes.csv", HEADER + "E11,,a list,yes\n")
    write(tmp_path / "snomed" / "diabetes.csv", HEADER + "73211009,Diabetes mellitus,a list,yes\n")
    write(tmp_path / "snomed" / "medication_review.csv", HEADER + "182836005,Review of medication,a list,yes\n")
    register(tmp_path)
    return tmp_path


def write(path: Path, text: str) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(text.encode("utf-8"))


def register(folder: Path) -> None:
    """Fills the stated columns, then counts and hashes."""
    write_registry(folder)
    path = folder / "registry.csv"
    stated = pl.read_csv(path, infer_schema=False).with_columns(
        source=pl.lit("a list"), version=pl.lit("1"), licence=pl.lit("MIT"), reviewed_date=pl.lit("2026-01-01")
    )
    write(path, stated.write_csv())


def delphi_codes(codelists) -> pl.DataFrame:
    """Verified codes of the lists that the default definition and the care processes look at."""
    members = codelists.memberships.filter(pl.col("definition") == "delphi-2022")
    rules = codelists.rules.rules.join(members, on="condition", how="semi")
    lists = codelists.rules.evidence.join(rules, on="clause", how="semi").filter(pl.col("kind") == "code")["evidence"]
    named = {*lists, *codelists.care_processes["key"]}
    return codelists.verified_codes.filter(pl.col("kind") == "code", pl.col("key").is_in(list(named)))


def find_conditions(codelists, code_system: str, code: str) -> set[str]:
    """Lists of the default definition and care processes that a recorded code is on."""
    matches = delphi_codes(codelists).filter(
        pl.col("code_system") == code_system,
        pl.when("is_prefix").then(pl.lit(code).str.starts_with(pl.col("code"))).otherwise(pl.col("code") == code),
    )
    return set(matches["key"])


def message_of(folder: Path) -> str:
    with pytest.raises(CodelistError) as error:
        load_codelists(folder)
    return str(error.value)


def test_shipped_lists_hold_the_delphi_conditions(codelists):
    members = codelists.memberships.filter(pl.col("definition") == "delphi-2022")["condition"]
    # 59 Delphi conditions - 2 without a published list - 1 without a verified SNOMED CT code
    assert len(members) == 59 - 2 - 1
    assert members.is_unique().all()
    by_class = codelists.conditions.filter(pl.col("key").is_in(members.implode())).group_by("delphi_class").len()
    assert dict(by_class.iter_rows()) == {"always": 24, "usually": 32}  # 35 - 3


def test_every_delphi_condition_has_codes_in_both_systems(codelists):
    found = delphi_codes(codelists).group_by("key").agg(pl.col("code_system").n_unique())
    members = codelists.memberships.filter(pl.col("definition") == "delphi-2022")
    counted = members.join(found, left_on="condition", right_on="key", how="left")
    assert (counted["code_system"] == 2).all()


def test_positions_are_the_order_of_the_file(codelists):
    assert codelists.conditions["position"].to_list() == list(range(codelists.conditions.height))
    assert codelists.conditions["key"].to_list()[:2] == ["stroke", "coronary_artery_disease"]


@pytest.mark.parametrize(
    ("code_system", "code", "conditions"),
    [
        ("icd10", "I219", {"coronary_artery_disease"}),
        ("icd10", "I639", {"stroke"}),
        ("icd10", "G459", {"transient_ischaemic_attack"}),
        ("icd10", "G454", set()),  # transient global amnesia
        ("icd10", "E119", {"diabetes"}),
        ("icd10", "E114", {"diabetes", "peripheral_neuropathy"}),
        ("icd10", "J440", {"copd"}),
        ("icd10", "F329", {"depression"}),
        ("icd10", "F412", {"depression"}),
        ("icd10", "F411", {"anxiety"}),
        ("icd10", "N181", set()),  # stage 1
        ("icd10", "N183", {"chronic_kidney_disease"}),
        ("icd10", "N185", {"end_stage_kidney_disease"}),
        ("icd10", "Z992", {"end_stage_kidney_disease"}),
        ("icd10", "I10", {"hypertension"}),
        ("icd10", "E260", set()),  # causes hypertension, is not hypertension
        ("icd10", "I110", {"hypertension", "heart_failure"}),
        ("icd10", "G439", set()),  # migraine is no Delphi condition
        ("icd10", "D509", set()),  # iron deficiency passes
        ("icd10", "D571", {"anaemia"}),
        ("icd10", "C509", {"solid_organ_cancer"}),
        ("icd10", "C439", {"melanoma"}),
        ("icd10", "C787", {"metastatic_cancer"}),
        ("icd10", "C833", {"haematological_cancer"}),
        ("icd10", "C449", set()),  # non-melanoma skin cancer
        ("icd10", "O244", set()),  # gestational diabetes
        ("snomed", "73211009", {"diabetes"}),
        ("snomed", "44054006", {"diabetes"}),
        ("snomed", "230690007", {"stroke"}),
        ("snomed", "266257000", {"transient_ischaemic_attack"}),
        ("snomed", "433144002", {"chronic_kidney_disease"}),
        ("snomed", "433146000", {"end_stage_kidney_disease"}),
        ("snomed", "195949008", {"copd"}),  # chronic asthmatic bronchitis
        ("snomed", "271737000", set()),  # anaemia, kind not said
        ("snomed", "37796009", set()),  # migraine
        ("snomed", "1239511000000100", {"medication_review", "structured_medication_review"}),
        ("snomed", "871731000000106", {"social_prescribing_referral"}),
    ],
)
def test_a_recorded_code_counts_under(codelists, code_system, code, conditions):
    assert find_conditions(codelists, code_system, code) == conditions


@pytest.mark.parametrize(
    ("key", "words"),
    [
        ("diabetes", "Any diabetes code ever"),
        ("depression", "Any depression code in the last 12 months"),  # Payne 2020
        ("solid_organ_cancer", "Any solid organ cancer code in the last 5 years"),  # Payne 2020: 5 years
        ("chronic_kidney_disease", "Any chronic kidney disease code ever; from age 18"),  # QOF CKD
    ],
)
def test_rules_in_words(codelists, key, words):
    row = codelists.conditions.row(by_predicate=pl.col("key") == key, named=True)
    assert row["rule_words"] == words


def test_only_intended_icd10_codes_count_twice(codelists):
    codes = delphi_codes(codelists).filter(pl.col("code_system") == "icd10").select("key", "code")
    pairs = codes.join(codes, how="cross", suffix="_long").filter(
        pl.col("key") != pl.col("key_long"), pl.col("code_long").str.starts_with(pl.col("code"))
    )
    # two equal codes make two pairs, one each way; the intended set names them once
    same_once = pairs.filter((pl.col("code") != pl.col("code_long")) | (pl.col("key") < pl.col("key_long")))
    assert set(same_once.select("code", "key", "code_long", "key_long").iter_rows()) == INTENDED_ICD10


def test_only_intended_snomed_codes_count_twice(codelists):
    codes = delphi_codes(codelists).filter(pl.col("code_system") == "snomed").select("code", "key")
    shared = codes.group_by("code").agg(pl.col("key").sort()).filter(pl.col("key").list.len() > 1)
    assert {(code, *keys) for code, keys in shared.iter_rows()} == INTENDED_SNOMED


def test_unverified_rows_and_conditions_stay_out(codelists):
    assert set(codelists.verified_codes["verified"]) == {"yes"}
    out = codelists.conditions.filter(~pl.col("verified"))["key"].to_list()
    assert out == ["benign_cerebral_tumours"]
    assert codelists.memberships.filter(pl.col("condition") == "benign_cerebral_tumours").is_empty()
    assert codelists.rules.rules.filter(pl.col("condition") == "benign_cerebral_tumours").is_empty()
    unready = set(codelists.care_processes.filter(~pl.col("verified"))["key"])
    assert {"care_plan", "mental_health_review", "self_management_plan"} <= unready
    assert not unready & {"medication_review", "is_carer", "hypertension_review"}


def test_icd10_has_no_terms(codelists):
    """The text of ICD-10 is copyright of the WHO."""
    assert codelists.codes.filter(pl.col("code_system") == "icd10")["term"].is_null().all()
    assert codelists.codes.filter(pl.col("code_system") == "snomed")["term"].is_not_null().all()


def test_qof_published_belongs_to_conditions(codelists):
    published = load_qof_published()
    assert set(published["condition"]) <= set(codelists.conditions["key"])
    heart_failure = published.row(by_predicate=pl.col("condition") == "heart_failure", named=True)
    # 700138 on the register / 63766671 registered
    assert heart_failure["published_percent"] == pytest.approx(100 * 700138 / 63766671, abs=0.0005)
    assert published.filter(pl.col("condition") == "depression")["comparable"].to_list() == [False]


def test_a_sound_folder_loads(folder):
    codelists = load_codelists(folder)
    assert codelists.codes.select("key", "code_system", "code", "term", "is_prefix").rows() == [
        ("diabetes", "icd10", "E11", None, True),
        ("diabetes", "snomed", "73211009", "Diabetes mellitus", False),
        ("medication_review", "snomed", "182836005", "Review of medication", False),
    ]
    assert codelists.memberships.rows() == [("delphi-2022", "diabetes", 0), ("delphi-2022", "type_2", 1)]
    assert codelists.rules.rules.rows() == [("diabetes", 1, 0, False), ("type_2", 1, 1, False)]
    assert codelists.rules.evidence.rows() == [(0, "code", "diabetes"), (1, "code", "diabetes")]


def test_a_definition_has_a_version_of_its_own(folder):
    """It changes with its rules and the codes that count for it, and with nothing else."""

    def version_of() -> str:
        return load_codelists(folder).definitions["version"].item()

    first = version_of()
    write(folder / "snomed" / "medication_review.csv", HEADER + "182836005,Review,another list,yes\n")
    write(folder / "icd10" / "diabetes.csv", HEADER + "E11,,another list,yes\nE12,,a list,no\n")
    register(folder)
    assert version_of() == first  # neither a care process nor a code that does not count
    write(folder / "icd10" / "diabetes.csv", HEADER + "E11,,a list,yes\nE12,,a list,yes\n")
    register(folder)
    second = version_of()
    assert second != first
    write(folder / "conditions.toml", CONDITION.replace("months = 12", "months = 24"))
    assert version_of() not in (first, second)


def test_line_ends_change_neither_checksum_nor_version(folder):
    version = load_codelists(folder).version
    for path in folder.rglob("*.*"):
        path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert load_codelists(folder).version == version


def test_a_changed_code_changes_the_version(folder):
    version = load_codelists(folder).version
    write(folder / "icd10" / "diabetes.csv", HEADER + "E10,,a list,yes\n")
    register(folder)
    assert load_codelists(folder).version != version


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("E11.9,,a list,yes", "row 3: code 'E11.9' has a dot; write it without, as 'E119'"),
        ("e12,,a list,yes", "row 3: 'e12' is not a icd10 code"),
        ("E12,,a list,maybe", "row 3: verified is 'maybe'"),
        ("E12,,,yes", "row 3: source is empty"),
        ("E11,,a list,yes", "row 3: code 'E11' stands already in row 2"),
        ("E119,,a list,yes", "row 3: 'E119' is covered by 'E11'"),
    ],
)
def test_a_faulty_code_row_is_named(folder, row, said):
    write(folder / "icd10" / "diabetes.csv", HEADER + "E11,,a list,yes\n" + row + "\n")
    register(folder)
    assert f"icd10/diabetes.csv, {said}" in message_of(folder)


def test_a_row_with_too_few_values_is_refused_by_loader_and_registry(folder):
    write(folder / "icd10" / "diabetes.csv", HEADER + "E11,,a list,yes\nE12,a list,yes\n")
    assert "icd10/diabetes.csv, row 3: expected 4 values" in message_of(folder)
    with pytest.raises(CodelistError, match="row 3: expected 4 values"):
        write_registry(folder)


def test_an_unverified_child_of_a_prefix_is_kept(folder):
    write(folder / "icd10" / "diabetes.csv", HEADER + "E11,,a list,yes\nE119,,a list; left out: why,no\n")
    register(folder)
    assert load_codelists(folder).codes.height == 4  # 3 + 1


def test_a_rounded_snomed_code_is_refused(folder):
    """1079381000000109 as a spreadsheet that keeps 15 digits saves it."""
    write(folder / "snomed" / "diabetes.csv", HEADER + "1079381000000100,,a list,yes\n")
    register(folder)
    assert "snomed/diabetes.csv, row 2: '1079381000000100' fails its check digit" in message_of(folder)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('codes = "diabetes" }', 'code = "diabetes" }', "code: Extra inputs"),
        ('[[{ codes = "diabetes" }]]', "[[]]", "needs a clause that must hold"),
        ('codes = "diabetes" }', 'codes = "diabetes", drugs = "x" }', "exactly one of codes, drugs, measure and score"),
        ('codes = "diabetes" }', 'codes = "diabetes", without = true }', "needs a clause that must hold"),
        ('codes = "diabetes" }', 'codes = "diabetes", below = 60 }', "a threshold does not go with code evidence"),
        ('codes = "diabetes" }', 'codes = "nothing" }', "neither icd10/nothing.csv nor snomed/nothing.csv exists"),
        ('codes = "diabetes" }', 'drugs = "nothing" }', "drugs/nothing.csv does not exist"),
        ('codes = "diabetes" }', 'drugs = "x", unresolved = true }', "unresolved does not go with drug evidence"),
        ('codes = "diabetes" }', 'measure = "x" }', "a value needs a threshold"),
        (
            'codes = "diabetes" }',
            'codes = "diabetes", month = 12 }',
            "rule, alternative 1, clause 1, month: Extra inputs",
        ),
        ('codes = "diabetes" }', 'codes = "diabetes", months = 0 }', "greater than or equal to 1"),
        ('codes = "diabetes" }', 'codes = "diabetes", months = true }', "valid integer"),
        ('codes = "diabetes" }', 'codes = "diabetes", months = 99999999999 }', "less than or equal to 1200"),
        ('codes = "diabetes" }', 'measure = "x", from = 30, below = 20 }', "no value lies between"),
        ('codes = "diabetes" }', 'measure = "x", from = 30, below = 30 }', "no value lies between"),
        (
            '{ codes = "diabetes" }',
            '{ codes = "diabetes" }, { codes = "diabetes", without = true }',
            "hold and not hold",
        ),
        ('codes = "diabetes" }', 'codes = "diabete" }', "snomed/diabete.csv exists (there are: diabetes)"),
        ('codes = "diabetes" }', 'codes = "diabetes", at_least = 2, unresolved = true }', "at_least goes with months"),
        ('codes = "diabetes" }', 'measure = "x", below = 1, latest = 2, times = 2 }', "give latest or times"),
        ('"endocrine"', '"endocrin"', "body_system: Input should be 'cancer'"),
        ('name = "Diabetes twice"', 'name = "diabetes"', "is the name of another condition too"),
        ('codes = "diabetes" }', 'score = "x", above = 1 }', "there is no score 'x' of people"),
        ('codes = "diabetes" }', 'codes = "diabetes", unresolved = true }', "resolved/diabetes.csv does not exist"),
        ('definitions = ["delphi-2022"]', 'definitions = ["delphi-2023"]', "'delphi-2023' is not in definitions.toml"),
        ('kind = "physical"', 'kind = "spiritual"', "kind: Input should be"),
        ('key = "diabetes"', 'key = "Diabetes"', "key: String should match"),
        ('name = "Diabetes"', 'name = "Diabetes"\ncolour = "red"', "colour: Extra inputs"),
        ('name = "Diabetes"\n', "", "name: Field required"),
        ('name = "Diabetes"', "name = Diabetes", "not valid TOML"),
        ("[[condition]]", "[[conditions]]", "found ['conditions'], expected only [[condition]] entries"),
        ("[[condition]]", "[condition]", "not valid TOML"),
    ],
)
def test_a_faulty_condition_is_named(folder, old, new, said):
    write(folder / "conditions.toml", CONDITION.replace(old, new))
    message = message_of(folder)
    assert "conditions.toml" in message
    assert said in message


def test_a_duplicate_key_is_refused(folder):
    write(folder / "conditions.toml", CONDITION + CONDITION)
    assert "condition 3: duplicate key 'diabetes', first used by condition 1" in message_of(folder)


def test_a_key_may_not_be_condition_and_care_process(folder):
    write(folder / "care_processes.toml", CARE_PROCESS.replace("medication_review", "diabetes"))
    assert "key 'diabetes' is a condition too" in message_of(folder)


def test_a_verified_condition_needs_verified_codes(folder):
    for system in ("icd10", "snomed"):
        path = folder / system / "diabetes.csv"
        write(path, path.read_text(encoding="utf-8").replace(",yes", ",single_source"))
    register(folder)
    assert "'diabetes' is verified but its code list 'diabetes' has no verified code" in message_of(folder)


def test_a_definition_counts_two_or_more(folder):
    write(folder / "conditions.toml", CONDITION.split('[[condition]]\nkey = "type_2"', maxsplit=1)[0])
    assert "delphi-2022: counts 1 verified conditions, allowed are 2 to 126" in message_of(folder)


def test_a_list_that_nothing_names_is_refused(folder):
    write(
        folder / "drugs" / "inhaler.csv", "code_system,code,term,source,verified\nbnf,0302,Corticosteroids,a list,yes\n"
    )
    register(folder)
    assert "drugs/inhaler.csv: no rule, care process or score names the list 'inhaler'" in message_of(folder)


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("bnf,03.02,,a list,yes", "has a dot"),
        ("bnf,3,,a list,yes", "is not a bnf code"),
        ("atc,r03,,a list,yes", "is not a atc code"),
        ("gtin,0302,,a list,yes", "code_system is 'gtin'"),
        ("dmd,12345678,,a list,yes", "fails its check digit"),
        ("bnf,0302010,,a list,yes", "covered by '0302'"),
    ],
)
def test_a_faulty_drug_row_is_named(folder, row, said):
    text = f"code_system,code,term,source,verified\nbnf,0302,Corticosteroids,a list,yes\n{row}\n"
    write(folder / "drugs" / "inhaler.csv", text)
    write(folder / "conditions.toml", CONDITION.replace('{ codes = "diabetes" }', '{ drugs = "inhaler" }'))
    register(folder)
    message = message_of(folder)
    assert "drugs/inhaler.csv, row 3" in message
    assert said in message


def test_a_code_does_not_say_that_a_condition_is_there_and_is_over(folder):
    write(folder / "resolved" / "diabetes.csv", HEADER + "73211009,Diabetes mellitus,a list,yes\n")
    register(folder)
    assert "resolved/diabetes.csv: 73211009 is on the list of the diagnosis too" in message_of(folder)


def test_a_file_that_is_no_toml_is_the_only_problem(folder):
    write(folder / "conditions.toml", CONDITION.replace('"diabetes"', "diabetes", 1))
    assert message_of(folder).startswith("1 problem(s)")


def test_a_score_says_where_each_row_comes_from(folder):
    write(folder / "scores" / "hfrs.csv", "code,weight,source,verified\nF00,7.1,,yes\n")
    register(folder)
    assert "scores/hfrs.csv, row 2: source is empty" in message_of(folder)
    write(folder / "scores" / "hfrs.csv", "code,weight\nF00,7.1\n")
    register(folder)
    assert "source and verified must be among them" in message_of(folder)
