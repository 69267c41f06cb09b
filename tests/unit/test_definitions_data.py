"""The definitions as shipped hold what their papers name: every published name is counted, or said to be missing."""

import csv
import tomllib

import pytest

from mltc.codelists.records import Condition, Definition
from mltc.paths import CODELISTS

# Ho ISS et al. BMJ Medicine 2022;1:e000247, table 4: 24 conditions always to be counted, then 35 usually; in the
# order of the file, which is the bit order of the signature. The number is the window in months where there is one.
DELPHI: dict[str, int | None] = {
    "stroke": None,
    "coronary_artery_disease": None,
    "heart_failure": None,
    "peripheral_artery_disease": None,
    "diabetes": None,
    "addisons_disease": None,
    "cystic_fibrosis": None,
    "copd": None,
    "asthma": 24,
    "parkinsons_disease": None,
    "epilepsy": None,
    "multiple_sclerosis": None,
    "paralysis": None,
    "solid_organ_cancer": 60,
    "haematological_cancer": 60,
    "metastatic_cancer": None,
    "dementia": None,
    "schizophrenia": None,
    "connective_tissue_disease": None,
    "chronic_liver_disease": None,
    "inflammatory_bowel_disease": None,
    "chronic_kidney_disease": None,
    "end_stage_kidney_disease": None,
    "hiv_aids": None,
    "heart_valve_disorders": None,
    "arrhythmia": None,
    "venous_thromboembolism": None,
    "aneurysm": None,
    "hypertension": None,
    "thyroid_disorders": None,
    "bronchiectasis": None,
    "transient_ischaemic_attack": None,
    "peripheral_neuropathy": None,
    "chronic_primary_pain": None,
    "melanoma": 60,
    "benign_cerebral_tumours": None,
    "depression": 12,
    "anxiety": 12,
    "bipolar_disorder": None,
    "drug_alcohol_misuse": None,
    "eating_disorder": None,
    "autism": None,
    "ptsd": None,
    "osteoarthritis": None,
    "osteoporosis": None,
    "gout": None,
    "chronic_pancreatic_disease": None,
    "peptic_ulcer": None,
    "endometriosis": None,
    "chronic_urinary_tract_infection": 12,
    "anaemia": None,
    "vision_impairment": None,
    "hearing_impairment": None,
    "menieres_disease": None,
    "tuberculosis": 24,
    "post_acute_covid19": 24,
    "congenital_chromosomal": None,
}
DELPHI_MISSING = {"Long-term musculoskeletal problems due to injury", "Chronic Lyme disease", "Benign cerebral tumours"}

# Payne RA et al. CMAJ 2020;192:E107-14; names of the CPRD@Cambridge code lists v1.1. True: also in the 20.
CAMBRIDGE = {
    "Hypertension": ("hypertension", True),
    "Anxiety and/or depression": ("anxiety_depression", True),
    "Painful condition": ("painful_condition", True),
    "Hearing loss": ("hearing_impairment", True),
    "Irritable bowel syndrome": ("irritable_bowel_syndrome", True),
    "Asthma (currently treated)": ("asthma_treated", True),
    "Diabetes mellitus": ("diabetes", True),
    "Prostate disorders": ("prostate_disorders", False),
    "Thyroid disorders": ("thyroid_disorders", False),
    "Coronary heart disease": ("coronary_artery_disease", True),
    "Chronic kidney disease": ("chronic_kidney_disease_egfr", True),
    "Diverticular disease of intestine": ("diverticular_disease", False),
    "Chronic sinusitis": ("chronic_sinusitis", False),
    "Atrial fibrillation": ("atrial_fibrillation", True),
    "Constipation (treated)": ("constipation_treated", True),
    "Stroke and transient ischaemic attack": ("stroke_tia", True),
    "Chronic obstructive pulmonary disease": ("copd", True),
    "Rheumatoid arthritis, other inflammatory polyarthropathies and connective tissue disorders": (
        "connective_tissue_disease",
        True,
    ),
    "Cancer (new diagnosis in last five years)": ("cancer_new", True),
    "Peptic ulcer disease": ("peptic_ulcer", False),
    "Alcohol problems": ("alcohol_problems", True),
    "Psychoactive substance misuse (not alcohol)": ("substance_misuse", False),
    "Psoriasis or eczema (treated)": ("psoriasis_eczema_treated", False),
    "Blindness and low vision": ("vision_impairment", False),
    "Heart failure": ("heart_failure", True),
    "Dementia": ("dementia", True),
    "Schizophrenia, other psychosis, bipolar disorder": ("psychosis_bipolar", True),
    "Epilepsy (currently treated)": ("epilepsy_treated", True),
    "Inflammatory bowel disease": ("inflammatory_bowel_disease", False),
    "Peripheral vascular disease": ("peripheral_artery_disease", False),
    "Anorexia or bulimia": ("eating_disorder", False),
    "Chronic liver disease and viral hepatitis": ("chronic_liver_disease_viral_hepatitis", False),
    "Migraine (treated)": ("migraine_treated", False),
    "Learning disability": ("learning_disability", False),
    "Bronchiectasis": ("bronchiectasis", False),
    "Multiple sclerosis": ("multiple_sclerosis", False),
    "Parkinson's disease": ("parkinsons_disease", False),
}

# Barnett K et al. Lancet 2012;380:37-43.
BARNETT = {
    "Hypertension": "hypertension",
    "Depression": "depression_treated",
    "Painful condition": "painful_condition",
    "Asthma (currently treated)": "asthma_treated",
    "Coronary heart disease": "coronary_artery_disease",
    "Treated dyspepsia": "dyspepsia_treated",
    "Diabetes": "diabetes",
    "Thyroid disorders": "thyroid_disorders",
    "Rheumatoid arthritis, other inflammatory polyarthropathies and systemic connective tissue disorders": (
        "connective_tissue_disease"
    ),
    "Hearing loss": "hearing_impairment",
    "Chronic obstructive pulmonary disease": "copd",
    "Anxiety and other neurotic, stress-related and somatoform disorders": "anxiety_treated",
    "Irritable bowel syndrome": "irritable_bowel_syndrome",
    "New diagnosis of cancer in last 5 years": "cancer_new",
    "Alcohol problems": "alcohol_problems",
    "Other psychoactive substance misuse": "substance_misuse",
    "Treated constipation": "constipation_treated",
    "Stroke and transient ischaemic attack": "stroke_tia",
    "Chronic kidney disease": "chronic_kidney_disease_egfr",
    "Diverticular disease of intestine": "diverticular_disease",
    "Atrial fibrillation": "atrial_fibrillation",
    "Peripheral vascular disease": "peripheral_artery_disease",
    "Heart failure": "heart_failure",
    "Prostate disorders": "prostate_disorders",
    "Glaucoma": "glaucoma",
    "Epilepsy (currently treated)": "epilepsy_treated",
    "Dementia": "dementia",
    "Schizophrenia (and related non-organic psychosis) or bipolar disorder": "psychosis_bipolar",
    "Psoriasis or eczema": "psoriasis_eczema_treated",
    "Inflammatory bowel disease": "inflammatory_bowel_disease",
    "Migraine": "migraine_treated",
    "Blindness and low vision": "vision_impairment",
    "Chronic sinusitis": "chronic_sinusitis",
    "Learning disability": "learning_disability",
    "Anorexia or bulimia": "eating_disorder",
    "Bronchiectasis": "bronchiectasis",
    "Parkinson's disease": "parkinsons_disease",
    "Multiple sclerosis": "multiple_sclerosis",
    "Viral hepatitis": "viral_hepatitis",
    "Chronic liver disease": "chronic_liver_disease_not_viral",
}

# Registers of the QOF business rules v50 (NHS England) that are lists of people with a condition.
QOF = {
    "AF": "atrial_fibrillation_register",
    "AST": "asthma_register",
    "CAN": "cancer_register",
    "CHD": "coronary_artery_disease",
    "CKD": "chronic_kidney_disease_register",
    "COPD": "copd_register",
    "DEM": "dementia",
    "DEP": "depression_register",
    "DM": "diabetes_register",
    "EP": "epilepsy_register",
    "HF": "heart_failure_register",
    "HYP": "hypertension_register",
    "LD": "learning_disability",
    "MH": "mental_illness_register",
    "NDH": "non_diabetic_hyperglycaemia_register",
    "OB": "obesity_register",
    "OST": "osteoporosis_register",
    "PAD": "peripheral_artery_disease",
    "PC": "palliative_care_register",
    "RA": "rheumatoid_arthritis_register",
    "STIA": "stroke_tia",
}

# Flags in nhsengland/NHS-DPP-multiple-long-term-conditions-evaluation (MIT), script 19. None: missing.
NHSE: dict[str, str | None] = {
    "Alcohol dependence": "alcohol_dependence",
    "Asthma": "asthma",
    "Atrial fibrillation": "atrial_fibrillation",
    "Autism": "autism",
    "Bronchiectasis": "bronchiectasis",
    "Cancer": "cancer_new",
    "Cerebrovascular disease": "stroke_tia",
    "Chronic kidney disease": "chronic_kidney_disease_coded",
    "Chronic liver disease": "chronic_liver_disease",
    "Chronic pain": "chronic_pain",
    "COPD": "copd",
    "Coronary heart disease": "coronary_artery_disease",
    "Cystic fibrosis": "cystic_fibrosis",
    "Dementia": "dementia",
    "Depression": "depression",
    "Diabetes": "diabetes",
    "Epilepsy": "epilepsy",
    "Heart failure": "heart_failure",
    "High frailty risk (HFRS)": "frailty_high",
    "Hypertension": "hypertension",
    "Inflammatory bowel disease": "inflammatory_bowel_disease",
    "Intermediate frailty risk (HFRS)": "frailty_intermediate",
    "Learning disability": "learning_disability",
    "Multiple sclerosis": "multiple_sclerosis",
    "Osteoarthritis": "osteoarthritis",
    "Osteoporosis": "osteoporosis",
    "Parkinson's disease": "parkinsons_disease",
    "Peripheral vascular disease": "peripheral_artery_disease",
    "Physical disability": None,
    "Pulmonary heart disease": "pulmonary_heart_disease",
    "Rheumatoid arthritis": "rheumatoid_arthritis",
    "Sarcoidosis": "sarcoidosis",
    "Serious mental illness": "serious_mental_illness",
    "Severe interstitial lung disease": "interstitial_lung_disease",
    "Sickle cell disease": "sickle_cell_disease",
}


def read(name: str) -> list[dict[str, object]]:
    return tomllib.loads((CODELISTS / f"{name}s.toml").read_text(encoding="utf-8"))[name]


CONDITIONS = [Condition.model_validate(entry) for entry in read("condition")]
DEFINITIONS = {entry["key"]: Definition.model_validate(entry) for entry in read("definition")}
BY_KEY = {condition.key: condition for condition in CONDITIONS}
NAMED = sorted({(clause.kind, name) for c in CONDITIONS for clause in c.clauses for name in clause.evidence})
RESOLVED = sorted(
    {name for c in CONDITIONS for clause in c.clauses if clause.unresolved for name in clause.codes or ()}
)
FOLDERS = {"code": ("icd10", "snomed"), "drug": ("drugs",), "measure": ("measures",)}


def members(definition: str) -> set[str]:
    return {condition.key for condition in CONDITIONS if definition in condition.definitions}


def missing(definition: str) -> set[str]:
    return {entry.split(":")[0] for entry in DEFINITIONS[definition].missing}


def test_delphi_is_what_it_was():
    first = CONDITIONS[: len(DELPHI)]
    assert [condition.key for condition in first] == list(DELPHI)
    assert members("delphi-2022") == set(DELPHI)
    for condition in first:
        ((clause,),) = condition.rule
        assert clause.codes == (condition.key,)
        assert clause.model_dump(exclude_defaults=True, exclude={"codes"}) == (
            {"months": DELPHI[condition.key]} if DELPHI[condition.key] else {}
        )
    assert [c.key for c in first if c.minimum_age_years] == ["chronic_kidney_disease"]
    assert [c.key for c in first if not c.verified] == ["benign_cerebral_tumours"]
    # 59 names - 2 without a list; the third of the missing is listed and not counted
    assert len(DELPHI) == 59 - 2
    assert missing("delphi-2022") == DELPHI_MISSING
    assert sum(c.delphi_class == "always" for c in first) == 24
    assert not [c.key for c in CONDITIONS[len(DELPHI) :] if c.delphi_class]


@pytest.mark.parametrize(
    ("definition", "published", "count"),
    [
        ("cambridge-37", {name: key for name, (key, _) in CAMBRIDGE.items()}, 37),
        ("cambridge-20", {name: key for name, (key, short) in CAMBRIDGE.items() if short}, 20),
        ("barnett-40", BARNETT, 40),
        ("qof", QOF, 21),
        ("nhse-35", NHSE, 35),
    ],
)
def test_every_published_name_is_a_condition_or_missing(definition, published, count):
    assert len(published) == count
    assert members(definition) == {key for key in published.values() if key}
    assert missing(definition) == {name for name, key in published.items() if key is None}
    assert all(BY_KEY[key].verified for key in members(definition))


def test_every_definition_has_conditions_and_a_citation():
    assert {name for condition in CONDITIONS for name in condition.definitions} == set(DEFINITIONS)
    papers = set(DEFINITIONS) - {"qof"}
    assert {key for key in papers if "doi:10." in DEFINITIONS[key].citation} == papers


@pytest.mark.parametrize(("kind", "name"), [pair for pair in NAMED if pair[0] != "score"])
def test_every_list_group_and_measure_named_has_a_verified_code(kind, name):
    paths = [CODELISTS / folder / f"{name}.csv" for folder in FOLDERS[kind]]
    rows = [row for path in paths if path.exists() for row in csv.DictReader(path.open(encoding="utf-8"))]
    assert any(row["verified"] == "yes" for row in rows)


@pytest.mark.parametrize("name", RESOLVED)
def test_every_unresolved_diagnosis_has_codes_that_resolve_it(name):
    assert (CODELISTS / "resolved" / f"{name}.csv").exists()


def test_rules_that_the_business_rules_and_the_score_state_in_numbers():
    assert [BY_KEY[QOF[r]].minimum_age_years for r in ("AST", "CKD", "DEP", "DM", "EP", "OST", "RA", "HYP")] == [
        *(6, 18, 18, 17, 18, 50, 16),
        None,
    ]
    assert str(BY_KEY["depression_register"].rule[0][0].since) == "2006-04-01"
    assert str(BY_KEY["palliative_care_register"].rule[0][0].since) == "2008-04-01"
    assert BY_KEY["epilepsy_register"].rule[0][1].months == 6
    assert BY_KEY["cancer_new"].rule[0][0].new_within_months == 60
    ((egfr,),) = BY_KEY["chronic_kidney_disease_egfr"].rule
    assert (egfr.below, egfr.latest) == (60, 2)
    prescribed = [BY_KEY[key].rule[0][0] for key in ("constipation_treated", "migraine_treated", "dyspepsia_treated")]
    assert {(clause.at_least, clause.months) for clause in prescribed} == {(4, 12)}


def test_frailty_bands_touch_and_do_not_overlap():
    ((middle,),), ((high,),) = BY_KEY["frailty_intermediate"].rule, BY_KEY["frailty_high"].rule
    # below 5, 5 to 15, above 15: Gilbert T et al. Lancet 2018;391:1775
    assert (middle.from_, middle.up_to, high.above) == (5, 15, 15)


def test_viral_hepatitis_and_other_liver_disease_share_no_code():
    def verified(name: str) -> set[tuple[str, str]]:
        return {
            (folder, row["code"])
            for folder in FOLDERS["code"]
            for row in csv.DictReader((CODELISTS / folder / f"{name}.csv").open(encoding="utf-8"))
            if row["verified"] == "yes"
        }

    viral, other = verified("viral_hepatitis"), verified("chronic_liver_disease_without_viral_hepatitis")
    assert not viral & other
    assert verified("chronic_liver_disease") <= viral | other


def test_readme_has_a_row_for_every_condition_and_list():
    text = (CODELISTS / "README.md").read_text(encoding="utf-8")
    names = {condition.key for condition in CONDITIONS} | {name for kind, name in NAMED if kind == "code"}
    assert {name for name in names if f"\n| `{name}` | " not in text} == set()
    for definition in DEFINITIONS.values():
        assert all(f"| {definition.key} | {entry.split(':')[0]} |" in text for entry in definition.missing)
