"""Stored models come back the same, and nothing else comes back."""

import datetime as dt
import io
import json
import zipfile
from collections import Counter

import numpy as np
import pytest
import skops.io

from models.clusters import PatternClusters
from models.count_model import COUNT_KINDS, CountModel
from models.errors import StoredModelError
from models.registry import (
    compute_feature_checksum,
    dump_model,
    find_manifest_differences,
    load_model,
    training_manifest,
)
from models.risk_model import KINDS, RiskModel

MATRIX = np.random.default_rng(0).normal(size=(300, 4))
OUTCOME = (MATRIX[:, 0] + np.random.default_rng(1).normal(size=300) > 1).astype(int)


def fit_risk(kind):
    return RiskModel(kind, spline_columns=(0,)).fit(MATRIX, OUTCOME).fit_refits(MATRIX, OUTCOME, 2)


def fit_clusters():
    model = PatternClusters(2, 3, start_count=2, bootstrap_replicates=0, min_entropy=0.0, random_state=0)
    return model.fit(draw_conditions())


def draw_conditions():
    return (np.random.default_rng(2).random((400, 8)) < 0.4).astype(int)


@pytest.mark.parametrize("kind", KINDS)
def test_a_risk_model_comes_back_the_same(kind):
    model = fit_risk(kind)
    loaded = load_model(dump_model(model))
    assert loaded.predict_proba(MATRIX).tobytes() == model.predict_proba(MATRIX).tobytes()
    assert np.array_equal(loaded.predict_interval(MATRIX), model.predict_interval(MATRIX))
    assert np.array_equal(loaded.compute_contributions(MATRIX), model.compute_contributions(MATRIX))


@pytest.mark.parametrize("kind", COUNT_KINDS)
def test_a_count_model_comes_back_the_same(kind):
    counts = np.random.default_rng(4).poisson(np.exp(MATRIX[:, 1]))
    model = CountModel(kind).fit(MATRIX, counts).fit_refits(MATRIX, counts, 2)
    content = dump_model(model)
    loaded = load_model(content)
    assert loaded.predict(MATRIX).tobytes() == model.predict(MATRIX).tobytes()
    assert np.array_equal(loaded.predict_interval(MATRIX), model.predict_interval(MATRIX))
    assert dump_model(loaded) == dump_model(load_model(content))


def test_a_model_of_another_version_is_refused_in_words(monkeypatch):
    content = dump_model(fit_risk("boosting"))
    monkeypatch.setattr("models.risk_core.BoostedCore.__setstate__", lambda _self, state: state["leaves"])
    with pytest.raises(StoredModelError, match="another version of mltc"):
        load_model(content)


def test_clusters_come_back_the_same():
    model = fit_clusters()
    loaded = load_model(dump_model(model))
    assert loaded.selection_ == model.selection_
    assert loaded.predict_proba(draw_conditions()).tobytes() == model.predict_proba(draw_conditions()).tobytes()


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_model_gives_the_same_bytes(kind):
    first = dump_model(fit_risk(kind))
    assert dump_model(fit_risk(kind)) == first
    with zipfile.ZipFile(io.BytesIO(first)) as archive:
        assert {each.date_time for each in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_other_types_are_refused_by_name():
    with pytest.raises(StoredModelError, match=r"not allowed: collections\.Counter"):
        load_model(skops.io.dumps({"model": Counter("aab")}))


def test_a_file_that_is_no_model_is_refused():
    for content in (b"", b"not a zip file"):
        with pytest.raises(StoredModelError, match="expected a skops file"):
            load_model(content)


def draw_manifest(model_bytes=b"model"):
    return training_manifest(
        model_key="elastic_net",
        model_name="Logistic regression on all features",
        outcome="unplanned_admission",
        feature_names=["age_years", "is_male"],
        codelist_version="abc123",
        training_date=dt.date(2024, 10, 1),
        validation_date=None,
        horizon_months=12,
        person_count=12347,
        event_count=1002,
        seed=7,
        model_bytes=model_bytes,
        decisions={"selection": "simplest"},
    )


def test_manifest_is_plain_and_the_same_every_time():
    manifest = draw_manifest()
    assert manifest == draw_manifest()
    assert json.loads(json.dumps(manifest)) == manifest
    assert manifest["training_date"] == "2024-10-01"
    assert manifest["validation_date"] is None
    assert {"python", "scikit-learn", "skops"} <= manifest["library_versions"].keys()
    # printf '%s' '["age_years", "is_male"]' | sha256sum
    assert manifest["feature_checksum"] == "490ec3b66965ec4e465ffaa9491d3f08c781d4a28799881874be2bee40b9f297"
    assert manifest["feature_checksum"] != compute_feature_checksum(("is_male", "age_years"))


@pytest.mark.parametrize(
    ("features", "codelists", "content", "words"),
    [
        (["age_years", "is_male"], "abc123", b"model", []),
        (["age_years", "bmi"], "abc123", b"model", ["absent: is_male; not known to the model: bmi"]),
        (["is_male", "age_years"], "abc123", b"model", ["order counts"]),
        (["age_years", "is_male"], "def456", b"other", ["trained on abc123, found def456", "checksum"]),
    ],
)
def test_a_scoring_run_learns_what_differs(features, codelists, content, words):
    found = find_manifest_differences(
        draw_manifest(), feature_names=features, codelist_version=codelists, model_bytes=content
    )
    assert len(found) == len(words)
    for sentence, word in zip(found, words, strict=True):
        assert word in sentence
