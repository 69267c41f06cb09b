"""What a PostgreSQL error means for the analyst, and whether trying again may help.

Source of the codes: PostgreSQL documentation, appendix A (error codes), the same since version 9.
"""

import re
from typing import TYPE_CHECKING

from mltc.landing.attempts import OutsideFault
from mltc.landing.database_url import hide_secrets

if TYPE_CHECKING:
    from mltc.landing.query import QueryRequest

# connection exceptions; shutdown, crash, not yet started; too many connections; conflicts with other transactions
TRANSIENT = ("08", "57P01", "57P02", "57P03", "53300", "40")

# The server's own words may quote a value of a row (class 22), so only those about the query's text are shown.
ABOUT_THE_QUERY = ("42", "3F", "0A")

SAYS = {
    "57P01": "the server ended the connection (shutdown, or an administrator ended it).",
    "57P02": "the server crashed.",
    "57P03": "the server is starting or stopping.",
    "57014": "the server cancelled the query, most likely at its statement_timeout. Ask its administrator for a longer "
    "one, or narrow the query.",
    "53300": "the server has no free connection.",
    "53100": "the server's disk is full. Tell its administrator.",
    "53200": "the server is out of memory. Tell its administrator, or make the query simpler.",
    "25006": "the query would change the database. Write a select that only reads.",
    "42P01": "the table or view does not exist: {detail}. Check its name, the schema in the configuration, and "
    "whether this user may see it.",
    "3F000": "the schema does not exist: {detail}. Check `schema` in the configuration.",
    "42703": "a column does not exist: {detail}. Check the query{place}.",
    "42501": "permission is denied: {detail}. Ask the database's administrator for the right to select from it.",
    "40": "the server gave up the query because of a conflict with another transaction or with replication.",
    "42": "the query is not valid{place}: {detail}. Correct the query.",
    "3F": "the query is not valid{place}: {detail}. Correct the query.",
    "0A": "the query is not valid{place}: {detail}. Correct the query.",
    "22": "the query fails on a value in the data (SQLSTATE {state}; the value is not shown). Check the casts and "
    "divisions of the query.",
    "08": "the connection was lost.",
    "53": "the server is short of resources (SQLSTATE {state}). Tell its administrator.",
}

# Errors of a connection that is not made carry no SQLSTATE (libpq), only the server's words.
WHILE_CONNECTING = {
    r"starting up|shutting down|recovery mode|not yet accepting": ("the server is starting or stopping.", True),
    r"too many (clients|connections)|remaining connection slots": ("the server has no free connection.", True),
    r"authentication failed|no password supplied|role .* (does not exist|is not permitted)": (
        "the server refused the user or password. Check user and password in {environment}; signs such as @ / : in a "
        "password are written %40 %2F %3A.",
        False,
    ),
    r"database .* does not exist": (
        "there is no such database on the server. Check the name at the end of the URL in {environment}.",
        False,
    ),
    r"pg_hba": (
        "the server does not accept this machine or user (its pg_hba.conf has no entry). Ask its administrator.",
        False,
    ),
    r"permission denied for database": ("this user may not connect to the database. Ask its administrator.", False),
    r"SSL|certificate": (
        "no encrypted connection could be agreed. Check sslmode and sslrootcert in {environment}.",
        False,
    ),
    r"invalid|missing \"=\"|unrecognized|forbidden value": (
        "{environment} is not a valid PostgreSQL URL. Expected postgresql://user:password@host:5432/database, with "
        "signs such as @ / : in the password written %40 %2F %3A.",
        False,
    ),
    r"translate host name": (
        "the host's name is not known. Check the host in {environment}, and that this machine is on the network "
        "(VPN?) of the database.",
        True,
    ),
    r"FATAL": ("the server refused the connection. Ask its administrator what its log says.", False),
}
UNREACHABLE = (
    "the server cannot be reached. Check that it runs, that this machine is on its network (VPN?), and host and port "
    "in {environment}."
)
LOST = "the connection to the server was lost."


def explain_fault(error: Exception, request: "QueryRequest", *, connecting: bool = False) -> OutsideFault:
    """Fault for an error of the driver."""
    state = getattr(error, "sqlstate", None)
    if state:
        says = _say_state(state, error, request)
        return OutsideFault(says, is_transient=state.startswith(TRANSIENT), is_missing=state == "42P01")
    if connecting:
        return _explain_connecting(str(error), request)
    return OutsideFault(LOST, is_transient=True)


def _explain_connecting(text: str, request: "QueryRequest") -> OutsideFault:
    words = re.sub('"[^"]*"', '""', text)  # a host or user may be called anything, `ssl` too
    for pattern, (says, is_transient) in WHILE_CONNECTING.items():
        if re.search(pattern, words):
            return OutsideFault(says.format(environment=request.environment), is_transient=is_transient)
    return OutsideFault(UNREACHABLE.format(environment=request.environment), is_transient=True)


def _say_state(state: str, error: Exception, request: "QueryRequest") -> str:
    says = SAYS.get(state) or SAYS.get(state[:2]) or "the server reports SQLSTATE {state}. Tell its administrator."
    told = _read_details(error)
    detail = hide_secrets(told.get("MESSAGE_PRIMARY", "no reason given"), request.url)
    shown = detail if state.startswith(ABOUT_THE_QUERY) else "not shown"
    return says.format(state=state, detail=shown, place=_say_place(told.get("STATEMENT_POSITION"), request.sql))


def _read_details(error: Exception) -> dict[str, str]:
    return {
        (key.decode() if isinstance(key, bytes) else key).removeprefix("PG_DIAG_"): value.decode(errors="replace")
        for key, value in getattr(error, "details", None) or []
    }


def _say_place(position: str | None, sql: str) -> str:
    """Line of the query that the server points at; positions count from 1."""
    if position is None or not position.isdigit() or int(position) > len(sql) + 1:
        return ""
    return f" in line {sql.count(chr(10), 0, int(position) - 1) + 1}"
