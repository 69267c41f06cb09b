"""Tell a web address how a run ended. A message holds no row, no count of persons and no path of an extract."""

import json
import os
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping

from mltc.config.operation import NotifySettings
from mltc.errors import ConfigError

TRIES = 3
WAIT_SECONDS = 1.0
TIMEOUT_SECONDS = 10.0
ENDINGS = {
    "ok": "passed",
    "failed_rows": "passed, with failed rows: see the data quality page",
    "leakage": "suspected leakage: do not send risks or lists on",
    "stopped": "stopped, nothing was published; the last good state stands",
    "killed": "was killed before its end; the last good state stands",
    "missed": "no run has begun since one was due",
    "test": "this is a test",
}


def read_webhook(settings: NotifySettings) -> str | None:
    """The address, or None where the variable is not set. Raises ConfigError for what is no web address."""
    url = os.environ.get(settings.webhook_env, "").strip()
    if not url:
        return None
    parts = urllib.parse.urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ConfigError(f"{settings.webhook_env} holds no web address: it must begin with https://.")
    return url


def build_message(icb: str, ending: str, facts: Mapping[str, object]) -> dict[str, object]:
    """The JSON body. `text` says it in a line, which chat tools show; the other keys are for programs."""
    known = {name: value for name, value in facts.items() if value is not None}
    words = [f"mltc {icb}: {ENDINGS[ending]}"]
    words += [
        f"{name.replace('_', ' ')} {known[name]}"
        for name in ("run", "began", "error", "exit_code", "seconds")
        if name in known
    ]
    words += [str(known["reason"])] if "reason" in known else []
    return {"text": ". ".join(words) + ".", "icb": icb, "ending": ending, **known}


def send_message(url: str, message: Mapping[str, object]) -> None:
    """Post the message, three times at most. Raises ConfigError, without the address, which may hold a key."""
    body = json.dumps(message, default=str).encode("utf-8")
    request = urllib.request.Request(  # noqa: S310 - read_webhook permits http and https alone
        url, data=body, headers={"Content-Type": "application/json"}, method="POST"
    )
    trouble = ""
    for attempt in range(TRIES):
        if attempt:
            time.sleep(WAIT_SECONDS * 2 ** (attempt - 1))
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS):  # noqa: S310 - as above
                return
        except urllib.error.HTTPError as error:
            trouble = f"it answered {error.code}"
            if error.code < 500 and error.code != 429:
                break
        except OSError as error:
            trouble = type(getattr(error, "reason", error)).__name__
    raise ConfigError(f"The message was not taken by {urllib.parse.urlsplit(url).hostname} ({trouble}).")
