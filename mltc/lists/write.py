"""Lists as files: `OUT/lists/<run>/<practice>.csv`, beside the release and never under it, and who is on them."""

import io
import shutil
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import polars as pl

from mltc.audit import AuditEvent, record_event
from mltc.disclosure.written import FORMULA_STARTS
from mltc.lists.last_run import LastRun
from mltc.lists.layout import COLUMNS, FILLED_IN
from mltc.lists.people import ListedPeople, Selection
from mltc.lists.read_me import NAME, write_read_me
from mltc.private_files import make_private_folder, swap_folder, write_private

ISSUED = "issued"
DECISIONS = "decisions"


@dataclass(frozen=True)
class WrittenLists:
    """folder: where the lists are. people: how many stand on the list of each practice. refused: as `ListedPeople`."""

    folder: Path
    people: Mapping[str, int]
    refused: Mapping[str, str]


def write_lists(
    out: Path, run: LastRun, listed: ListedPeople, selection: Selection, innovations: Mapping[str, str]
) -> WrittenLists:
    """Write a file for each practice that has anyone, and put the folder in place whole.

    A list of one practice leaves those of the others as they were. `innovations`: names by key, for the README.
    """
    place = out / "lists" / run.name
    make_private_folder(place.parent)
    built = place.parent / f".{run.name}.building"
    shutil.rmtree(built, ignore_errors=True)
    make_private_folder(built)
    counts: dict[str, int] = {}
    try:
        if selection.practice is not None and place.exists():
            _keep_others(place, built, selection.practice)
        for (practice,), rows in listed.people.group_by("practice_code", maintain_order=True):
            code = str(practice)
            write_private(built / f"{code}.csv", render_list(rows))
            counts[code] = rows.height
        write_private(built / NAME, write_read_me(run, selection, innovations).encode("utf-8"))
        for code in counts:
            remember_issued(out, run.name, code, listed.people.filter(practice_code=code)["mltc_id"])
        _record(out, run, selection, counts)
        swap_folder(built, place)
    finally:
        shutil.rmtree(built, ignore_errors=True)
    return WrittenLists(place, counts, listed.refused)


def _record(out: Path, run: LastRun, selection: Selection, counts: Mapping[str, int]) -> None:
    """On record before anybody can open them: which practice is told of how many people."""
    record_event(
        out,
        AuditEvent(
            "lists_written",
            parameters=asdict(selection),
            counts={"lists": len(counts), "persons": sum(counts.values())},
            outputs=[f"lists/{run.name}/{code}.csv" for code in counts],
            re_identified=counts,
        ),
    )


def render_list(rows: pl.DataFrame) -> bytes:
    """CSV with a byte order mark, so that a spreadsheet reads it as UTF-8, and no cell that it would run."""
    filled = rows.with_columns(pl.lit("").alias(name) for name in FILLED_IN).select(COLUMNS)
    texts = filled.with_columns(pl.all().cast(pl.String).fill_null(""))
    safe = texts.with_columns(
        pl.when(pl.col(name).str.slice(0, 1).is_in(FORMULA_STARTS)).then("'" + pl.col(name)).otherwise(name).alias(name)
        for name in COLUMNS
    )
    return b"\xef\xbb\xbf" + safe.write_csv().encode("utf-8")


def issued_file(out: Path, run: str, practice: str) -> Path:
    """Where it is kept who was ever on a list of that run and practice."""
    return out / DECISIONS / ISSUED / run / f"{practice}.parquet"


def remember_issued(out: Path, run: str, practice: str, ids: pl.Series) -> None:
    """Add to who has been on a list of that run and practice: what comes back is held against it."""
    path = issued_file(out, run, practice)
    before = [pl.read_parquet(path)] if path.exists() else []
    everyone = pl.concat([*before, pl.DataFrame({"mltc_id": ids})]).unique().sort("mltc_id")
    make_private_folder(out / DECISIONS)
    make_private_folder(out / DECISIONS / ISSUED)
    write_private(path, to_parquet(everyone))


def to_parquet(frame: pl.DataFrame) -> bytes:
    """The bytes of a Parquet file."""
    buffer = io.BytesIO()
    frame.write_parquet(buffer)
    return buffer.getvalue()


def _keep_others(place: Path, built: Path, practice: str) -> None:
    for path in sorted(place.glob("*.csv")):
        if path.stem != practice:
            write_private(built / path.name, path.read_bytes())
