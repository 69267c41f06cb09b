"""Published code lists are read as their publishers write them. The files here are small, their headers real.

Headers: NHS England PCD reference set portal and TRUD (GPData_Cluster_refset), OpenCodelists downloads, the export of
the HDR UK Phenotype Library, OHDSI ATLAS and WebAPI. mltc.codelist_import says where each can be seen.
"""

import json
from pathlib import Path

import pytest

from mltc.codelist_import import read_published
from mltc.codelist_import.codes import check_codes
from mltc.codelist_import.published import PublishedCode, PublishedList, ReadRequest
from mltc.errors import CodelistError

PORTAL = "Cluster_ID\tCluster_Description\tSNOMED_code\tSNOMED_code_description\tPCD_Refset_ID\tService_and_Ruleset\n"
PORTAL_ROWS = (
    "AST_COD\tAsthma diagnosis codes\t195967001\tAsthma\t999012891000230104\tQOF - AST\n"
    "AST_COD\tAsthma diagnosis codes\t195967001\tAsthma\t999012891000230104\tNCD\n"
    'AST_COD\tAsthma diagnosis codes\t304527002\t"Acute" asthma, worse\t999012891000230104\tQOF - AST\n'
    "DM_COD\tDiabetes codes\t73211009\tDiabetes mellitus\t999004691000230108\tQOF - DM\n"
)
TRUD = (
    "Cluster_Category,Cluster_ID,Cluster_Desc,Active_in_Refset,Refset_Status_Date,RefsetId,Refset_Description,"
    "ConceptId,ConceptId_Description,Active_Code_Status,Type_of_Inclusion\n"
    "Respiratory,AST_COD,Asthma,1,20200812,999012891000230104,Asthma refset,195967001,Asthma,1,PC refset\n"
    "Respiratory,AST_COD,Asthma,0,20210127,999012891000230104,Asthma refset,31387002,Exercise asthma,1,PC refset\n"
    "Respiratory,AST_COD,Asthma,1,20200812,999012891000230104,Asthma refset,12428000,Intrinsic\xa0asthma,0,PC refset\n"
)
HDRUK = (
    "code,description,coding_system,concept_id,concept_version_id,concept_name,phenotype_id,phenotype_version_id,"
    "phenotype_name,code_attributes\n"
    "195967001,Asthma,SNOMED  CT codes,C715,2553,Asthma - primary,PH25,50,Asthma,\n"
    "J45,Asthma,ICD10 codes,C716,2555,Asthma - secondary,PH25,50,Asthma,\n"
    "H33..00,Asthma,Read codes v2,C717,2557,Asthma - Read,PH25,50,Asthma,\n"
)
ATLAS = (
    "Concept Set ID,Name,Concept ID,Concept Code,Concept Name,Domain,Vocabulary,Standard Concept,Exclude,"
    "Descendants,Mapped\n"
    "7,Asthma,317009,195967001,Asthma,Condition,SNOMED,S,FALSE,FALSE,FALSE\n"
    "7,Asthma,257581,31387002,Exercise-induced asthma,Condition,SNOMED,S,TRUE,FALSE,FALSE\n"
)


def place(tmp_path: Path, name: str, text: str, encoding: str = "utf-8") -> Path:
    path = tmp_path / name
    path.write_bytes(text.encode(encoding))
    return path


def concept(number: int, code: str, vocabulary: str = "SNOMED", **flags: bool) -> dict[str, object]:
    """One item as ATLAS exports it."""
    return {
        "concept": {
            "CONCEPT_ID": number,
            "CONCEPT_CODE": code,
            "CONCEPT_NAME": f"Concept {number}",
            "VOCABULARY_ID": vocabulary,
            "STANDARD_CONCEPT": "S",
            "INVALID_REASON": "V",
        },
        "isExcluded": False,
        "includeDescendants": False,
        "includeMapped": False,
        **flags,
    }


def write_set(tmp_path: Path, *items: dict[str, object]) -> Path:
    return place(tmp_path, "asthma.json", json.dumps({"items": list(items)}))


def codes_of(kind: str, file: Path, **given: object) -> list[str]:
    return [member.code for member in read_published(kind, ReadRequest(file, **given)).codes]  # type: ignore[arg-type]


def refusal(kind: str, file: Path, **given: object) -> str:
    with pytest.raises(CodelistError) as error:
        read_published(kind, ReadRequest(file, **given))  # type: ignore[arg-type]
    return str(error.value)


# NHS England PCD


def test_a_cluster_of_the_portal_file_with_refset_and_release_date(tmp_path):
    found = read_published(
        "pcd", ReadRequest(place(tmp_path, "20250521_PCD_Refset_Content_V2.txt", PORTAL + PORTAL_ROWS), "ast_cod")
    )
    assert [(member.place, member.code) for member in found.codes] == [
        ("row 2", "195967001"),
        ("row 3", "195967001"),  # once for each ruleset; repeats are dropped later
        ("row 4", "304527002"),
    ]
    assert found.code_system == "snomed"
    assert found.identity == "AST_COD (refset 999012891000230104)"
    assert found.version == "20250521"


def test_retired_members_of_the_trud_file_are_left_out_and_inactive_concepts_kept(tmp_path):
    file = place(tmp_path, "GPData_Cluster_refset_1000230_20260401.csv", TRUD, "cp1252")
    found = read_published("pcd", ReadRequest(file))  # one cluster, so none need be named
    assert [member.code for member in found.codes] == ["195967001", "12428000"]
    assert found.notes == ("1 rows are retired from AST_COD (Active_in_Refset) and left out.",)


def test_an_unknown_cluster_is_refused_with_the_nearest(tmp_path):
    message = refusal("pcd", place(tmp_path, "pcd.txt", PORTAL + PORTAL_ROWS), part="AST_CODE")
    assert message == "pcd.txt has no cluster 'AST_CODE'; it holds 2, the nearest are AST_COD."


def test_a_cluster_must_be_named_where_there_are_several(tmp_path):
    assert "holds 2 of cluster (AST_COD, DM_COD): say which with --cluster" in refusal(
        "pcd", place(tmp_path, "pcd.txt", PORTAL + PORTAL_ROWS)
    )


def test_another_word_for_active_is_refused_with_its_row(tmp_path):
    message = refusal("pcd", place(tmp_path, "pcd.csv", TRUD.replace("Asthma,0,", "Asthma,perhaps,")))
    assert message == "pcd.csv, row 3: Active_in_Refset is 'perhaps', allowed are 1 and 0."


def test_a_file_of_another_kind_is_refused_with_its_columns(tmp_path):
    message = refusal("pcd", place(tmp_path, "pcd.csv", "code,term\n195967001,Asthma\n"))
    assert message.startswith("pcd.csv has no column for the cluster id (looked for Cluster_ID); it has code, term.")


def test_a_workbook_is_read_and_its_rounded_numbers_are_found(tmp_path):
    from openpyxl import Workbook

    book = Workbook()
    book.active.append(["Cluster_ID", "SNOMED_code", "SNOMED_code_description"])
    book.active.append(["AST_COD", "1239511000000100", "kept as text"])
    book.active.append(["AST_COD", 1239511000000109.0, "a number"])
    book.active.append(["AST_COD", 195967001, "a short number is safe"])
    book.save(tmp_path / "pcd.xlsx")
    found = read_published("pcd", ReadRequest(tmp_path / "pcd.xlsx"))
    with pytest.raises(CodelistError) as error:
        check_codes("pcd.xlsx", found)
    assert "1 of 3 codes of pcd.xlsx are refused" in str(error.value)
    assert "row 3: '1239511000000109' fails its check digit" in str(error.value)


# OpenCodelists


@pytest.mark.parametrize(
    ("header", "row", "system", "code"),
    [
        ("code,term", "195967001,Asthma", "snomed", "195967001"),
        ("code,term", "J45.0,Asthma", "icd10", "J45.0"),
        ("SNOMEDCode,name", "195967001,Asthma", "snomed", "195967001"),
        ("icd10_code,term", "J450,Asthma", "icd10", "J450"),
        ("id,name", "195967001,Asthma", "snomed", "195967001"),
        # the two downloads of a dm+d list, with and without the code column
        ("code,term,dmd_id", "10514511000001106,Adrenaline,10514511000001106", "dmd", "10514511000001106"),
        ("dmd_type,dmd_id,dmd_name,bnf_code", "VMP,10514511000001106,Adrenaline,0301012A0AAABAB", None, ""),
    ],
)
def test_columns_of_opencodelists(tmp_path, header, row, system, code):
    file = place(tmp_path, "opensafely-asthma-2a3b4c5d.csv", f"{header}\n{row}\n")
    if system is None:  # two systems in one file: it must be said which
        assert "columns of several code systems (bnf, dmd): say --system" in refusal("opencodelists", file)
        assert codes_of("opencodelists", file, code_system="dmd") == ["10514511000001106"]
        return
    found = read_published("opencodelists", ReadRequest(file))
    assert (found.code_system, found.codes[0].code, found.version) == (system, code, "2a3b4c5d")


def test_a_list_of_read_codes_is_refused(tmp_path):
    file = place(tmp_path, "asthma.csv", "CTV3ID,CTV3PreferredTermDesc\nH33..,Asthma\n")
    assert refusal("opencodelists", file) == ("asthma.csv is a list of CTV3 codes; a list holds SNOMED CT or ICD-10.")


def test_columns_that_are_not_taken_over_are_told(tmp_path):
    file = place(tmp_path, "asthma.csv", "code,term,category\n195967001,Asthma,1\n")
    found = read_published("opencodelists", ReadRequest(file))
    assert found.notes == ("Not used: column category. Every row counts.",)


# HDR UK


def test_one_system_of_a_phenotype(tmp_path):
    file = place(tmp_path, "phenotype_PH25_ver_50_concepts.csv", HDRUK)
    found = read_published("hdruk", ReadRequest(file, code_system="icd10"))
    assert [member.code for member in found.codes] == ["J45"]
    assert (found.identity, found.version) == ("phenotype PH25", "50")
    assert found.notes == ("2 codes of other systems are left out.",)


def test_a_mixture_of_systems_is_refused_with_the_counts(tmp_path):
    message = refusal("hdruk", place(tmp_path, "ph25.csv", HDRUK))
    assert "mixes code systems (ICD10 codes: 1, Read codes v2: 1, SNOMED CT codes: 1)" in message
    assert "Say which with --system (icd10, snomed)" in message


def test_one_concept_of_a_phenotype_by_its_id(tmp_path):
    file = place(tmp_path, "ph25.csv", HDRUK)
    found = read_published("hdruk", ReadRequest(file, "c715"))
    assert ([member.code for member in found.codes], found.identity, found.version) == (
        ["195967001"],
        "concept C715",
        "2553",
    )


def test_a_system_that_no_list_can_hold_is_refused(tmp_path):
    message = refusal("hdruk", place(tmp_path, "ph25.csv", HDRUK), part="C717")
    assert "has no codes of a system that a list can hold (Read codes v2: 1)" in message


# OMOP


def test_excluded_concepts_are_taken_away(tmp_path):
    file = write_set(tmp_path, concept(1, "195967001"), concept(2, "31387002"), concept(2, "31387002", isExcluded=True))
    found = read_published("omop", ReadRequest(file))
    assert [member.code for member in found.codes] == ["195967001"]
    assert found.notes == ("1 excluded concepts are honoured.",)


def test_descendants_without_a_vocabulary_are_refused_with_the_count(tmp_path):
    file = write_set(
        tmp_path,
        concept(1, "195967001", includeDescendants=True),
        concept(2, "31387002", includeDescendants=True, isExcluded=True),
        concept(3, "12428000"),
    )
    assert refusal("omop", file).startswith(
        "asthma.json: 2 of 3 items ask for descendants, 1 to exclude, which only the vocabulary knows."
    )
    found = read_published("omop", ReadRequest(file, without_descendants=True))
    assert [member.code for member in found.codes] == ["195967001", "12428000"]
    assert "2 of 3 items ask for descendants, 1 to exclude: given up" in found.notes[0]


@pytest.fixture
def vocabulary(tmp_path):
    """Concept 1 is above 2, 3 and the retired 4; 3 is above 5. ICD-10 J45 (concept 10) maps to 1, J46 (11) to 3."""
    folder = tmp_path / "vocabulary"
    folder.mkdir()
    place(
        folder,
        "CONCEPT.csv",
        "concept_id\tconcept_name\tdomain_id\tvocabulary_id\tconcept_class_id\tstandard_concept\tconcept_code\t"
        "valid_start_date\tvalid_end_date\tinvalid_reason\n"
        + "".join(
            f"{number}\tName {number}\tCondition\t{system}\tFinding\tS\t{code}\t20200101\t20991231\t{invalid}\n"
            for number, system, code, invalid in (
                (1, "SNOMED", "195967001", ""),
                (2, "SNOMED", "31387002", ""),
                (3, "SNOMED", "304527002", ""),
                (4, "SNOMED", "12428000", "D"),
                (5, "SNOMED", "409663006", ""),
                (10, "ICD10", "J45", ""),
                (11, "ICD10", "J46", ""),
            )
        ),
    )
    pairs = ((1, 1), (1, 2), (1, 3), (1, 4), (1, 5), (3, 3), (3, 5))
    place(
        folder,
        "CONCEPT_ANCESTOR.csv",
        "ancestor_concept_id\tdescendant_concept_id\tmin_levels_of_separation\tmax_levels_of_separation\n"
        + "".join(f"{above}\t{below}\t1\t1\n" for above, below in pairs),
    )
    place(
        folder,
        "CONCEPT_RELATIONSHIP.csv",
        "concept_id_1\tconcept_id_2\trelationship_id\tvalid_start_date\tvalid_end_date\tinvalid_reason\n"
        "10\t1\tMaps to\t20200101\t20991231\t\n"
        "11\t3\tMaps to\t20200101\t20991231\t\n"
        "10\t5\tMaps to\t20200101\t20991231\tD\n"
        "1\t10\tMapped from\t20200101\t20991231\t\n",
    )
    return folder


def test_descendants_are_taken_from_the_vocabulary_and_excluded_with_their_own(tmp_path, vocabulary):
    file = write_set(
        tmp_path,
        concept(1, "195967001", includeDescendants=True),
        concept(3, "304527002", includeDescendants=True, isExcluded=True),
    )
    # 1 and below: 1, 2, 3, 5 (4 is retired); without 3 and below: 3, 5
    assert codes_of("omop", file, vocabulary=vocabulary) == ["195967001", "31387002"]


def test_mapped_codes_are_those_of_the_concept_and_of_its_descendants(tmp_path, vocabulary):
    file = write_set(tmp_path, concept(1, "195967001", includeDescendants=True, includeMapped=True))
    assert codes_of("omop", file, vocabulary=vocabulary, code_system="icd10") == ["J45", "J46"]
    alone = write_set(tmp_path, concept(1, "195967001", includeMapped=True))
    assert codes_of("omop", alone, vocabulary=vocabulary, code_system="icd10") == ["J45"]


def test_a_folder_that_is_no_vocabulary_is_refused(tmp_path):
    file = write_set(tmp_path, concept(1, "195967001", includeDescendants=True))
    assert "has no CONCEPT_ANCESTOR.csv" in refusal("omop", file, vocabulary=tmp_path)


def test_the_csv_export_and_the_resolved_one(tmp_path):
    assert codes_of("omop", place(tmp_path, "conceptSetExpression.csv", ATLAS)) == ["195967001"]
    resolved = "\n".join(",".join(line.split(",")[:8]) for line in ATLAS.splitlines())
    assert codes_of("omop", place(tmp_path, "includedConcepts.csv", resolved)) == ["195967001", "31387002"]


def test_a_set_within_a_cohort_definition_is_chosen_by_name(tmp_path):
    sets = [
        {"id": 0, "name": name, "expression": {"items": [concept(1, code)]}}
        for name, code in (("Asthma", "195967001"), ("Diabetes", "73211009"))
    ]
    file = place(tmp_path, "cohort.json", json.dumps({"ConceptSets": sets, "PrimaryCriteria": {}}))
    assert codes_of("omop", file, part="diabetes") == ["73211009"]
    assert "holds 2 of concept set (Asthma, Diabetes)" in refusal("omop", file)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("{", "is not JSON"),
        ('{"name": "x"}', "has no `items`"),
        ('{"items": [{"concept": {"CONCEPT_ID": 1}}]}', "item 1: CONCEPT_CODE, VOCABULARY_ID is missing"),
    ],
)
def test_json_that_is_no_concept_set(tmp_path, text, told):
    assert told in refusal("omop", place(tmp_path, "x.json", text))


def test_american_icd10_is_refused(tmp_path):
    assert "(ICD10CM: 1)" in refusal("omop", write_set(tmp_path, concept(1, "J45.909", "ICD10CM")))


# Codes


@pytest.mark.parametrize(
    ("system", "code", "told"),
    [
        ("snomed", "1.23951E+15", "is in scientific notation"),
        ("snomed", "195967001.0", "was written as a decimal number"),
        ("snomed", "999012131000230000", "fails its check digit, a spreadsheet has rounded it"),
        ("snomed", "195967002", "fails its check digit, it is mistyped or cut"),
        ("snomed", "H33..", "is no SNOMED CT code; a list holds codes of one system"),
        ("snomed", "301485011", "is the id of a description or relationship"),
        ("snomed", "", "the code is empty"),
        ("icd10", "J45-J46", "is a range"),
        ("icd10", "E10 to E14", "is a range"),
        ("icd10", "I20\u2013I25", "is a range"),
        ("icd10", "195967001", "is no ICD-10 code"),
        ("bnf", "3.2", "is no BNF code"),
    ],
)
def test_codes_that_cannot_be_believed(system, code, told):
    published = PublishedList(system, (PublishedCode("row 9", code, ""),), "a test")
    with pytest.raises(CodelistError) as error:
        check_codes("x.csv", published)
    assert "row 9: " in str(error.value)
    assert told in str(error.value)


@pytest.mark.parametrize(
    ("code", "ours"),
    [("J45.0", "J450"), ("i10X", "I10"), ("G63.2*", "G632"), ("E10.-", "E10"), ("A17.0\u2020", "A170")],
)
def test_icd10_in_its_many_spellings(code, ours):
    published = PublishedList("icd10", (PublishedCode("row 2", code, ""),), "a test")
    assert [member.code for member in check_codes("x.csv", published)] == [ours]


def test_every_faulty_row_is_named_and_a_flood_is_cut(tmp_path):
    rows = tuple(PublishedCode(f"row {n}", "195967002", "") for n in range(2, 27))
    with pytest.raises(CodelistError) as error:
        check_codes("x.csv", PublishedList("snomed", rows, "a test"))
    assert str(error.value).startswith("25 of 25 codes of x.csv are refused")
    assert "row 21:" in str(error.value)  # 20 of them: rows 2 to 21
    assert str(error.value).endswith("and 5 more")


# Files


def test_text_in_utf16_and_with_a_mark_is_read(tmp_path):
    assert codes_of("opencodelists", place(tmp_path, "a.csv", "\ufeffcode,term\n195967001,Asthma\n")) == ["195967001"]
    text = "code\tterm\n195967001\tAsthma\n"
    assert codes_of("opencodelists", place(tmp_path, "b.txt", text, "utf-16")) == ["195967001"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "x.csv is empty"),
        ("code,term\n", "x.csv: no value has the form of a SNOMED CT or ICD-10 code"),
        ("code,term\n195967001,Asthma, severe\n", "x.csv, row 2: 3 values under 2 columns"),
    ],
)
def test_files_that_are_no_list(tmp_path, text, told):
    assert told in refusal("opencodelists", place(tmp_path, "x.csv", text))


def test_a_missing_file_is_told(tmp_path):
    assert "There is no file" in refusal("omop", tmp_path / "x.json")
    assert "There is no file" in refusal("pcd", tmp_path / "x.csv")
