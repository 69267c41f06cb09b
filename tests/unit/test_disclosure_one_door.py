"""Nothing but `mltc.disclosure` writes below a release folder."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
WRITE = re.compile(
    r"\.(write_(text|bytes|csv|parquet|json|ndjson|excel|ipc)|open|mkdir|touch|rename|replace|save\w*|sink_\w+|unlink)\(|\bopen\(|shutil\."
)
RELEASE = re.compile(r"release", re.IGNORECASE)
DOOR = re.compile(r"\bdoor\.(write_table|write_text|write_bytes)\(")


def find_other_writers(source):
    """Lines that write to something called a release without going through a door."""
    return [
        line.strip()
        for line in source.splitlines()
        if WRITE.search(line) and RELEASE.search(line.split("#")[0]) and not DOOR.search(line)
    ]


def sources():
    folders = [ROOT / name for name in ("flows", "models", "mltc")]
    paths = [path for folder in folders for path in folder.rglob("*.py")]
    return [path for path in paths if ROOT / "mltc" / "disclosure" not in path.parents]


def test_only_the_door_writes_a_release():
    writers = {
        path.relative_to(ROOT).as_posix(): lines
        for path in sources()
        if (lines := find_other_writers(path.read_text(encoding="utf-8")))
    }
    assert writers == {}


@pytest.mark.parametrize(
    "line",
    [
        'frame.write_csv(release / "t.csv")',
        '(release_folder / "x.html").write_text(page)',
        'with open(release / "x", "w") as file:',
        "shutil.copy(workbook, config.release)",
    ],
)
def test_the_search_finds_other_writers(line):
    assert find_other_writers(line) == [line]


def test_the_search_lets_the_door_through():
    assert find_other_writers('door.write_text("release-notes.html", page)\nfolder = workspace.release') == []
