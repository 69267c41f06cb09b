"""What an error of a Python database driver means for the analyst.

Drivers put user names, hosts and values of rows into their words, so those are not shown: the kind of error, the
SQLSTATE of ODBC drivers, and (SQLite) the identifier that is missing.
"""

import re
from typing import TYPE_CHECKING

from mltc.landing.attempts import OutsideFault
from mltc.landing.database_url import hide_secrets

if TYPE_CHECKING:
    from mltc.landing.query import QueryRequest

# ISO/IEC 9075-2 and ODBC SQLSTATE, by their beginning: words, and whether trying again may help.
STATES = {
    "28": ("the server refused the user or password. Check both in {environment}.", False),
    "08": ("the connection failed or was lost. Check that the server runs and can be reached from this machine.", True),
    "HYT": ("the server did not answer in time.", True),
    "40": ("the server gave up the query because of a conflict with another transaction.", True),
    "42S02": (
        "the table or view does not exist. Check its name, the schema in the configuration, and whether this "
        "user may see it.",
        False,
    ),
    "42S22": ("a column does not exist. Check the query.", False),
    "42": (
        "the query is not valid, or this user may not read what it names. Check it in the database's own tool.",
        False,
    ),
    "22": ("the query fails on a value in the data (not shown). Check its casts and divisions.", False),
    "IM": ("the ODBC driver named in {environment} is not installed on this machine.", False),
}
SQLITE = {
    r"no such table: ([\w.]+)": "the table does not exist: {0}. Check its name.",
    r"no such column: ([\w.]+)": "a column does not exist: {0}. Check the query.",
    r"syntax error|incomplete input|unrecognized token": "the query is not valid. Check it in the database's own tool.",
    r"not a database|malformed": "the file is not a database, or is damaged. Ask the sender for it again.",
    r"readonly|attempt to write": "the query would change the database. Write a select that only reads.",
}


def explain_sql_fault(error: Exception, request: "QueryRequest", *, connecting: bool) -> OutsideFault:
    """Fault for an error of SQLAlchemy or of the driver below it."""
    from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError

    environment = request.environment
    if isinstance(error, NoSuchModuleError | ImportError):
        return OutsideFault(
            f"there is no driver for the kind of database in {environment}. Install the Python package of that "
            "database's SQLAlchemy dialect into the environment that runs mltc.",
            is_transient=False,
        )
    if isinstance(error, ArgumentError | ValueError):
        return OutsideFault(f"{environment} does not hold a valid database URL.", is_transient=False)
    original = error.orig if isinstance(error, DBAPIError) else error
    says, is_transient = _say_driver(original, environment)
    if says:
        is_missing = says.startswith(("the table does not exist", "the table or view does not exist"))
        return OutsideFault(hide_secrets(says, request.url), is_transient=is_transient, is_missing=is_missing)
    return _explain_kind(error, environment, connecting=connecting)


def _say_driver(original: object, environment: str) -> tuple[str, bool]:
    arguments = getattr(original, "args", None) or ("",)
    state = str(getattr(original, "sqlstate", None) or getattr(original, "pgcode", None) or arguments[0])
    if re.fullmatch(r"[0-9A-Z]{5}", state):
        for beginning in (state, state[:3], state[:2]):
            if beginning in STATES:
                says, is_transient = STATES[beginning]
                return says.format(environment=environment), is_transient
    if type(original).__module__ == "sqlite3":
        for pattern, says in SQLITE.items():
            found = re.search(pattern, str(original))
            if found:
                return says.format(*found.groups()), False
    return "", False


def _explain_kind(error: Exception, environment: str, *, connecting: bool) -> OutsideFault:
    from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError

    kind = type(error).__name__
    if isinstance(error, DBAPIError) and error.connection_invalidated:
        return OutsideFault(f"the connection to the server was lost ({kind}).", is_transient=True)
    if connecting and isinstance(error, OperationalError | InterfaceError | OSError):
        says = f"no connection could be made ({kind}). Check that the server runs, and host, user and password in "
        return OutsideFault(f"{says}{environment}.", is_transient=True)
    if isinstance(error, OperationalError | OSError):
        return OutsideFault(f"the database broke off ({kind}).", is_transient=True)
    return OutsideFault(
        f"the database refused the query ({kind}). Check it in the database's own tool.", is_transient=False
    )
