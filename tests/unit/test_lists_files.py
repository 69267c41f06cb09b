"""Files of lists: whole or not at all, and days as spreadsheets write them."""

import os
from datetime import date
from pathlib import Path

import pytest

from mltc.errors import ConfigError
from mltc.lists.people import Selection, is_file_name
from mltc.lists.returned import read_day
from mltc.private_files import swap_folder, write_private


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2026-10-05", date(2026, 10, 5)),
        ("05/10/2026", date(2026, 10, 5)),  # day first, as in Britain
        ("05/10/26", date(2026, 10, 5)),
        ("10/13/2026", None),
        ("2026-02-30", None),
        ("", None),
    ],
)
def test_days(text: str, day: date | None) -> None:
    assert read_day(text) == day


@pytest.mark.parametrize(
    ("code", "is_fit"), [("A81001", True), ("not known", False), ("../A81001", False), ("", False), ("Å1", False)]
)
def test_a_practice_code_that_could_leave_the_folder_names_no_file(code: str, is_fit: bool) -> None:
    assert is_file_name(code) is is_fit


def test_a_file_is_written_whole_and_closed_to_others(tmp_path: Path) -> None:
    path = tmp_path / "folder" / "file"
    write_private(path, b"one")
    write_private(path, b"two")
    assert path.read_bytes() == b"two"
    assert [each.name for each in path.parent.iterdir()] == ["file"]  # nothing is left beside
    if os.name != "nt":
        assert path.stat().st_mode & 0o777 == 0o600
        assert path.parent.stat().st_mode & 0o777 == 0o700


def test_a_folder_that_cannot_be_put_in_place_leaves_the_old_one(tmp_path: Path) -> None:
    place = tmp_path / "place"
    write_private(place / "old", b"")
    with pytest.raises(ConfigError, match="cannot be replaced"):
        swap_folder(tmp_path / "never_built", place)
    assert [each.name for each in place.iterdir()] == ["old"]


def test_a_selection_in_words() -> None:
    assert Selection().words() == "Everyone with MLTC."
    chosen = Selection(top=1_000, band="1-5%", innovation="mdt_meeting", is_complex=True)
    assert chosen.words() == (
        "The first 1,000 people with complex MLTC, in the risk band 1-5%, eligible for the innovation mdt_meeting."
    )
