"""One query of a database, landed as one Parquet file."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from pydantic import SecretStr

from mltc.checksums import hash_file
from mltc.config import DatabaseSettings
from mltc.landing.attempts import Attempts, keep_trying
from mltc.landing.database_url import is_postgres, source_address
from mltc.landing.landed import (
    Identity,
    LandedFile,
    find_landed,
    forget_landed,
    record_landed,
    written_beside,
)
from mltc.progress import tell


@dataclass(frozen=True)
class QueryRequest:
    """What to pull: `sql` on the database that the config calls `database`, landed as `<key>.parquet`.

    `origin` is the name of the query file or relation, for messages.
    """

    database: str
    settings: DatabaseSettings
    url: SecretStr
    key: str
    sql: str
    origin: str

    @property
    def name(self) -> str:
        """What messages call it."""
        return f"{self.database} query {self.key} ({self.origin})"

    @property
    def identity(self) -> Identity:
        """Hash of database and query text: a query that was edited is pulled again."""
        text = f"{source_address(self.url)}\n{self.sql}"
        return {"kind": "query", "sha256": hashlib.sha256(text.encode()).hexdigest()}

    @property
    def environment(self) -> str:
        """Where the URL comes from, for messages."""
        settings = self.settings
        return f"the block {settings.url_block}" if settings.url_block else f"the variable {settings.url_env}"


def land_query(request: QueryRequest, folder: Path, progress: Callable[[str], None] = tell) -> LandedFile:
    """Pull a query into `folder/<key>.parquet`, unless an earlier, broken run has done so already.

    Rows are streamed; text stays text; `numeric(p, s)` becomes a decimal and a numeric without limits text, so
    that no identifier passes through a float; uuid, json and what Parquet has no type for become text, bytea
    hexadecimal text; a timestamp with time zone stays one, in UTC; arrays become lists.
    Raises ExtractError naming database, table and remedy, never user, password, host or a value of a row.
    """
    path = folder / f"{request.key}.parquet"
    within = timedelta(hours=request.settings.resume_within_hours)
    landed = find_landed(path, request.key, request.name, request.identity, within)
    if landed is not None:
        progress(f"{request.name}: {landed.rows or 0:,} rows landed before")
        return landed
    progress(f"{request.name}: asking")
    attempts = Attempts(request.settings.retries, request.settings.retry_wait_seconds)
    rows = keep_trying(lambda: _pull(request, path, progress), request.name, attempts, progress)
    progress(f"{request.name}: {rows:,} rows landed")
    return record_landed(path, request.key, request.name, request.identity, rows, hash_file(path))


def _pull(request: QueryRequest, path: Path, progress: Callable[[str], None]) -> int:
    from mltc.landing.database_sql import pull_sql_database
    from mltc.landing.postgres import pull_postgres

    def tell_rows(rows: int) -> None:
        progress(f"{request.name}: {rows:,} rows")

    pull = pull_postgres if is_postgres(request.url) else pull_sql_database
    forget_landed(path)
    with written_beside(path, request.name) as part:
        return pull(request, part, tell_rows)
