"""Practice contacts as drawn sequences of clinicians, and the continuity of each person built from them."""

from collections.abc import Callable, Iterable
from datetime import date, timedelta

import polars as pl
from conftest import INDEX_DATE

from mltc.paths import CODELISTS

Build = Callable[..., pl.DataFrame]
CONTACT = {
    "row_id": pl.Int64,
    "person_id": pl.String,
    "consultation_date": pl.Date,
    "clinician_id": pl.String,
    "clinician_role": pl.String,
    "status": pl.String,
}


def read_codelist(name: str) -> pl.DataFrame:
    """A list of codelists/utilisation as the warehouse holds it: codes are text."""
    return pl.read_csv(CODELISTS / "utilisation" / f"{name}.csv", schema_overrides={"code": pl.String})


def draw_sequences(sequences: Iterable[str]) -> pl.DataFrame:
    """One attended GP contact a day per letter, the last one four days before the index date; the person is the text."""
    rows = [
        (sequence, INDEX_DATE - timedelta(days=3 + len(sequence) - place), letter)
        for sequence in sequences
        for place, letter in enumerate(sequence)
    ]
    return complete_contacts(pl.DataFrame(rows, ["person_id", "consultation_date", "clinician_id"], orient="row"))


def complete_contacts(drawn: pl.DataFrame) -> pl.DataFrame:
    """Contacts with numbered rows, attended and with a GP where they do not say otherwise."""
    given = {"clinician_role": "gp", "status": "attended"}
    missing = [pl.lit(value).alias(name) for name, value in given.items() if name not in drawn.columns]
    numbered = drawn.with_columns(missing)
    if "row_id" not in drawn.columns:
        numbered = numbered.with_columns(row_id=pl.int_range(1, pl.len() + 1))
    return numbered.select(pl.col(name).cast(kind) for name, kind in CONTACT.items())


def build_continuity(
    build: Build, contacts: pl.DataFrame, spine: pl.DataFrame, has_gp_consultation: bool = True
) -> pl.DataFrame:
    """utilisation.continuity of the persons and index dates of the spine."""
    roles = {"codelist.gp_role": read_codelist("gp_role")}
    build("utilisation.practice_contact", {"staging.gp_consultation": contacts, **roles, **with_dates(spine)})
    build("utilisation.continuity_count", {})
    feed = pl.DataFrame({"has_gp_consultation": [has_gp_consultation]})
    return build("utilisation.continuity", {"meta.feed": feed})


def with_dates(spine: pl.DataFrame) -> dict[str, pl.DataFrame]:
    """The spine and the index dates that it stands on, as inputs."""
    return {"register.spine": spine, "meta.index_date": spine.select("index_date").unique().sort("index_date")}


def draw_spine(persons: Iterable[str], *index_dates: date) -> pl.DataFrame:
    """A spine of the persons on each index date (the current one where none is given)."""
    rows = [(day, person) for day in index_dates or (INDEX_DATE,) for person in persons]
    return pl.DataFrame(rows, {"index_date": pl.Date, "person_id": pl.String}, orient="row")
