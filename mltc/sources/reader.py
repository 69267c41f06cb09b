"""The reading expression for one file, and the columns that it holds."""

import csv
import gzip
import io
from pathlib import Path

from mltc.dialect import ReadOptions
from mltc.errors import ExtractError
from mltc.sources.inspect import FileFacts
from mltc.warehouse import EngineError, Warehouse

CSV_ENDINGS = (".csv", ".csv.gz", ".txt", ".txt.gz", ".tsv", ".tsv.gz")
PARQUET_ENDINGS = (".parquet",)
ROW_NUMBER = "_source_row"


def quote_text(text: str) -> str:
    """SQL text literal. For file names, formats and constants of the configuration, never for data."""
    return "'" + text.replace("'", "''") + "'"


def quote_name(name: str) -> str:
    """SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def is_csv(path: Path) -> bool:
    """Whether the name says CSV."""
    return path.name.lower().endswith(CSV_ENDINGS)


def build_reader(path: Path, options: ReadOptions, facts: FileFacts, names: tuple[str, ...] = ()) -> str:
    """Table expression that reads `path`: every CSV column as text, Parquet with its own types.

    `names` are the columns of a file without a header. Rows carry their number from 1 as `_source_row`.
    Raises ExtractError for a file type that is neither.
    """
    if path.name.lower().endswith(PARQUET_ENDINGS):
        # The engine numbers rows of Parquet by itself, which keeps reading parallel.
        reader = f"read_parquet({quote_text(_literal(path))}, file_row_number = true)"
        return f"(select file_row_number + 1 as {ROW_NUMBER}, * exclude (file_row_number) from {reader})"
    if not is_csv(path):
        endings = ", ".join(CSV_ENDINGS + PARQUET_ENDINGS)
        raise ExtractError(f"{path.name} is of an unknown type: an extract file ends in one of {endings}.")
    listed = _checked_names(path, names) if names else _read_header(path, options, facts)
    settings = {
        "all_varchar": "true",
        "header": "false" if names else "true",
        "auto_detect": "false",
        "delim": quote_text(_delimiter(path, options)),
        "quote": quote_text('"'),
        "escape": quote_text('"'),
        "encoding": quote_text(facts.encoding),
        "columns": "{" + ", ".join(f"{quote_text(name)}: 'VARCHAR'" for name in listed) + "}",
    }
    if facts.has_short_totals:
        settings |= {"null_padding": "true", "parallel": "false"}
    given = ", ".join(f"{key} = {value}" for key, value in settings.items())
    return f"(select row_number() over () as {ROW_NUMBER}, * from read_csv({quote_text(_literal(path))}, {given}))"


def read_columns(
    warehouse: Warehouse, path: Path, options: ReadOptions, facts: FileFacts, reader: str
) -> dict[str, str]:
    """Column names and engine types of the file.

    Raises ExtractError for a file that has no header or is not what its name says.
    """
    try:
        types = warehouse.describe_files(reader)
    except EngineError:
        how = f"encoding {facts.encoding} and delimiter {options.delimiter!r}" if is_csv(path) else "Parquet"
        raise ExtractError(
            f"{path.name} cannot be read as {how}: it may be cut short or of another type. Ask the sender for it again."
        ) from None
    return {name: kind for name, kind in types.items() if name != ROW_NUMBER}


def _delimiter(path: Path, options: ReadOptions) -> str:
    is_tab = ".tsv" in path.name.lower() and options.delimiter == ","
    return "\t" if is_tab else options.delimiter


def _read_header(path: Path, options: ReadOptions, facts: FileFacts) -> list[str]:
    """Column names in the first line; the engine's own guess would take data for a header or join columns."""
    encoding = "utf-8-sig" if facts.encoding == "utf-8" else facts.encoding
    try:
        with path.open("rb") as plain:
            stream = gzip.GzipFile(fileobj=plain) if path.name.lower().endswith(".gz") else plain
            lines = io.TextIOWrapper(stream, encoding=encoding, newline="")
            header = next(csv.reader(lines, delimiter=_delimiter(path, options)), [])
    except (UnicodeError, EOFError, gzip.BadGzipFile, csv.Error):
        raise ExtractError(
            f"{path.name} cannot be read with encoding {facts.encoding}: set `encoding` of this source, "
            "or ask for the file again if it is damaged."
        ) from None
    except OSError as error:
        raise ExtractError(f"{path.name} cannot be opened ({type(error).__name__}).") from None
    names = [name.strip() for name in header]
    if not any(names):
        raise ExtractError(f"{path.name} is empty: it has no header line. Ask the sender for the file again.")
    return _checked_names(path, tuple(name or f"unnamed_{position}" for position, name in enumerate(names, start=1)))


def _checked_names(path: Path, names: tuple[str, ...]) -> list[str]:
    folded = [name.casefold() for name in names]
    repeated = sorted({name for name, fold in zip(names, folded, strict=True) if folded.count(fold) > 1})
    if repeated:
        raise ExtractError(f"{path.name} has the column {repeated[0]} more than once in its header.")
    return list(names)


def _literal(path: Path) -> str:
    """Path with the glob characters of the engine made literal: a folder may be called `[2026]`."""
    text = path.as_posix()
    return "".join(f"[{character}]" if character in "*?[" else character for character in text)
