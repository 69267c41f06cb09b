"""s3:// through s3fs and botocore, against a small server that speaks the part of S3 that a landing uses.

No S3 server is packaged for this machine, so listing, HEAD and ranged GET are answered here, over real HTTP.
"""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from mltc.config import StorageSettings
from mltc.errors import ExtractError
from mltc.landing import land_objects

CONTENT = bytes(range(251)) * 70_000  # 17.6 MB: three blocks of 8 MiB
LISTED = (
    '<?xml version="1.0"?><ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>icb</Name>'
    "<IsTruncated>false</IsTruncated>{items}</ListBucketResult>"
)
ITEM = (
    "<Contents><Key>{key}</Key><Size>{size}</Size><ETag>&quot;{tag}&quot;</ETag>"
    "<LastModified>2026-10-01T00:00:00.000Z</LastModified></Contents>"
)


class Bucket(BaseHTTPRequestHandler):
    """Path-style bucket `icb`. `failing`: so many ranged answers are 503."""

    protocol_version = "HTTP/1.1"
    objects: ClassVar[dict[str, bytes]] = {}
    gets: ClassVar[list[str]] = []
    failing: ClassVar[int] = 0
    refuses: ClassVar[bool] = False

    def do_GET(self) -> None:
        self._answer()

    def do_HEAD(self) -> None:
        self._answer()

    def _answer(self) -> None:
        parts = urlsplit(self.path)
        key = unquote(parts.path).removeprefix("/icb").lstrip("/")
        if self.refuses:
            return self._send(403, b"<Error><Code>AccessDenied</Code></Error>")
        if not key:
            prefix = parse_qs(parts.query).get("prefix", [""])[0]
            found = {name: content for name, content in self.objects.items() if name.startswith(prefix)}
            items = "".join(ITEM.format(key=name, size=len(body), tag=len(body)) for name, body in found.items())
            return self._send(200, LISTED.format(items=items).encode())
        if key not in self.objects:
            return self._send(404, b"<Error><Code>NoSuchKey</Code></Error>")
        return self._send_object(key)

    def _send_object(self, key: str) -> None:
        body, wanted = self.objects[key], self.headers.get("Range")
        headers = {"ETag": f'"{len(body)}"', "Last-Modified": "Thu, 01 Oct 2026 00:00:00 GMT", "Accept-Ranges": "bytes"}
        if not wanted:
            return self._send(200, body, headers)
        self.gets.append(f"{key} {wanted}")
        if type(self).failing > 0:
            type(self).failing -= 1
            return self._send(503, b"<Error><Code>SlowDown</Code></Error>")
        first, last = (int(number) for number in wanted.removeprefix("bytes=").split("-"))
        last = min(last, len(body) - 1)
        return self._send(
            206, body[first : last + 1], {**headers, "Content-Range": f"bytes {first}-{last}/{len(body)}"}
        )

    def _send(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, *arguments: object) -> None:
        """Nothing on the screen."""


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[StorageSettings]:
    """Settings that reach the bucket."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Bucket)
    Bucket.objects = {"2026-10/APC.csv": CONTENT, "2026-10/OP.csv": b"a\n1\n", "2026-09/APC.csv": b"old"}
    Bucket.gets, Bucket.failing, Bucket.refuses = [], 0, False
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setenv("MLTC_S3_KEY", "AKIA-hush")
    monkeypatch.setenv("MLTC_S3_SECRET", "hush-hush")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    monkeypatch.setattr("s3fs.S3FileSystem.retries", 1)
    yield StorageSettings(
        options={"endpoint_url": f"http://127.0.0.1:{server.server_port}"},
        options_env={"key": "MLTC_S3_KEY", "secret": "MLTC_S3_SECRET"},
        retries=2,
        retry_wait_seconds=0.01,
    )
    server.shutdown()
    server.server_close()


def test_objects_of_a_bucket_come_in_blocks_and_once(bucket: StorageSettings, tmp_path: Path) -> None:
    landed = land_objects("s3://icb/2026-10/*.csv", tmp_path, bucket)
    assert [(item.name, item.path.name) for item in landed] == [
        ("s3://icb/2026-10/APC.csv", "APC.csv"),
        ("s3://icb/2026-10/OP.csv", "OP.csv"),
    ]
    assert landed[0].path.read_bytes() == CONTENT
    assert [get for get in Bucket.gets if "APC" in get] == [
        "2026-10/APC.csv bytes=0-8388607",
        "2026-10/APC.csv bytes=8388608-16777215",
        "2026-10/APC.csv bytes=16777216-25165823",
    ]
    asked = len(Bucket.gets)
    assert all(item.resumed for item in land_objects("s3://icb/2026-10/*.csv", tmp_path, bucket))
    assert len(Bucket.gets) == asked


def test_a_server_that_is_busy_is_asked_again(bucket: StorageSettings, tmp_path: Path) -> None:
    Bucket.failing = 1
    heard: list[str] = []
    landed = land_objects("s3://icb/2026-10/*.csv", tmp_path, bucket, heard.append)
    assert landed[0].path.read_bytes() == CONTENT
    assert any("Attempt 2 of 3" in step for step in heard)


def test_refused_keys_are_told_once_and_not_shown(bucket: StorageSettings, tmp_path: Path) -> None:
    Bucket.refuses = True
    heard: list[str] = []
    with pytest.raises(ExtractError, match="access is refused") as caught:
        land_objects("s3://icb/2026-10/*.csv", tmp_path, bucket, heard.append)
    assert "hush" not in str(caught.value) + "".join(heard)
    assert not any("Attempt" in step for step in heard)
