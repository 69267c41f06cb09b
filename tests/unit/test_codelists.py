"""The shipped codelists are sound, and a faulty one is refused with its file and row."""

import shutil
from pathlib import Path

import polars as pl
import pytest

from mltc.codelists import load_codelists, load_qof_published, write_registry
from mltc.codelists.check_digit import has_valid_check_digit
from mltc.errors import CodelistError
from mltc.paths import CODELISTS

CONDITION = """
[[condition]]
key = "diabetes"
name = "Diabetes"
body_system = "endocrine"
kind = "physical"
definitions = ["delphi-2022"]
rule = "ever"
source = "a paper"
verified = true
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
}


@pytest.fixture(scope="module")
def codelists():
    return load_codelists()


@pytest.fixture
def folder(tmp_path):
    """A sound folder with one condition and one care process."""
    write(tmp_path / "conditions.toml", CONDITION)
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


def find_conditions(codelists, code_system: str, code: str) -> set[str]:
    """Conditions that a recorded code counts under."""
    matches = codelists.verified_codes.filter(
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


def test_every_counted_condition_has_codes_in_both_systems(codelists):
    found = codelists.verified_codes.group_by("key").agg(pl.col("code_system").n_unique())
    counted = codelists.memberships.join(found, left_on="condition", right_on="key", how="left")
    assert (counted["code_system"] == 2).all()


def test_positions_are_the_order_of_the_file(codelists):
    assert codelists.conditions["position"].to_list() == list(range(57))
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
    ("key", "rule", "lookback_months", "minimum_age_years"),
    [
        ("diabetes", "ever", None, None),
        ("depression", "within_months", 12, None),  # Payne 2020: code in 12 months
        ("solid_organ_cancer", "within_months", 60, None),  # Payne 2020: 5 years
        ("chronic_kidney_disease", "ever", None, 18),  # QOF CKD: 18 and over
    ],
)
def test_rules(codelists, key, rule, lookback_months, minimum_age_years):
    row = codelists.conditions.row(by_predicate=pl.col("key") == key, named=True)
    assert (row["rule"], row["lookback_months"], row["minimum_age_years"]) == (
        rule,
        lookback_months,
        minimum_age_years,
    )


def test_only_intended_icd10_codes_count_twice(codelists):
    codes = codelists.verified_codes.filter(pl.col("code_system") == "icd10").select("key", "code")
    pairs = codes.join(codes, how="cross", suffix="_long").filter(
        pl.col("key") != pl.col("key_long"), pl.col("code_long").str.starts_with(pl.col("code"))
    )
    # two equal codes make two pairs, one each way; the intended set names them once
    same_once = pairs.filter((pl.col("code") != pl.col("code_long")) | (pl.col("key") < pl.col("key_long")))
    assert set(same_once.select("code", "key", "code_long", "key_long").iter_rows()) == INTENDED_ICD10


def test_only_intended_snomed_codes_count_twice(codelists):
    codes = codelists.verified_codes.filter(pl.col("code_system") == "snomed").select("code", "key")
    shared = codes.group_by("code").agg(pl.col("key").sort()).filter(pl.col("key").list.len() > 1)
    assert {(code, *keys) for code, keys in shared.iter_rows()} == INTENDED_SNOMED


def test_unverified_rows_and_conditions_stay_out(codelists):
    assert set(codelists.verified_codes["verified"]) == {"yes"}
    out = codelists.conditions.filter(~pl.col("verified"))["key"].to_list()
    assert out == ["benign_cerebral_tumours"]
    assert codelists.verified_codes.filter(pl.col("key") == "benign_cerebral_tumours").is_empty()
    unready = codelists.care_processes.filter(~pl.col("verified"))["key"].to_list()
    assert unready == ["care_plan", "mental_health_review"]


def test_icd10_has_no_terms(codelists):
    """The text of ICD-10 is copyright of the WHO."""
    by_system = codelists.codes.group_by("code_system").agg(pl.col("term").is_null().all())
    assert dict(by_system.iter_rows()) == {"icd10": True, "snomed": False}


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
    assert codelists.memberships.rows() == [("delphi-2022", "diabetes")]


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
        ('rule = "ever"', 'rule = "sometimes"', "rule: Input should be 'ever' or 'within_months', found 'sometimes'"),
        ('rule = "ever"', 'rule = "within_months"', "lookback_months is needed"),
        ('rule = "ever"', 'rule = "ever"\nlookback_months = 12', "lookback_months is needed"),
        ('kind = "physical"', 'kind = "spiritual"', "kind: Input should be"),
        ('key = "diabetes"', 'key = "Diabetes"', "key: String should match"),
        ('name = "Diabetes"', 'name = "Diabetes"\ncolour = "red"', "colour: Extra inputs"),
        ('name = "Diabetes"\n', "", "name: Field required"),
        ('name = "Diabetes"', "name = Diabetes", "not valid TOML"),
        ("[[condition]]", "[[conditions]]", "found ['conditions'], expected only [[condition]] entries"),
        ("[[condition]]", "[condition]", "expected only [[condition]] entries"),
    ],
)
def test_a_faulty_condition_is_named(folder, old, new, said):
    write(folder / "conditions.toml", CONDITION.replace(old, new))
    message = message_of(folder)
    assert "conditions.toml" in message
    assert said in message


def test_a_duplicate_key_is_refused(folder):
    write(folder / "conditions.toml", CONDITION + CONDITION)
    assert "condition 2: duplicate key 'diabetes', first used by condition 1" in message_of(folder)


def test_a_key_may_not_be_condition_and_care_process(folder):
    write(folder / "care_processes.toml", CARE_PROCESS.replace("medication_review", "diabetes"))
    assert "key 'diabetes' is a condition too" in message_of(folder)


@pytest.mark.parametrize("system", ["icd10", "snomed"])
def test_a_verified_condition_needs_verified_codes(folder, system):
    path = folder / system / "diabetes.csv"
    write(path, path.read_text(encoding="utf-8").replace(",yes", ",single_source"))
    register(folder)
    assert f"'diabetes' is verified but {system}/diabetes.csv has no verified code" in message_of(folder)


def test_a_verified_care_process_needs_verified_codes(folder):
    write(folder / "snomed" / "medication_review.csv", HEADER)
    register(folder)
    assert "'medication_review' is verified but snomed/medication_review.csv" in message_of(folder)


def test_an_unverified_condition_may_lack_codes(folder):
    write(folder / "conditions.toml", CONDITION.replace("verified = true", "verified = false"))
    codelists = load_codelists(folder)
    assert codelists.memberships.is_empty()
    assert set(codelists.verified_codes["key"]) == {"medication_review"}


def test_a_list_without_owner_is_refused(folder):
    write(folder / "icd10" / "gout.csv", HEADER + "M10,,a list,yes\n")
    register(folder)
    assert "icd10/gout.csv: no condition or care process has the key 'gout'" in message_of(folder)


def test_an_edit_without_new_checksum_is_refused(folder):
    write(folder / "icd10" / "diabetes.csv", HEADER + "E10,,a list,yes\nE11,,a list,yes\n")
    message = message_of(folder)
    assert "registry.csv, row 2: checksum of icd10/diabetes.csv differs" in message
    assert "registry.csv, row 2: codes is '1', icd10/diabetes.csv has '2'" in message


def test_a_list_missing_from_the_registry_is_refused(folder):
    path = folder / "registry.csv"
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    write(path, "".join(lines[:-1]))
    assert "snomed/medication_review.csv: not in registry.csv; run write_registry" in message_of(folder)


def test_a_registry_row_without_list_or_licence_is_refused(folder):
    path = folder / "registry.csv"
    text = path.read_text(encoding="utf-8").replace("MIT", "", 1)
    write(path, text + "icd10/gone.csv,gone,icd10,a,1,MIT,1,1,0,2026-01-01\n")
    message = message_of(folder)
    assert "licence of icd10/diabetes.csv is empty" in message
    assert "registry.csv, row 5: icd10/gone.csv does not exist" in message


def test_write_registry_keeps_what_a_person_stated(folder):
    before = pl.read_csv(folder / "registry.csv", infer_schema=False)
    write(folder / "icd10" / "diabetes.csv", HEADER + "E10,,a list,yes\nE11,,a list,no\n")
    write_registry(folder)
    after = pl.read_csv(folder / "registry.csv", infer_schema=False)
    stated = ["path", "source", "version", "licence", "reviewed_date"]
    assert after.select(stated).equals(before.select(stated))
    assert after.row(0, named=True)["codes"] == "2"
    assert after.row(0, named=True)["verified_codes"] == "1"
    load_codelists(folder)


def test_write_registry_changes_no_byte_of_the_shipped_registry(tmp_path):
    copy = tmp_path / "codelists"
    shutil.copytree(CODELISTS, copy)
    write_registry(copy)
    assert (copy / "registry.csv").read_bytes() == (CODELISTS / "registry.csv").read_bytes().replace(b"\r\n", b"\n")


def test_all_problems_are_said_at_once(folder):
    write(folder / "conditions.toml", CONDITION.replace('rule = "ever"', 'rule = "sometimes"'))
    write(folder / "icd10" / "diabetes.csv", HEADER + "E11.9,,a list,yes\n")
    (folder / "care_processes.toml").unlink()
    message = message_of(folder)
    for part in ("'sometimes'", "'E11.9' has a dot", "care_processes.toml: the file is missing", "checksum"):
        assert part in message


def test_a_file_that_is_not_utf8_is_named(folder):
    (folder / "icd10" / "diabetes.csv").write_bytes(HEADER.encode() + b"E11,M\xe9niere,a list,yes\n")
    assert "not UTF-8 at byte" in message_of(folder)


def test_wrong_columns_are_named(folder):
    write(folder / "icd10" / "diabetes.csv", "code,term\nE11,\n")
    assert "icd10/diabetes.csv: columns are ['code', 'term'], expected" in message_of(folder)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("diabetes,DM,101,all,0,yes,,QOF", "published_percent must be 0 to 100"),
        ("diabetes,DM,many,all,0,yes,,QOF", "published_percent must be 0 to 100"),
        ("diabetes,DM,7,all,0,perhaps,,QOF", "comparable is 'perhaps'"),
        ("gout,G,1,all,0,yes,,QOF\ngout,G,1,all,0,yes,,QOF", "row 3: 'gout' stands twice"),
    ],
)
def test_a_faulty_published_figure_is_named(tmp_path, line, said):
    header = "condition,register,published_percent,denominator,minimum_age_years,comparable,note,source\n"
    write(tmp_path / "qof_published.csv", header + line + "\n")
    with pytest.raises(CodelistError, match=said):
        load_qof_published(tmp_path)


@pytest.mark.parametrize(
    ("identifier", "is_valid"),
    [
        ("73211009", True),
        ("73211008", False),
        ("73210109", False),  # two digits changed places
        ("871731000000106", True),
        ("1079381000000109", True),
        ("1079381000000100", False),
    ],
)
def test_snomed_check_digit(identifier, is_valid):
    assert has_valid_check_digit(identifier) is is_valid
