"""Decisions that came back, kept in the work folder: `OUT/decisions/<practice>.parquet`, and carried into each run."""

from collections.abc import Mapping
from pathlib import Path

import polars as pl

from mltc.errors import ConfigError
from mltc.lists.returned import SCHEMA, Returned
from mltc.lists.write import DECISIONS, ISSUED, issued_file, to_parquet
from mltc.private_files import make_private_folder, write_private
from mltc.warehouse import Warehouse

ISSUED_SCHEMA = {"run": pl.String, "practice_code": pl.String, "mltc_id": pl.String}


def decisions_file(out: Path, practice: str) -> Path:
    """Where the decisions of a practice are kept."""
    return out / DECISIONS / f"{practice}.parquet"


def keep_decisions(out: Path, returned: Returned) -> bool:
    """Put the file's rows in place of those that the same people had in that run; whether anything changed.

    A person whose row is now empty has no decision any more. People of the run who are not in the file keep theirs,
    since a practice may have been given several lists.
    """
    path = decisions_file(out, returned.practice)
    before = read_frame(path, SCHEMA)
    is_replaced = (pl.col("run") == returned.run) & pl.col("mltc_id").is_in(list(returned.listed))
    after = pl.concat([before.filter(~is_replaced), returned.decisions]).sort("run", "mltc_id")
    if after.equals(before.sort("run", "mltc_id")):
        return False
    make_private_folder(out / DECISIONS)
    write_private(path, to_parquet(after))
    return True


def read_decisions(out: Path) -> pl.DataFrame:
    """All decisions of all practices and runs, with the columns of `returned.SCHEMA`."""
    frames = [read_frame(path, SCHEMA) for path in sorted((out / DECISIONS).glob("*.parquet"))]
    return pl.concat([pl.DataFrame(schema=SCHEMA), *frames])


def read_issued(out: Path) -> pl.DataFrame:
    """Everybody who was ever on a list: run, practice_code, mltc_id."""
    frames = [
        read_frame(path, {"mltc_id": pl.String}).select(
            run=pl.lit(path.parent.name), practice_code=pl.lit(path.stem), mltc_id="mltc_id"
        )
        for path in sorted((out / DECISIONS / ISSUED).glob("*/*.parquet"))
    ]
    return pl.concat([pl.DataFrame(schema=ISSUED_SCHEMA), *frames])


def find_issued(out: Path, run: str, practice: str) -> frozenset[str] | None:
    """Who was on a list of that run and practice; None where none was made."""
    path = issued_file(out, run, practice)
    return frozenset(read_frame(path, {"mltc_id": pl.String})["mltc_id"]) if path.exists() else None


def carry_decisions(warehouse: Warehouse, out: Path) -> int:
    """Write `meta.list_decision` for `planning.list_decision`; rows. Empty where nothing has come back."""
    return warehouse.write("meta.list_decision", read_decisions(out))


def read_frame(path: Path, schema: Mapping[str, pl.DataType | type[pl.DataType]]) -> pl.DataFrame:
    """A kept table; empty where there is none. Raises ConfigError where the file is not what we wrote."""
    if not path.exists():
        return pl.DataFrame(schema=schema)
    try:
        return pl.read_parquet(path).select(pl.col(name).cast(kind) for name, kind in schema.items())
    except (pl.exceptions.PolarsError, OSError):
        raise ConfigError(f"{path} cannot be read. Restore it from a backup, or read the lists again.") from None
