"""What may leave a task: our own words, or the place of a fault without its message; and what is tried again."""

import traceback
from types import SimpleNamespace

import polars as pl
import pytest

from flows.privacy import UnexpectedError, without_contents
from mltc.errors import ExtractError, GateFailure


def test_our_own_errors_pass_as_they_are():
    with pytest.raises(GateFailure, match="two rows"), without_contents():
        raise GateFailure("two rows")


def test_our_own_errors_take_nothing_along():
    """Prefect logs what an error was raised from, and a library's message may quote a row."""
    with pytest.raises(GateFailure) as caught, without_contents():
        try:
            pl.Series(["CANARY9999"]).cast(pl.Int64)
        except pl.exceptions.PolarsError as error:
            assert "CANARY9999" in str(error)
            raise GateFailure("a column is no number") from error
    assert "CANARY9999" not in "".join(traceback.format_exception(caught.value))


def test_anything_else_loses_its_message_and_keeps_its_place():
    with pytest.raises(UnexpectedError) as caught, without_contents():
        raise ValueError("CANARY9999 is not a date")
    assert "CANARY9999" not in str(caught.value)
    assert "ValueError at tests/flows/test_privacy.py line" in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


@pytest.mark.parametrize(
    ("error", "expected"),
    [(UnexpectedError("a share was away"), True), (ExtractError("a column is missing"), False), (None, False)],
)
def test_only_trouble_outside_is_tried_again(error, expected):
    from flows.tasks import is_worth_retrying

    def result() -> None:
        if error:
            raise error

    assert is_worth_retrying(None, None, SimpleNamespace(result=result)) is expected
