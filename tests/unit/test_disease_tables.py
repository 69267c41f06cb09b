"""Diseases, their clinics, and the pairs that interact: the tables name what there is."""

import polars as pl
import pytest

from mltc.codelists import load_codelists
from mltc.reference import write_reference


@pytest.fixture(scope="module")
def codelists():
    return load_codelists()


def counted(codelists, name: str) -> pl.DataFrame:
    return codelists.tables[name].filter(verified="yes")


def test_a_condition_belongs_to_one_disease(codelists):
    table = counted(codelists, "disease_condition")
    assert table["condition"].is_unique().all()
    assert set(table["condition"]) <= set(codelists.conditions["key"])


def test_every_disease_that_is_named_has_conditions(codelists):
    diseases = set(counted(codelists, "disease_condition")["disease"])
    pairs = counted(codelists, "interacting_pair")
    for name in (
        counted(codelists, "disease_clinic")["disease"],
        pairs["first_disease"],
        pairs["second_disease"],
    ):
        assert set(name) <= diseases


def test_both_sides_of_a_pair_have_a_clinic_that_the_other_has_not(codelists):
    clinics = counted(codelists, "disease_clinic")
    codes = {disease: set(part["specialty_code"]) for (disease,), part in clinics.group_by("disease")}
    pairs = counted(codelists, "interacting_pair").select("first_disease", "second_disease").rows()
    assert len(pairs) == len({frozenset(pair) for pair in pairs})
    assert all(codes[first] - codes[second] and codes[second] - codes[first] for first, second in pairs)


def test_a_monitoring_test_has_a_list_of_measures_or_a_code(codelists):
    table = counted(codelists, "monitoring_test")
    assert table.select(pl.col("code").is_null() != pl.col("measure_list").is_null()).to_series().all()
    measures = codelists.verified_codes.filter(kind="measure")
    assert set(table["measure_list"].drop_nulls()) <= set(measures["key"])
    assert not set(table["code"].drop_nulls()) & set(measures["code"])  # a code stands in one place
    assert table["code"].drop_nulls().is_unique().all()


def test_the_codes_of_a_monitoring_test_are_those_of_its_lists_and_its_own(codelists, warehouse):
    write_reference(warehouse, codelists)
    found = warehouse.read("select analyte, code from codelist.monitoring_code")
    hba1c = set(found.filter(analyte="hba1c")["code"])
    assert {"999791000000106", "1003671000000109"} <= hba1c  # of the list of measures, and in either unit
    assert found["code"].is_unique().all()  # no code is two tests
    assert set(found["analyte"]) == set(counted(codelists, "monitoring_test")["analyte"])
