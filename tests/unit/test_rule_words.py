"""Rules in words: one sentence for every option of a clause, and for every way of putting clauses together."""

from datetime import date

import pytest

from mltc.codelists import load_codelists
from mltc.codelists.records import Clause, Condition
from mltc.codelists.rule_words import describe_clause, describe_names, describe_rule

CLAUSES = [
    ({"codes": "asthma"}, "any asthma code ever"),
    ({"codes": ["asthma", "copd"]}, "any asthma or COPD code ever"),
    (
        {"codes": ["stroke", "transient_ischaemic_attack", "tia"]},
        "any stroke, transient ischaemic attack or TIA code ever",
    ),
    ({"codes": "depression", "months": 1}, "any depression code in the last month"),
    ({"codes": "depression", "months": 24}, "any depression code in the last 24 months"),
    ({"codes": "solid_organ_cancer", "months": 60}, "any solid organ cancer code in the last 5 years"),
    ({"codes": "depression", "since": date(2006, 4, 1)}, "any depression code from 1 April 2006 on"),
    ({"codes": "asthma", "unresolved": True}, "any asthma code ever, not resolved since"),
    (
        {"codes": "depression", "since": date(2006, 4, 1), "unresolved": True},
        "any depression code from 1 April 2006 on, not resolved since",
    ),
    (
        {"codes": "cancer", "new_within_months": 60},
        "any cancer code ever, the first of all within the last 5 years",
    ),
    ({"codes": "gout", "at_least": 2}, "at least 2 gout codes ever"),
    ({"drugs": "asthma", "months": 12}, "any asthma medicine in the last 12 months"),
    ({"drugs": "lithium", "months": 6}, "any lithium medicine in the last 6 months"),
    ({"drugs": "laxatives", "months": 12, "at_least": 4}, "at least 4 laxative prescriptions in the last 12 months"),
    ({"drugs": ["ssri", "antidepressants"]}, "any SSRI or antidepressant medicine ever"),
    ({"measure": "egfr", "below": 60}, "any eGFR value below 60 ever"),
    ({"measure": "bmi", "from": 30, "months": 12}, "any BMI value of 30 or more in the last 12 months"),
    ({"measure": "egfr", "from": 30, "below": 60}, "any eGFR value of 30 or more and below 60 ever"),
    ({"measure": "hba1c", "above": 47.5, "up_to": 100}, "any HbA1c value above 47.5 and 100 or less ever"),
    (
        {"measure": "egfr", "below": 60, "times": 2, "days_apart": 90},
        "at least 2 eGFR values below 60 ever, the first and the last at least 90 days apart",
    ),
    ({"measure": "egfr", "below": 60, "latest": 1}, "the latest eGFR value below 60"),
    ({"measure": "egfr", "below": 60, "latest": 2}, "each of the latest 2 eGFR values below 60"),
    (
        {"measure": "egfr", "below": 60, "latest": 2, "months": 24},
        "each of the latest 2 eGFR values below 60, looking back 24 months",
    ),
    ({"score": "hfrs", "from": 15}, "Hospital Frailty Risk Score of 15 or more"),
    ({"score": "hfrs", "from": 5, "up_to": 15}, "Hospital Frailty Risk Score of 5 or more and 15 or less"),
    ({"codes": "epilepsy", "without": True}, "no epilepsy code ever"),
    ({"drugs": "statins", "months": 12, "without": True}, "no statin medicine in the last 12 months"),
    ({"codes": "gout", "at_least": 2, "without": True}, "not at least 2 gout codes ever"),
    (
        {"codes": "diabetes", "unresolved": True, "without": True},
        "no diabetes code ever that has not been resolved since",
    ),
    ({"measure": "egfr", "below": 60, "without": True}, "no eGFR value below 60 ever"),
    ({"measure": "egfr", "below": 60, "latest": 2, "without": True}, "not each of the latest 2 eGFR values below 60"),
    ({"score": "hfrs", "above": 15, "without": True}, "not Hospital Frailty Risk Score above 15"),
]


def draw_condition(rule: list[list[dict[str, object]]], **facts: object) -> Condition:
    return Condition.model_validate(
        {
            "key": "asthma",
            "name": "Asthma",
            "body_system": "respiratory",
            "kind": "physical",
            "definitions": ["qof"],
            "rule": rule,
            "source": "a paper",
            "verified": True,
            **facts,
        }
    )


@pytest.mark.parametrize(("given", "words"), CLAUSES, ids=[words for _, words in CLAUSES])
def test_every_option_of_a_clause(given: dict[str, object], words: str) -> None:
    assert describe_clause(Clause.model_validate(given)) == words


@pytest.mark.parametrize(
    ("rule", "facts", "words"),
    [
        ([[{"codes": "stroke"}]], {}, "Any stroke code ever"),
        (
            [[{"codes": "asthma"}, {"drugs": "asthma", "months": 12}]],
            {"minimum_age_years": 6},
            "Any asthma code ever, and any asthma medicine in the last 12 months; from age 6",
        ),
        (
            [[{"codes": "depression", "months": 12}], [{"drugs": "antidepressants", "at_least": 4, "months": 12}]],
            {"minimum_age_years": 18},
            "Any depression code in the last 12 months; or at least 4 antidepressant prescriptions in the last 12 "
            "months; in every case from age 18",
        ),
        (
            [[{"drugs": "gabapentinoids", "at_least": 4, "months": 12}, {"codes": "epilepsy", "without": True}]],
            {},
            "At least 4 gabapentinoid prescriptions in the last 12 months, and no epilepsy code ever",
        ),
    ],
)
def test_a_rule_is_one_sentence(rule: list[list[dict[str, object]]], facts: dict[str, object], words: str) -> None:
    assert describe_rule(draw_condition(rule, **facts)) == words


def test_names_are_written_as_they_are_said() -> None:
    assert describe_names(["parkinsons_disease", "menieres_disease"]) == "Parkinson's disease or Ménière's disease"
    assert describe_names(["hiv_aids"]) == "HIV or AIDS"


def test_every_shipped_condition_has_a_sentence_of_its_own_rule() -> None:
    codelists = load_codelists()
    assert codelists.conditions["rule_words"].null_count() == 0
    for condition in codelists.parsed:
        words = describe_rule(condition)
        assert words[0].isupper() or words[0].isdigit() or words.startswith("eGFR"), condition.key
        assert "_" not in words and "None" not in words, condition.key
        assert words.count("; or ") == len(condition.rule) - 1, condition.key
