"""Extracts that were cut, emptied, swapped or are still being written: an error that names the file, or no row lost.

tests/property/test_fuzz_extracts.py mutates files at random; here are the accidents that every delivery may meet, on
files that are larger than any buffer.
"""

import gzip
import io
import threading
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from mltc.config import load_config
from mltc.errors import ExtractError
from mltc.sources import load_extract
from mltc.warehouse import open_warehouse

CONFIG = """
[icb]
name = "A"
code = "QAA"
synthetic = true
[run]
index_date = 2026-10-01
[lawful]
opt_outs_applied_upstream = "by the sender"
[source.person]
path = "person.csv"
[source.gp_event]
path = "{path}"
"""
ROWS = 60_000
CANARY = "canary"


def make_frame() -> pl.DataFrame:
    numbers = pl.Series(range(ROWS))
    return pl.DataFrame(
        {
            "person_id": [f"{CANARY}{number:07}" for number in numbers],
            "event_date": ["2026-01-01"] * ROWS,
            "code": ["73211009"] * ROWS,
            "code_system": ["snomed"] * ROWS,
            "value": [None] * ROWS,
            "value_unit": [None] * ROWS,
            "episodicity": [None] * ROWS,
            "recorded_date": ["2026-01-02"] * ROWS,
        }
    )


@pytest.fixture(scope="module")
def contents() -> dict[str, bytes]:
    """The same rows as CSV, packed CSV and Parquet."""
    parquet = io.BytesIO()
    make_frame().write_parquet(parquet, row_group_size=10_000)
    csv = make_frame().write_csv().encode()
    return {"csv": csv, "csv.gz": gzip.compress(csv, mtime=0), "parquet": parquet.getvalue()}


def load(folder: Path, path: str) -> int:
    """Rows in the file, by the account of what was loaded."""
    (folder / "c.toml").write_text(CONFIG.format(path=path), encoding="utf-8")
    config = load_config(folder / "c.toml")
    with open_warehouse(folder / "warehouse.duckdb") as warehouse:
        [file] = load_extract(warehouse, config, "gp_event", folder / "landing")
        assert file.rows == warehouse.read("select count(*) from raw.gp_event").item()
    return file.rows


def check_refused(folder: Path, path: str) -> str:
    with pytest.raises(ExtractError) as told:
        load(folder, path)
    message = str(told.value)
    assert path in message
    assert CANARY not in message
    assert "\n" not in message
    return message


CUTS: dict[str, Callable[[bytes], bytes]] = {
    "nothing": lambda content: b"",
    "first byte": lambda content: content[:1],
    "first half": lambda content: content[: len(content) // 2],
    "all but the last byte": lambda content: content[:-1],
    "all but the last eight": lambda content: content[:-8],
    "second half": lambda content: content[len(content) // 2 :],
    "middle zeroed": lambda content: (
        content[: len(content) // 3] + b"\0" * 5_000 + content[len(content) // 3 + 5_000 :]
    ),
    "middle missing": lambda content: content[: len(content) // 3] + content[len(content) // 2 :],
    "twice": lambda content: content + content[: len(content) // 2],
    "another file": lambda content: b"<html><body>404 Not Found</body></html>\n",
}


@pytest.mark.parametrize("cut", CUTS)
def test_parquet(tmp_path, contents, cut):
    """Parquet keeps its index at the end, and a checksum of nothing: what still reads must have every row."""
    (tmp_path / "e.parquet").write_bytes(CUTS[cut](contents["parquet"]))
    if cut == "middle zeroed":
        try:
            assert load(tmp_path, "e.parquet") == ROWS
        except ExtractError as error:
            assert "e.parquet" in str(error)
            assert CANARY not in str(error)
        return
    assert "Ask the sender" in check_refused(tmp_path, "e.parquet")


@pytest.mark.parametrize("cut", [cut for cut in CUTS if cut != "another file"])
def test_packed_csv(tmp_path, contents, cut):
    """A packed file has a checksum of its contents: any damage shows."""
    (tmp_path / "e.csv.gz").write_bytes(CUTS[cut](contents["csv.gz"]))
    check_refused(tmp_path, "e.csv.gz")


def test_csv_cut_in_the_middle_of_a_line(tmp_path, contents):
    """The row that is cut cannot be told from a short one by its bytes: it is refused, and the line is named."""
    line = contents["csv"][: len(contents["csv"]) // 2]
    cut = line[: line.rfind(b"\n") + 12]
    (tmp_path / "e.csv").write_bytes(cut)
    told = check_refused(tmp_path, "e.csv")
    assert "fields" in told


def test_csv_cut_within_the_last_cell_keeps_every_row(tmp_path, contents):
    """All cells are there, the last one short: the row is kept, and the gate looks at its values."""
    (tmp_path / "e.csv").write_bytes(contents["csv"][:-4])
    assert load(tmp_path, "e.csv") == ROWS


def test_csv_cut_within_quotes(tmp_path, contents):
    quoted = make_frame().write_csv(quote_style="always").encode()
    (tmp_path / "e.csv").write_bytes(quoted[: quoted.rfind(CANARY.encode()) + 3])
    check_refused(tmp_path, "e.csv")


def test_csv_that_is_empty_or_something_else(tmp_path):
    for content in (b"", b"\n", b"\0" * 5_000, b"<html><body>404 Not Found</body></html>\n", b"%PDF-1.7\n"):
        (tmp_path / "e.csv").write_bytes(content)
        check_refused(tmp_path, "e.csv")


def test_a_file_that_is_gone_or_a_folder(tmp_path):
    check_refused(tmp_path, "e.csv")
    (tmp_path / "e.csv").mkdir()
    check_refused(tmp_path, "e.csv")


@pytest.mark.parametrize("kind", ["grows", "is replaced", "is emptied"])
def test_a_file_that_changes_while_it_is_read(tmp_path, contents, kind):
    """As long as the sender writes, nothing that was read is to be trusted."""
    path, stop = tmp_path / "e.csv", threading.Event()
    path.write_bytes(contents["csv"])
    last_row = contents["csv"].splitlines(keepends=True)[-1]

    def write() -> None:
        while not stop.wait(0.002):
            if kind == "grows":
                with path.open("ab") as file:
                    file.write(last_row)
            elif kind == "is replaced":
                beside = path.with_suffix(".new")
                beside.write_bytes(contents["csv"])
                beside.replace(path)
            else:
                path.write_bytes(b"")

    writer = threading.Thread(target=write)
    writer.start()
    try:
        check_refused(tmp_path, "e.csv")
    finally:
        stop.set()
        writer.join()


def test_a_file_that_has_settled_is_read(tmp_path, contents):
    for name in contents:
        (tmp_path / f"e.{name}").write_bytes(contents[name])
        assert load(tmp_path, f"e.{name}") == ROWS
