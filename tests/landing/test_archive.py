"""Archives as senders make them, and as they must not be."""

import stat
import zipfile
from pathlib import Path

import pytest

from mltc.errors import ExtractError
from mltc.landing import MissingSourceError, land_archive
from mltc.landing import archive as archive_module

TEXT = b"person_id,code\n" + b"P1,I10\n" * 5_000


def make_zip(path: Path, members: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in members.items():
            made.writestr(name, content)
    return path


def test_members_of_nested_folders_land_under_their_names(tmp_path: Path) -> None:
    path = make_zip(
        tmp_path / "tpp.zip", {"out/2026/SRCode.csv": TEXT, "out/readme.txt": b"hello", "out/2026/SRPatient.csv": b"x"}
    )
    landed = land_archive(path, ["*.csv"], tmp_path / "landing")
    assert {item.path.name: item.path.read_bytes() for item in landed} == {"SRCode.csv": TEXT, "SRPatient.csv": b"x"}
    assert landed[0].name == "tpp.zip:out/2026/SRCode.csv"
    assert [item.resumed for item in land_archive(path, ["*.csv"], tmp_path / "landing")] == [True, True]


def test_a_pattern_with_a_folder_is_of_the_whole_path(tmp_path: Path) -> None:
    path = make_zip(tmp_path / "a.zip", {"new/apc.csv": b"new", "old/apc.csv": b"old"})
    landed = land_archive(path, ["new/*.csv"], tmp_path / "landing")
    assert [(item.path.name, item.path.read_bytes()) for item in landed] == [("apc.csv", b"new")]
    landed = land_archive(path, ["*"], tmp_path / "landing", wanted=lambda member: member.startswith("old/"))
    assert [(item.path.name, item.path.read_bytes()) for item in landed] == [("apc.csv", b"old")]


def test_same_base_name_twice_keeps_both(tmp_path: Path) -> None:
    path = make_zip(tmp_path / "a.zip", {"A81001/SRCode.csv.gz": b"1", "A81002\\srcode.csv.gz": b"2", "x.csv.gz": b"3"})
    landed = land_archive(path, ["*.csv.gz"], tmp_path / "landing")
    assert sorted(item.path.name for item in landed) == ["SRCode.A81001.csv.gz", "srcode.A81002.csv.gz", "x.csv.gz"]
    assert sorted(item.path.read_bytes() for item in landed) == [b"1", b"2", b"3"]


@pytest.mark.parametrize("name", ["../evil.csv", "a/../../evil.csv", "/etc/evil.csv", "..\\evil.csv", "C:\\evil.csv"])
def test_names_that_lead_elsewhere_are_refused(tmp_path: Path, name: str) -> None:
    path = make_zip(tmp_path / "a.zip", {"good.csv": b"x", name: b"evil"})
    with pytest.raises(ExtractError, match="leads outside of the archive"):
        land_archive(path, ["*.csv"], tmp_path / "landing")
    assert not list(tmp_path.rglob("*evil*"))
    assert not (tmp_path / "landing").exists()


def test_links_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as made:
        link = zipfile.ZipInfo("link.csv")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        made.writestr(link, "/etc/passwd")
    with pytest.raises(ExtractError, match="leads outside"):
        land_archive(path, ["*.csv"], tmp_path / "landing")


def test_a_damaged_member_leaves_nothing_and_the_whole_ones_resume(tmp_path: Path) -> None:
    path = make_zip(tmp_path / "a.zip", {"a.csv": TEXT, "b.csv": TEXT * 3})
    whole = bytearray(path.read_bytes())
    with zipfile.ZipFile(path) as made:
        start = made.getinfo("b.csv").header_offset
    whole[start + 60] ^= 0xFF
    path.write_bytes(whole)
    with pytest.raises(ExtractError, match=r"a\.zip:b\.csv is damaged"):
        land_archive(path, ["*.csv"], tmp_path / "landing")
    assert [item.name for item in (tmp_path / "landing").iterdir() if item.is_file()] == ["a.csv"]


def test_a_cut_archive(tmp_path: Path) -> None:
    path = make_zip(tmp_path / "a.zip", {"a.csv": TEXT})
    path.write_bytes(path.read_bytes()[:200])
    with pytest.raises(ExtractError, match=r"a\.zip is not a \.zip archive, or is cut short"):
        land_archive(path, ["*.csv"], tmp_path / "landing")


def test_an_archive_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ExtractError, match="There is no archive"):
        land_archive(tmp_path / "a.zip", ["*.csv"], tmp_path / "landing")


def test_nothing_matches_says_what_is_there(tmp_path: Path) -> None:
    path = make_zip(tmp_path / "a.zip", {"in/a.txt": b"x"})
    with pytest.raises(MissingSourceError, match=r"no file that matches \*\.csv, \*\.parquet\. It holds in/a\.txt"):
        land_archive(path, ["*.csv", "*.parquet"], tmp_path / "landing")


def test_an_encrypted_member(tmp_path: Path) -> None:
    """zipfile cannot write one: the flag of the specification (APPNOTE 4.4.4, bit 0) is set in both headers."""
    path = make_zip(tmp_path / "a.zip", {"a.csv": TEXT})
    content = bytearray(path.read_bytes())
    content[6] |= 1
    content[content.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(content)
    with pytest.raises(ExtractError, match=r"is encrypted \(a\.csv\)"):
        land_archive(path, ["*.csv"], tmp_path / "landing")


def test_a_bomb_is_not_unpacked(tmp_path: Path, monkeypatch) -> None:
    """20 MiB of zeros pack to about 20 kB: a thousandfold."""
    monkeypatch.setattr(archive_module, "SMALL_BYTES", 1024 * 1024)
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as made, made.open("a.csv", "w") as member:
        for _ in range(20):
            member.write(bytes(1024 * 1024))
    with pytest.raises(ExtractError, match=r"would unpack to 20,971,520 bytes.*zip bomb"):
        land_archive(path, ["*.csv"], tmp_path / "landing")


def test_an_archive_that_the_disk_cannot_hold(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(archive_module, "FREE_BYTES", 2**60)
    path = make_zip(tmp_path / "a.zip", {"a.csv": TEXT})
    with pytest.raises(ExtractError, match="bytes free"):
        land_archive(path, ["*.csv"], tmp_path / "landing")


def test_members_that_are_gone_are_removed(tmp_path: Path) -> None:
    path = make_zip(tmp_path / "a.zip", {"a.csv": b"1", "b.csv": b"2"})
    land_archive(path, ["*.csv"], tmp_path / "landing")
    make_zip(path, {"b.csv": b"3"})
    landed = land_archive(path, ["*.csv"], tmp_path / "landing")
    assert [(item.path.name, item.path.read_bytes()) for item in landed] == [("b.csv", b"3")]
    assert [item.name for item in (tmp_path / "landing").iterdir() if item.is_file()] == ["b.csv"]
