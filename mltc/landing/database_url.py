"""The URL of a database: from the environment or a secret block, and never in a message."""

import os
import re
from collections.abc import Callable
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit, urlunsplit

from pydantic import SecretStr

from mltc.config import DatabaseSettings
from mltc.errors import ConfigError

POSTGRES_SCHEMES = ("postgresql", "postgres")
# libpq parameters: a host that does not answer is given up after 15 s; a connection that a firewall dropped in the
# middle of a pull is noticed after about a minute and a half instead of hours.
POSTGRES_DEFAULTS = {
    "connect_timeout": "15",
    "keepalives_idle": "30",
    "keepalives_interval": "15",
    "keepalives_count": "4",
    "application_name": "mltc",
}


def read_database_url(
    name: str, settings: DatabaseSettings, read_block: Callable[[str], str] | None = None
) -> SecretStr:
    """URL of `[database.<name>]`. `read_block` gives the text of a secret block (flows read Prefect's).

    Raises ConfigError where it is not set, or is not a URL.
    """
    if settings.url_block:
        if read_block is None:
            raise ConfigError(
                f"[database.{name}] url_block names a Prefect block, which only a flow can read. Run `mltc run` or "
                "`mltc schedule`, or set url_env instead."
            )
        found, where = read_block(settings.url_block), f"The Prefect block {settings.url_block}"
    else:
        found, where = os.environ.get(settings.url_env or "", ""), f"The environment variable {settings.url_env}"
    example = (
        "postgresql://user:password@host:5432/database, with signs such as @ and / in the password written %40, %2F"
    )
    if not found.strip():
        raise ConfigError(
            f"{where}, which [database.{name}] names, is not set. It holds the database's URL: {example}."
        )
    if not re.match(r"^[A-Za-z][\w+.-]*://", found.strip()):
        raise ConfigError(f"{where}, which [database.{name}] names, does not hold a URL. Expected {example}.")
    return SecretStr(found.strip())


def is_postgres(url: SecretStr) -> bool:
    """Whether ADBC's PostgreSQL driver pulls from it; every other scheme goes through SQLAlchemy."""
    return url.get_secret_value().split("://", 1)[0].lower() in POSTGRES_SCHEMES


def add_postgres_defaults(url: SecretStr) -> str:
    """URL with time limits, unless it has its own."""
    parts = urlsplit(url.get_secret_value())
    given = dict(parse_qsl(parts.query, keep_blank_values=True))
    return urlunsplit(parts._replace(query=urlencode(POSTGRES_DEFAULTS | given)))


def source_address(url: SecretStr) -> str:
    """Scheme, host, port and path: tells two databases apart, and only ever goes into a hash."""
    text = url.get_secret_value().split("?", 1)[0]
    scheme, _, rest = text.partition("://")
    return f"{scheme}://{rest.rsplit('@', 1)[-1]}"


def hide_secrets(text: str, url: SecretStr) -> str:
    """`text` without any part of the URL: user, password, host, query values."""
    whole = url.get_secret_value()
    authority = whole.split("://", 1)[-1].split("?", 1)[0]
    login, _, address = authority.rpartition("@")
    user, _, password = login.partition(":")
    host = address.split("/", 1)[0].rsplit(":", 1)[0]
    values = [value for _, value in parse_qsl(whole.partition("?")[2])]
    secrets = {whole, authority, login, user, password, host, *values}
    for secret in sorted(secrets | {unquote(secret) for secret in secrets}, key=len, reverse=True):
        if secret:
            text = re.sub(rf"(?<!\w){re.escape(secret)}(?!\w)", "***", text)
    return text
