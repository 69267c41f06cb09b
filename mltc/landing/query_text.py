"""The SQL of a request: a file that an analyst wrote, or every column of one relation."""

import re
from collections.abc import Callable
from pathlib import Path

from mltc.config import DatabaseSettings
from mltc.errors import ConfigError
from mltc.landing.database_url import is_postgres, read_database_url
from mltc.landing.query import QueryRequest


def read_query_request(
    database: str,
    settings: DatabaseSettings,
    key: str,
    query_file: Path,
    read_block: Callable[[str], str] | None = None,
) -> QueryRequest:
    """Request for the one `select` in `query_file` (UTF-8).

    Raises ConfigError where the file is missing, not UTF-8 or holds no query.
    """
    try:
        text = query_file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(
            f"The query file {query_file} for {key} cannot be read ({type(error).__name__}): it must be UTF-8 text "
            "with one select."
        ) from None
    sql = strip_end(text)
    if not re.sub(r"--[^\n]*|/\*.*?\*/", "", sql, flags=re.DOTALL).strip():
        raise ConfigError(f"The query file {query_file} for {key} holds no query. Write one select into it.")
    url = read_database_url(database, settings, read_block)
    return QueryRequest(database, settings, url, key, sql, query_file.name)


def build_relation_request(
    database: str,
    settings: DatabaseSettings,
    key: str,
    relation: str,
    read_block: Callable[[str], str] | None = None,
) -> QueryRequest:
    """Request for all of a table or view: `relation` of the database's schema, or `schema.relation`."""
    url = read_database_url(database, settings, read_block)
    schema, _, table = relation.rpartition(".")
    schema = schema or settings.schema_name or ("public" if is_postgres(url) else "")
    quoted = ".".join(_quote(url.get_secret_value(), part) for part in (*schema.split("."), table) if part)
    return QueryRequest(database, settings, url, key, f"select * from {quoted}", relation)


def strip_end(text: str) -> str:
    """Text without what ends it: blank lines, semicolons, line comments. A query may be wrapped in another."""
    lines = text.rstrip().splitlines()
    while lines:
        last = lines[-1].rstrip().rstrip(";").rstrip()
        if last and not last.lstrip().startswith("--"):
            return "\n".join([*lines[:-1], last])
        lines.pop()
    return ""


def _quote(url: str, name: str) -> str:
    """Identifier in the quotes of the database."""
    scheme = url.split("://", 1)[0].split("+", 1)[0].lower()
    opening, closing = {"mssql": ("[", "]"), "mysql": ("`", "`"), "mariadb": ("`", "`")}.get(scheme, ('"', '"'))
    return f"{opening}{name.replace(closing, closing * 2)}{closing}"
