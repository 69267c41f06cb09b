"""The reading expression for one file, and the columns that it holds."""

import csv
from pathlib import Path

from mltc.config import SourceSettings
from mltc.errors import ExtractError
from mltc.warehouse import EngineError, Warehouse

CSV_ENDINGS = (".csv", ".csv.gz", ".txt", ".txt.gz", ".tsv")
PARQUET_ENDINGS = (".parquet",)


def quote_text(text: str) -> str:
    """SQL text literal. For file names, formats and constants of the configuration, never for data."""
    return "'" + text.replace("'", "''") + "'"


def quote_name(name: str) -> str:
    """SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def build_reader(path: Path, source: SourceSettings) -> str:
    """Table expression that reads `path`: every CSV column as text, Parquet with its own types.

    Raises ExtractError for a file type that is neither.
    """
    name = path.name.lower()
    if name.endswith(PARQUET_ENDINGS):
        return f"read_parquet({quote_text(_literal(path))})"
    if name.endswith(CSV_ENDINGS):
        options = {
            "all_varchar": "true",
            "header": "true",
            "auto_detect": "false",
            "delim": quote_text(source.delimiter),
            "quote": quote_text('"'),
            "escape": quote_text('"'),
            "encoding": quote_text(source.encoding),
            "columns": _column_types(_read_header(path, source)),
        }
        listed = ", ".join(f"{key} = {value}" for key, value in options.items())
        return f"read_csv({quote_text(_literal(path))}, {listed})"
    endings = ", ".join(CSV_ENDINGS + PARQUET_ENDINGS)
    raise ExtractError(f"{path.name} is of an unknown type: an extract file ends in one of {endings}.")


def read_columns(warehouse: Warehouse, path: Path, source: SourceSettings, reader: str) -> dict[str, str]:
    """Column names and engine types of the file.

    Raises ExtractError for a file that has no header or is not what its name says.
    """
    try:
        return warehouse.describe_files(reader)
    except EngineError:
        how = f"encoding {source.encoding} and delimiter {source.delimiter!r}" if "csv" in reader[:8] else "Parquet"
        raise ExtractError(
            f"{path.name} cannot be read as {how}: it may be cut short or of another type. Ask the sender for it again."
        ) from None


def _read_header(path: Path, source: SourceSettings) -> list[str]:
    """Column names in the first line; the engine's own guess would take data for a header or join columns."""
    import gzip

    encoding = "utf-8-sig" if source.encoding == "utf-8" else source.encoding
    opener = gzip.open if path.name.lower().endswith(".gz") else open
    try:
        with opener(path, "rt", encoding=encoding, newline="") as lines:
            header = next(csv.reader(lines, delimiter=source.delimiter), [])
    except (UnicodeError, EOFError, gzip.BadGzipFile, csv.Error):
        raise ExtractError(
            f"{path.name} cannot be read with encoding {source.encoding}: set `encoding` of this source, "
            "or ask for the file again if it is damaged."
        ) from None
    except OSError as error:
        raise ExtractError(f"{path.name} cannot be opened ({type(error).__name__}).") from None
    names = [name.strip() for name in header]
    if not any(names):
        raise ExtractError(f"{path.name} is empty: it has no header line. Ask the sender for the file again.")
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        raise ExtractError(f"{path.name} has the column {repeated[0]} more than once in its header.")
    return [name or f"unnamed_{position}" for position, name in enumerate(names, start=1)]


def _column_types(names: list[str]) -> str:
    return "{" + ", ".join(f"{quote_text(name)}: 'VARCHAR'" for name in names) + "}"


def _literal(path: Path) -> str:
    """Path with the glob characters of the engine made literal: a folder may be called `[2026]`."""
    text = path.as_posix()
    return "".join(f"[{character}]" if character in "*?[" else character for character in text)
