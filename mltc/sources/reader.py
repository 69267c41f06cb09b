"""The reading expression for one file, and the columns that it holds."""

from pathlib import Path

from mltc.dialect import ReadOptions
from mltc.errors import ExtractError
from mltc.sources.header import check_names
from mltc.sources.inspect import FileFacts
from mltc.warehouse import EngineError, Warehouse

CSV_ENDINGS = (".csv", ".csv.gz", ".txt", ".txt.gz", ".tsv", ".tsv.gz")
PARQUET_ENDINGS = (".parquet",)
ROW_NUMBER = "_source_row"
# Names that the reader gives to columns of its own.
RESERVED = (ROW_NUMBER, "_file_position", "file_row_number")


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

    `path` is the file that `facts` are of, or its plain copy. `names` are the columns of a file without a header.
    Rows carry their number from 1 as `_source_row`. Raises ExtractError for a file type that is neither, and where
    a column is there twice.
    """
    if path.name.lower().endswith(PARQUET_ENDINGS):
        # The engine numbers rows of Parquet by itself, which keeps reading parallel.
        reader = f"read_parquet({quote_text(_literal(path))}, file_row_number = true, hive_partitioning = false)"
        own = f"columns(lambda name: lower(name) not in ({', '.join(map(quote_text, RESERVED))}))"
        return f"(select file_row_number + 1 as {ROW_NUMBER}, {own} from {reader})"
    if not is_csv(path):
        endings = ", ".join(CSV_ENDINGS + PARQUET_ENDINGS)
        raise ExtractError(f"{path.name} is of an unknown type: an extract file ends in one of {endings}.")
    listed = names or facts.header.names
    check_names(path.name, listed)
    settings = {
        "all_varchar": "true",
        "header": "false" if names else "true",
        "auto_detect": "false",
        "delim": quote_text(facts.header.delimiter),
        "quote": quote_text(options.quote),
        "escape": quote_text(options.quote),
        "encoding": quote_text("utf-8"),
        "compression": quote_text("gzip" if facts.is_packed else "none"),
        # A folder called code=9 would otherwise overwrite the column `code`.
        "hive_partitioning": "false",
        "columns": "{" + ", ".join(f"{quote_text(_unreserved(name))}: 'VARCHAR'" for name in listed) + "}",
    }
    given = ", ".join(f"{key} = {value}" for key, value in settings.items())
    return f"(select row_number() over () as {ROW_NUMBER}, * from read_csv({quote_text(_literal(path))}, {given}))"


def read_columns(warehouse: Warehouse, path: Path, facts: FileFacts, reader: str) -> dict[str, str]:
    """Column names and engine types of the file.

    Raises ExtractError for a file that has no header or is not what its name says.
    """
    try:
        types = warehouse.describe_files(reader)
    except EngineError:
        how = f"encoding {facts.encoding} and delimiter {facts.header.delimiter!r}" if is_csv(path) else "Parquet"
        raise ExtractError(
            f"{path.name} cannot be read as {how}: it may be cut short or of another type. Ask the sender for it again."
        ) from None
    return {name: kind for name, kind in types.items() if name != ROW_NUMBER}


def _unreserved(name: str) -> str:
    return f"{name} of the file" if name.casefold() in RESERVED else name


def _literal(path: Path) -> str:
    """Path with the glob characters of the engine made literal: a folder may be called `[2026]`."""
    text = path.as_posix()
    return "".join(f"[{character}]" if character in "*?[" else character for character in text)
