"""The keyed pseudonym `mltc_id`: keys for the query, and the fingerprint that detects a changed secret."""

import hashlib
import hmac

from mltc.errors import ConfigError
from mltc.warehouse import Parameter, Warehouse
from mltc.workspace import Workspace

BLOCK_BYTES = 64  # of SHA-256, RFC 2104


def pad_secret(secret: str) -> dict[str, Parameter]:
    """Inner and outer key of HMAC-SHA-256 (RFC 2104), as the query binds them."""
    key = secret.encode("utf-8")
    if len(key) > BLOCK_BYTES:
        key = hashlib.sha256(key).digest()
    key = key.ljust(BLOCK_BYTES, b"\0")
    return {"inner_pad": bytes(byte ^ 0x36 for byte in key), "outer_pad": bytes(byte ^ 0x5C for byte in key)}


def fingerprint_secret(secret: str) -> str:
    """Sixteen hexadecimal digits that change with the secret and do not reveal it."""
    return hmac.new(secret.encode("utf-8"), b"mltc secret fingerprint", hashlib.sha256).hexdigest()[:16]


def check_last_secret(workspace: Workspace, secret: str, *, rotate: bool) -> None:
    """`check_secret_unchanged` against the last good warehouse, if there is one."""
    last = workspace.open_last()
    if last is not None:
        with last:
            check_secret_unchanged(last, secret, rotate=rotate)


def check_secret_unchanged(last: Warehouse, secret: str, *, rotate: bool) -> None:
    """Raise ConfigError where the last accepted run used another secret and rotation was not asked for."""
    if rotate or not last.columns("meta.secret_fingerprint"):
        return
    known = last.read("select fingerprint from meta.secret_fingerprint")["fingerprint"].to_list()
    if known != [fingerprint_secret(secret)]:
        raise ConfigError(
            "The secret differs from the one of the last run, so every mltc_id would change and lists could not "
            "be followed from month to month. Restore the secret, or run with --rotate-secret if you mean it."
        )
