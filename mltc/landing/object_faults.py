"""What an error of object storage means. Its own words are not shown: they may hold a signed address or a key."""

from mltc.landing.attempts import OutsideFault

REFUSED = "access is refused. Check the keys in the environment, and that they may read this place."
GONE = "there is no such object. Check the address, and that the extract has arrived."
NOT_INSTALLED = (
    "the Python package for this kind of storage is not installed (s3fs for s3://, adlfs for abfs://, gcsfs for "
    "gs://). Install it into the environment that runs mltc."
)
NOT_VALID = (
    "the address or an option of the storage is not valid",
    "Expected s3://bucket/folder/*.csv, abfs://container/folder/*.csv, https://host/file.csv or file:///folder/*.csv.",
)
PASSING_STATUS = {408, 425, 429}  # time-out, too early, too many requests
STATUS_SAYS = {401: REFUSED, 403: REFUSED, 404: GONE, 410: GONE}


def explain_object_fault(error: Exception) -> OutsideFault:
    """Fault for an error of any file system of fsspec."""
    if isinstance(error, FileNotFoundError) and isinstance(error.__cause__, Exception):
        error = error.__cause__  # of a web server: refused, or not reached at all
    says, is_transient = _explain_status(_find_status(error)) or _explain_kind(error)
    return OutsideFault(says, is_transient=is_transient, is_missing=says == GONE)


def _explain_status(status: int | None) -> tuple[str, bool] | None:
    if status is None:
        return None
    if status in STATUS_SAYS:
        return STATUS_SAYS[status], False
    if status < 500 and status not in PASSING_STATUS:
        return f"the server refused the request (status {status}).", False
    return f"the server failed (status {status}).", True


def _explain_kind(error: Exception) -> tuple[str, bool]:
    kind = type(error).__name__
    if isinstance(error, FileNotFoundError):
        return GONE, False
    if isinstance(error, PermissionError) or "Credentials" in kind or "Authentication" in kind:
        return REFUSED, False
    if isinstance(error, ImportError):
        return NOT_INSTALLED, False
    if isinstance(error, ValueError | TypeError | NotImplementedError | IsADirectoryError):
        return f"{NOT_VALID[0]} ({kind}). {NOT_VALID[1]}", False
    return f"the connection failed ({kind}). Check that the storage can be reached from this machine.", True


def _find_status(error: BaseException) -> int | None:
    """HTTP status of an error of aiohttp, botocore or azure."""
    for name in ("status", "status_code"):
        value = getattr(error, name, None)
        if isinstance(value, int) and 400 <= value < 600:
            return value
    response = getattr(error, "response", None)
    if isinstance(response, dict):
        value = response.get("ResponseMetadata", {}).get("HTTPStatusCode")
        return value if isinstance(value, int) else None
    return None
