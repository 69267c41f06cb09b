"""Objects of real file systems of fsspec: memory, local files, and a real web server that breaks off."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

import fsspec
import pytest

from mltc.config import StorageSettings
from mltc.errors import ConfigError, ExtractError
from mltc.landing import land_objects

QUICK = StorageSettings(retries=2, retry_wait_seconds=0.05)
TWENTY_MIB = bytes(range(256)) * 80 * 1024


@pytest.fixture
def memory() -> Iterator[fsspec.AbstractFileSystem]:
    """An empty object storage in memory."""
    system = fsspec.filesystem("memory")
    system.store.clear()
    yield system
    system.store.clear()


def test_a_glob_of_objects_lands_and_resumes(memory, tmp_path: Path) -> None:
    memory.pipe(
        {"/bucket/2026-10/APC_1.csv": TWENTY_MIB, "/bucket/2026-10/APC_2.csv": b"a,b\n1,2\n", "/bucket/x.txt": b""}
    )
    landed = land_objects("memory://bucket/2026-10/*.csv", tmp_path, QUICK)
    assert [item.path.name for item in landed] == ["APC_1.csv", "APC_2.csv"]
    assert landed[0].path.read_bytes() == TWENTY_MIB
    assert landed[0].name == "memory:///bucket/2026-10/APC_1.csv"

    again = land_objects("memory://bucket/2026-10/*.csv", tmp_path, QUICK)
    assert [item.resumed for item in again] == [True, True]
    memory.pipe("/bucket/2026-10/APC_2.csv", b"a,b\n1,3\n")
    memory.rm("/bucket/2026-10/APC_1.csv")
    later = land_objects("memory://bucket/2026-10/*.csv", tmp_path, QUICK)
    assert [(item.path.name, item.resumed, item.path.read_bytes()) for item in later] == [
        ("APC_2.csv", False, b"a,b\n1,3\n")
    ]
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == ["APC_2.csv"], "what is gone is gone here"


def test_wanted_chooses_by_the_path_below_the_folder(memory, tmp_path: Path) -> None:
    memory.pipe({"/b/in/2026/APC.CSV": b"1", "/b/in/OP.csv": b"2"})
    seen: list[str] = []
    landed = land_objects(
        "memory://b/in/**", tmp_path, QUICK, wanted=lambda path: bool(seen.append(path)) or "APC" in path
    )
    assert (sorted(seen), [item.path.name for item in landed]) == (["2026/APC.CSV", "OP.csv"], ["APC.CSV"])


def test_same_base_name_in_two_folders(memory, tmp_path: Path) -> None:
    memory.pipe({"/b/A81001/SRCode.csv": b"one", "/b/A81002/SRCode.csv": b"two", "/b/A81002/SRPatient.csv": b"three"})
    landed = land_objects("memory://b/**/*.csv", tmp_path, QUICK)
    assert {item.path.name: item.path.read_bytes() for item in landed} == {
        "SRCode.A81001.csv": b"one", "SRCode.A81002.csv": b"two", "SRPatient.csv": b"three",
    }  # fmt: skip


def test_local_files_by_url(tmp_path: Path) -> None:
    (tmp_path / "share").mkdir()
    (tmp_path / "share" / "person.csv").write_text("person_id\nP1\n", encoding="utf-8")
    landed = land_objects(f"file://{tmp_path}/share/*.csv", tmp_path / "landing", QUICK)
    assert landed[0].path.read_text(encoding="utf-8") == "person_id\nP1\n"
    assert land_objects(f"file://{tmp_path}/share/*.csv", tmp_path / "landing", QUICK)[0].resumed


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("memory://bucket/*.csv", "no object matches"),
        ("memory://bucket/person.csv", "no object matches"),
        ("abfs://container/x.csv", "is not installed"),
        ("oddity://bucket/x.csv", "is not valid"),
    ],
)
def test_nothing_there(memory, tmp_path: Path, url: str, says: str) -> None:
    with pytest.raises(ExtractError, match=says):
        land_objects(url, tmp_path, QUICK)


def test_options_come_from_the_environment(memory, monkeypatch, tmp_path: Path) -> None:
    settings = StorageSettings(options_env={"key": "MLTC_S3_KEY", "secret": "MLTC_S3_SECRET"})
    monkeypatch.delenv("MLTC_S3_SECRET", raising=False)
    monkeypatch.setenv("MLTC_S3_KEY", "AKIA-hush")
    with pytest.raises(ConfigError, match="not set: MLTC_S3_SECRET") as caught:
        land_objects("s3://bucket/*.csv", tmp_path, settings)
    assert "AKIA-hush" not in str(caught.value)


def test_storage_that_cannot_be_reached(tmp_path: Path, monkeypatch) -> None:
    """s3fs against a port where nothing listens: tried again, then told, without a key."""
    monkeypatch.setenv("MLTC_S3_KEY", "AKIA-hush")
    monkeypatch.setenv("MLTC_S3_SECRET", "hush-hush")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    monkeypatch.setattr("s3fs.S3FileSystem.retries", 1)
    settings = StorageSettings(
        options={"endpoint_url": "http://127.0.0.1:1"},
        options_env={"key": "MLTC_S3_KEY", "secret": "MLTC_S3_SECRET"},
        retries=1,
        retry_wait_seconds=0.01,
    )
    with pytest.raises(ExtractError, match=r"s3://bucket/\*.csv: the connection failed .* Tried 2 times") as caught:
        land_objects("s3://bucket/*.csv", tmp_path, settings)
    assert "hush" not in str(caught.value)
    assert caught.value.__context__ is None


class Web(BaseHTTPRequestHandler):
    """Serves /extract.csv; the first `broken` answers end in the middle."""

    body: ClassVar[bytes] = TWENTY_MIB[: 3 * 1024 * 1024]
    broken: ClassVar[int] = 0
    asked: ClassVar[list[str]] = []

    def do_HEAD(self) -> None:
        self._answer(with_body=False)

    def do_GET(self) -> None:
        self.asked.append(self.path)
        self._answer(with_body=True)

    def _answer(self, *, with_body: bool) -> None:
        if not self.path.startswith("/extract.csv"):
            self.send_error(403 if "secret" in self.path else 404)
            return
        self.send_response(200)
        self.send_header("Content-Length", str(len(self.body)))
        self.send_header("ETag", '"v1"')
        self.end_headers()
        if with_body and type(self).broken > 0:
            type(self).broken -= 1
            self.wfile.write(self.body[: len(self.body) // 2])
            self.close_connection = True
        elif with_body:
            self.wfile.write(self.body)

    def log_message(self, *arguments: object) -> None:
        """Nothing on the screen."""


@pytest.fixture
def web() -> Iterator[str]:
    """Address of a real web server."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Web)
    Web.broken, Web.asked = 0, []
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_a_response_that_breaks_off_is_asked_for_again(web: str, tmp_path: Path) -> None:
    Web.broken = 1
    heard: list[str] = []
    landed = land_objects(f"{web}/extract.csv?sig=hush-hush", tmp_path, QUICK, heard.append)
    assert landed[0].path.name == "extract.csv"
    assert landed[0].path.read_bytes() == Web.body
    assert any("Attempt 2 of 3" in step for step in heard)
    assert "hush" not in "".join(heard) + landed[0].name
    assert "hush" not in (tmp_path / ".landed" / "extract.csv.json").read_text(encoding="utf-8")
    asked = len(Web.asked)
    assert land_objects(f"{web}/extract.csv?sig=hush-hush", tmp_path, QUICK)[0].resumed
    assert len(Web.asked) == asked


def test_a_response_that_always_breaks_off_leaves_nothing(web: str, tmp_path: Path) -> None:
    Web.broken = 99
    with pytest.raises(ExtractError, match="Tried 3 times") as caught:
        land_objects(f"{web}/extract.csv?sig=hush-hush", tmp_path, QUICK)
    assert "hush" not in str(caught.value)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


@pytest.mark.parametrize(("path", "says"), [("nothing.csv", "no such object"), ("secret.csv", "access is refused")])
def test_refusals_are_not_tried_again(web: str, tmp_path: Path, path: str, says: str) -> None:
    heard: list[str] = []
    with pytest.raises(ExtractError, match=says):
        land_objects(f"{web}/{path}", tmp_path, QUICK, heard.append)
    assert not any("Attempt" in step for step in heard)
