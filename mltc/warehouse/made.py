"""What each table was made from, so that what has not changed is not made again: `meta.made`.

The fingerprint of a table that a SQL model builds is of the model's text, of the values that it binds, of the engine's
version, and of the fingerprints of all that it reads. That of any other table, and of staging, is of its rows: a file
that was sent again, packed otherwise but with the same rows, leads to nothing new.
"""

import hashlib
import json
from collections.abc import Mapping
from functools import cache
from importlib.metadata import version
from typing import TYPE_CHECKING

import polars as pl

from mltc.warehouse.protocol import Parameter

if TYPE_CHECKING:
    from mltc.warehouse.protocol import Warehouse

MADE = "meta.made"
_SCHEMA = {"table_name": pl.String, "fingerprint": pl.String}


def combine(*parts: object) -> str:
    """SHA-256, hexadecimal, of plain values, in order."""
    return hashlib.sha256(json.dumps(parts, default=str).encode("utf-8")).hexdigest()


@cache
def engine_version() -> str:
    """Another version of the engine may order, round or hash otherwise."""
    return version("duckdb")


class Made:
    """Fingerprints of the tables of one open warehouse. What changes a table makes its warehouse `forget` it."""

    def __init__(self, warehouse: "Warehouse") -> None:
        self._warehouse = warehouse
        self._known: dict[str, str] | None = None
        self._forgotten: set[str] = set()
        self._is_changed = False

    def find(self, name: str) -> str | None:
        """The fingerprint on record; None where there is none, as after any change of the table."""
        return self._load().get(name)

    def read(self, name: str) -> str:
        """The fingerprint of a table or view: that on record or, without one, of its rows, which goes on record.

        A table that is not there has one too, so that its coming is a change.
        """
        return self.find(name) or self.note(name, measure_rows(self._warehouse, name))

    def note(self, name: str, fingerprint: str) -> str:
        """Put a fingerprint on record; the fingerprint."""
        self._load()[name] = fingerprint
        self._is_changed = True
        return fingerprint

    def forget(self, name: str) -> None:
        """Take the fingerprint of a table off record, since its rows may be others now."""
        if self._known is None:
            self._forgotten.add(name)
        elif self._known.pop(name, None):
            self._is_changed = True

    def of_model(self, sql: str, reads: frozenset[str], bound: Mapping[str, Parameter]) -> str:
        """What a SQL model would be made from if it were built now."""
        values = {name: value.hex() if isinstance(value, bytes) else value for name, value in sorted(bound.items())}
        return combine(engine_version(), sql, values, {name: self.read(name) for name in sorted(reads)})

    def save(self) -> None:
        """Write what has changed to the warehouse; does nothing where nobody has asked for a fingerprint yet."""
        if self._forgotten and self._warehouse.columns(MADE):
            self._load()
        if self._is_changed and self._known is not None:
            rows = sorted(self._known.items())
            self._warehouse.write(MADE, pl.DataFrame(rows, schema=_SCHEMA, orient="row"))
            self._is_changed = False

    def _load(self) -> dict[str, str]:
        if self._known is None:
            has_any = bool(self._warehouse.columns(MADE))
            rows = self._warehouse.read(f"select table_name, fingerprint from {MADE}").rows() if has_any else []
            self._known = {name: fingerprint for name, fingerprint in rows if name not in self._forgotten}
            self._is_changed = len(self._known) < len(rows)
            self._forgotten.clear()
        return self._known


def measure_rows(warehouse: "Warehouse", name: str) -> str:
    """Fingerprint of columns and rows, whatever the order of the rows."""
    columns = warehouse.columns(name)
    if not columns:
        return "absent"
    found = warehouse.read(
        "select count(*) as row_count, cast(sum(cast(hash(whole_row) as hugeint)) as varchar) as total, "
        f"bit_xor(hash(whole_row)) as parity from {name} as whole_row"
    )
    return combine(engine_version(), columns, found.row(0))
