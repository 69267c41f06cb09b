"""A changed secret is noticed, and its fingerprint does not give it away."""

import polars as pl
import pytest

from mltc.errors import ConfigError
from mltc.pseudonym import check_secret_unchanged, fingerprint_secret, pad_secret


def test_changed_secret_is_refused_unless_rotation_is_asked_for(warehouse):
    warehouse.write("meta.secret_fingerprint", pl.DataFrame({"fingerprint": [fingerprint_secret("first secret")]}))
    check_secret_unchanged(warehouse, "first secret", rotate=False)
    with pytest.raises(ConfigError, match="--rotate-secret"):
        check_secret_unchanged(warehouse, "second secret", rotate=False)
    check_secret_unchanged(warehouse, "second secret", rotate=True)


def test_first_run_has_nothing_to_compare(warehouse):
    check_secret_unchanged(warehouse, "any secret", rotate=False)


def test_fingerprint_is_short_stable_and_not_the_secret():
    assert fingerprint_secret("a secret") == fingerprint_secret("a secret") != fingerprint_secret("b secret")
    assert len(fingerprint_secret("a secret")) == 16


def test_pads_have_one_block_and_long_secrets_are_hashed_first():
    assert [len(pad) for pad in pad_secret("s" * 65).values()] == [64, 64]
    assert pad_secret("s" * 65) != pad_secret("s" * 66)
