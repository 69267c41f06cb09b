"""The audit log only grows, and a line that was changed, taken out or put in is found."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from mltc.audit_chain import FIRST, append_line, check_chain, head, read_lines
from mltc.errors import ConfigError

Spoil = Callable[[list[str]], list[str]]
WRITER = """
import sys
from pathlib import Path
from mltc.audit_chain import append_line
for number in range(40):
    append_line(Path(sys.argv[1]), {"by": sys.argv[2], "what": number})
"""


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """Five lines."""
    path = tmp_path / "audit.jsonl"
    for what in "abcde":
        append_line(path, {"what": what})
    return path


def test_lines_are_numbered_and_hang_together(log: Path) -> None:
    lines = read_lines(log)
    assert [(line["number"], line["what"]) for line in lines] == [(1, "a"), (2, "b"), (3, "c"), (4, "d"), (5, "e")]
    assert lines[0]["previous"] == FIRST
    checked = check_chain(log)
    assert (checked.lines, checked.fault, checked.broken) == (5, None, ())
    assert head(log) == {"lines": 5, "sha256": checked.head}


def test_an_empty_log_is_whole(tmp_path: Path) -> None:
    checked = check_chain(tmp_path / "audit.jsonl")
    assert (checked.lines, checked.head, checked.fault) == (0, FIRST, None)


@pytest.mark.parametrize(
    ("spoil", "named"),
    [
        (lambda lines: [lines[0], lines[1].replace('"b"', '"B"'), *lines[2:]], "line 3 does not follow"),
        (lambda lines: [*lines[:2], *lines[3:]], "line 3 does not follow"),
        (lambda lines: lines[1:], "line 1 does not begin"),
        (lambda lines: [lines[1], lines[0], *lines[2:]], "line 1 does not begin"),
        (lambda lines: [*lines[:3], "not a line", *lines[3:]], "line 5 does not follow"),
        (lambda lines: [*lines, "one", "two"], "lines 6 and 7"),
    ],
    ids=["changed", "taken out", "first taken out", "swapped", "put in", "rubbish at the end"],
)
def test_the_first_line_that_is_not_as_it_was_written_is_named(log: Path, spoil: Spoil, named: str) -> None:
    lines = spoil(log.read_text(encoding="utf-8").splitlines())
    log.write_text("\n".join(lines) + "\n", encoding="utf-8")
    fault = check_chain(log).fault
    assert fault is not None
    assert named in fault


def test_lines_taken_off_the_end_show_by_what_a_run_has_kept(log: Path) -> None:
    kept = head(log)
    lines = log.read_text(encoding="utf-8").splitlines(keepends=True)
    log.write_text("".join(lines[:4]), encoding="utf-8")
    assert check_chain(log).fault is None  # the chain itself cannot know
    assert "line 5 is missing" in str(check_chain(log, [kept]).fault)


def test_a_line_that_a_kill_cut_short_is_noted_by_the_next(log: Path) -> None:
    whole = log.read_bytes()
    log.write_bytes(whole + b'{"number": 6, "wha')
    assert check_chain(log).broken == (6,)
    append_line(log, {"what": "after"})
    assert read_lines(log)[-1] | {"previous": ""} == {
        "number": 7,
        "what": "after",
        "previous": "",
        "after_broken_line": 6,
    }
    checked = check_chain(log)
    assert (checked.lines, checked.broken, checked.fault) == (7, (6,), None)
    append_line(log, {"what": "and on"})
    assert check_chain(log).fault is None


def test_a_kill_that_left_all_but_the_end_of_a_line(log: Path) -> None:
    log.write_bytes(log.read_bytes().removesuffix(b"\n"))
    append_line(log, {"what": "after"})
    checked = check_chain(log)
    assert (checked.lines, checked.broken, checked.fault) == (6, (), None)


def test_a_line_longer_than_what_is_read_at_once(tmp_path: Path) -> None:
    path = tmp_path / "audit.jsonl"
    append_line(path, {"what": "x" * 200_000})
    append_line(path, {"what": "y"})
    assert check_chain(path).fault is None


def test_writers_at_the_same_time_do_not_break_the_chain(tmp_path: Path) -> None:
    path = tmp_path / "audit.jsonl"
    writers = [subprocess.Popen([sys.executable, "-c", WRITER, str(path), name]) for name in "abc"]
    assert [writer.wait(timeout=60) for writer in writers] == [0, 0, 0]
    checked = check_chain(path)
    assert (checked.lines, checked.fault, checked.broken) == (120, None, ())
    assert {line["by"] for line in read_lines(path)} == {"a", "b", "c"}


@pytest.mark.skipif(os.name == "nt", reason="Windows does not know these permissions")
def test_only_its_owner_may_read_it(tmp_path: Path) -> None:
    before = os.umask(0o022)
    try:
        append_line(tmp_path / "audit.jsonl", {"what": "a"})
    finally:
        os.umask(before)
    assert (tmp_path / "audit.jsonl").stat().st_mode & 0o777 == 0o600


def test_what_cannot_be_put_on_record_is_refused(tmp_path: Path) -> None:
    (tmp_path / "audit.jsonl").mkdir()
    with pytest.raises(ConfigError, match="nothing was done"):
        append_line(tmp_path / "audit.jsonl", {"what": "a"})


def test_a_line_is_one_json_object(log: Path) -> None:
    append_line(log, {"what": "with\nan end of line, an é and \u2028"})
    assert len(log.read_bytes().splitlines()) == 6
    assert json.loads(log.read_bytes().splitlines()[-1])["what"].startswith("with\nan")
