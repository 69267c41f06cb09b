"""A value in words that a clinician would accept: what is there, what is not, and what is not known."""

import re

import polars as pl
import pytest

from flows.steps.risk_reason import list_words
from mltc.risk_catalogue import load_features
from models.risk_words import say_values

FEATURES = load_features()
JARGON = re.compile(r"\b(log|odds|index date|percentile|coefficient|feature|flag|null|nan)\b|[{}_]", re.IGNORECASE)


def say(feature: str, value: float | None) -> str:
    values = pl.DataFrame({"feature": [feature], "value": [value]}, schema={"feature": pl.String, "value": pl.Float64})
    return say_values(values, list_words(FEATURES))["words"].item()


@pytest.mark.parametrize(
    ("feature", "value", "words"),
    [
        ("unplanned_admission_count_12m", 3, "3 unplanned admissions in the last 12 months"),
        ("unplanned_admission_count_12m", 1, "1 unplanned admission in the last 12 months"),
        ("unplanned_admission_count_12m", 0, "no unplanned admission in the last 12 months"),
        ("unplanned_admission_count_12m", None, "unplanned admissions not known"),
        ("outpatient_attended_count_12m", 0, "no outpatient appointment in the last 12 months"),
        ("age_years", 84, "age 84"),
        ("age_years", 1, "age 1"),
        ("has_chronic_kidney_disease", 1, "chronic kidney disease recorded"),
        ("has_chronic_kidney_disease", 0, "no chronic kidney disease recorded"),
        ("has_chronic_kidney_disease", None, "chronic kidney disease not known"),
        ("has_parkinsons_disease", 1, "Parkinson's disease recorded"),
        ("has_hiv_aids", 1, "HIV/AIDS recorded"),
        ("is_female", 0, "male"),
        ("latest_egfr", 52.04, "latest eGFR 52 mL/min/1.73m2"),
        ("latest_bmi", 31.26, "latest body mass index 31.3 kg/m2"),  # to one decimal
        ("efi", 6 / 36, "electronic Frailty Index 0.17"),
        ("usual_provider_index_12m", 1.0, "100 % of contacts with a GP in the last 12 months with the usual one"),
        ("registered_years", 0.98, "registered with the practice for less than a year"),
        ("registered_years", 1.98, "registered with the practice for 1 year"),
        ("registered_years", 12.5, "registered with the practice for 12 years"),
        ("mltc_years", None, "no multiple long-term conditions known"),
        ("latest_bmi_months", 0, "body mass index last measured within the last month"),
        ("emergency_attendance_trend", 1.0, "as many emergency department attendances in the last 12 months as in the "
         "12 months before"),
        ("emergency_attendance_trend", 0.5, "fewer emergency department attendances in the last 12 months than in the "
         "12 months before"),
        ("emergency_attendance_trend", 3.0, "more emergency department attendances in the last 12 months than in the "
         "12 months before"),
    ],
)  # fmt: skip
def test_a_value_in_words(feature, value, words):
    assert say(feature, value) == words


def test_every_feature_says_something_readable_of_every_value():
    values = pl.DataFrame({"value": [None, 0.0, 0.4, 1.0, 2.0, 17.25]}, schema={"value": pl.Float64})
    keys = pl.DataFrame({"feature": [each.key for each in FEATURES], "shape": [each.shape for each in FEATURES]})
    all_of_them = keys.join(values, how="cross")
    possible = (pl.col("shape") != "flag") | pl.col("value").is_in([0.0, 1.0]) | pl.col("value").is_null()
    said = say_values(all_of_them.filter(possible).select("feature", "value"), list_words(FEATURES))
    assert said["words"].null_count() == 0
    strange = [words for words in said["words"] if JARGON.search(words) or len(words) > 120 or words != words.strip()]
    assert strange == []
    unknown = said.filter(pl.col("value").is_null())["words"]
    assert all("known" in words for words in unknown)


def test_a_feature_without_words_has_none_and_order_is_kept():
    values = pl.DataFrame({"feature": ["strange", "age_years", "strange"], "value": [1.0, 2.0, None]})
    assert say_values(values, list_words(FEATURES))["words"].to_list() == [None, "age 2", None]
