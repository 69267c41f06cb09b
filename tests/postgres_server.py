"""A real PostgreSQL server in a folder of its own, for tests and benchmarks; nothing of the machine's is touched."""

import os
import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path

import psutil

ADMIN, ADMIN_PASSWORD = "mltc_admin", "admin-pass-7c1f"
READER, READER_PASSWORD = "icb_reader", "reader@pass/41d8"
READER_PASSWORD_IN_URL = "reader%40pass%2F41d8"


def find_programs() -> Path | None:
    """Folder of initdb and postgres (Debian keeps them off the path), the newest version first; None without them."""
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: float(path.parent.name), reverse=True)
    on_path = shutil.which("initdb")
    found = [*folders, *([Path(on_path).resolve().parent] if on_path else [])]
    return next((folder for folder in found if (folder / "initdb").exists() and shutil.which("psql")), None)


class PostgresServer:
    """Server on a free port of 127.0.0.1 with a reader that may only select. Call `remove` at the end."""

    def __init__(self, programs: Path) -> None:
        self.programs = programs
        self.home = Path(tempfile.mkdtemp(prefix="mltc-postgres-"))
        self.user = _choose_user()
        if self.user:
            shutil.chown(self.home, self.user)
        self.port = _find_port()
        self.process: subprocess.Popen[bytes] | None = None
        self._make_cluster()

    def _make_cluster(self) -> None:
        password_file = self.home / "password"
        password_file.write_text(ADMIN_PASSWORD, encoding="utf-8")
        if self.user:
            shutil.chown(password_file, self.user)
        initdb = [self.programs / "initdb", "-D", self.home / "data", "-U", ADMIN, f"--pwfile={password_file}"]
        options = ["--auth=scram-sha-256", "--no-sync", "--encoding=UTF8", "--locale=C"]
        subprocess.run([*initdb, *options], check=True, capture_output=True, user=self.user, cwd=self.home)

    def start(self) -> None:
        """Start, and wait until it answers."""
        settings = {
            "port": str(self.port),
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": str(self.home),
            "fsync": "off",
            "log_statement": "all",
            "max_wal_size": "4GB",
        }
        flags = [part for key, value in settings.items() for part in ("-c", f"{key}={value}")]
        with self.log_file.open("ab") as log:
            self.process = subprocess.Popen(
                [self.programs / "postgres", "-D", self.home / "data", *flags],
                stdout=log, stderr=log, user=self.user, cwd=self.home,
            )  # fmt: skip
        for _ in range(300):
            if (
                subprocess.run(self._psql("select 1"), env=self._env(), capture_output=True, check=False).returncode
                == 0
            ):
                return
            time.sleep(0.1)
        raise RuntimeError(f"PostgreSQL did not start: {self.read_log()[-2000:]}")

    def stop(self) -> None:
        """Stop at once, ending every connection (SIGQUIT is PostgreSQL's immediate shutdown)."""
        if self.process is not None:
            self.process.send_signal(3)
            self.process.wait(timeout=30)
            self.process = None

    def kill(self) -> None:
        """kill -9 of the server and every backend, as a power cut would."""
        assert self.process is not None
        family = [*psutil.Process(self.process.pid).children(recursive=True)]
        self.process.kill()
        for child in family:
            if child.is_running():
                child.kill()
        self.process.wait(timeout=30)
        self.process = None

    def remove(self) -> None:
        """Stop the server and delete its folder."""
        self.stop()
        shutil.rmtree(self.home, ignore_errors=True)

    def query(self, sql: str, stdin: bytes | None = None) -> str:
        """Run SQL as the administrator and give its output back."""
        done = subprocess.run(self._psql(sql), input=stdin, env=self._env(), capture_output=True, check=False)
        if done.returncode != 0:
            raise RuntimeError(done.stderr.decode())
        return done.stdout.decode().strip()

    @property
    def url(self) -> str:
        """URL of the reader."""
        return f"postgresql://{READER}:{READER_PASSWORD_IN_URL}@127.0.0.1:{self.port}/postgres"

    @property
    def log_file(self) -> Path:
        """What the server says."""
        return self.home / "server.log"

    def read_log(self) -> str:
        """The server's log so far, with every statement."""
        return self.log_file.read_text(encoding="utf-8", errors="replace")

    def _psql(self, sql: str) -> list[str]:
        place = ["-h", "127.0.0.1", "-p", str(self.port), "-U", ADMIN, "-d", "postgres"]
        return ["psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", *place, "-c", sql]

    @staticmethod
    def _env() -> dict[str, str]:
        return {**os.environ, "PGPASSWORD": ADMIN_PASSWORD}


def _choose_user() -> str | None:
    """PostgreSQL refuses to run as root; anyone else runs it as themselves."""
    if not hasattr(os, "getuid") or os.getuid() != 0:
        return None
    import pwd  # not on Windows

    known = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in known else "nobody"


def _find_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])
