"""A Prefect server for as long as a schedule is served: the one that Prefect starts by itself looks at no schedule."""

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager

from mltc.errors import ConfigError

START_SECONDS = 180.0
HOST = "127.0.0.1"


@contextmanager
def reached_server() -> Iterator[str]:
    """The address of the server that PREFECT_API_URL or the Prefect profile names, else of one of our own.

    Our own listens on this machine alone, shows no pages, and ends with the block. Raises ConfigError where it does
    not answer.
    """
    from prefect.settings import PREFECT_API_URL, temporary_settings

    if url := PREFECT_API_URL.value():
        yield url
        return
    port = _free_port()
    url = f"http://{HOST}:{port}/api"
    server = _start(port)
    try:
        _wait_for(url, server)
        with temporary_settings({PREFECT_API_URL: url}):
            yield url
    finally:
        server.terminate()
        try:
            server.wait(timeout=30)
        except subprocess.TimeoutExpired:
            server.kill()


def _start(port: int) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-m", "prefect", "server", "start", "--host", HOST, "--port", str(port)]
    return subprocess.Popen(  # noqa: S603 - fixed arguments
        command,
        env={**os.environ, "PREFECT_SERVER_UI_ENABLED": "false"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,  # Ctrl+C is for us: the server must last until the runner has let go of it
    )


def _wait_for(url: str, server: "subprocess.Popen[bytes]") -> None:
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end and server.poll() is None:
        try:
            with urllib.request.urlopen(f"{url}/health", timeout=5):  # noqa: S310 - our own address
                return
        except OSError:
            time.sleep(0.5)
    raise ConfigError(
        "A Prefect server could not be started for the schedule. Try `prefect server start`, and name it in "
        "PREFECT_API_URL."
    )


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind((HOST, 0))
        return int(listener.getsockname()[1])
