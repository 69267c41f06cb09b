"""Members of a .zip archive, unpacked one by one."""

import hashlib
import shutil
import stat
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath

from mltc.errors import ExtractError
from mltc.landing.attempts import MissingSourceError
from mltc.landing.landed import (
    BLOCK_BYTES,
    Identity,
    LandedFile,
    find_landed,
    flat_names,
    forget_landed,
    keep_only,
    record_landed,
    written_beside,
)
from mltc.progress import tell

# Extracts in text shrink five- to thirtyfold; a thousandfold is deflate's limit and the mark of a zip bomb.
MAXIMUM_RATIO = 200
SMALL_BYTES = 256 * 1024 * 1024  # below this, no ratio can do harm
FREE_BYTES = 1024**3  # left free on the disk


def land_archive(
    path: Path,
    patterns: list[str],
    folder: Path,
    progress: Callable[[str], None] = tell,
    *,
    wanted: Callable[[str], bool] | None = None,
) -> list[LandedFile]:
    """Unpack the members of the .zip at `path` that match one of `patterns` into `folder`, which belongs to this call.

    A pattern with a `/` is compared with the whole path of a member, one without with its base name; `wanted`
    chooses further, by the whole path. Members keep their base names (see `flat_names`); none can land elsewhere.
    Raises ExtractError where the archive is missing, damaged, encrypted, unsafe or a bomb, MissingSourceError where
    nothing matches.
    """
    with _opened(path) as archive:
        members = _choose_members(archive, path, patterns, wanted or (lambda member: True))
        _check_sizes(members, path, folder)
        names = flat_names([_posix(member) for member in members])
        landed = [_land_member(archive, member, path, folder / names[_posix(member)], progress) for member in members]
    keep_only(folder, landed)
    return landed


@contextmanager
def _opened(path: Path) -> Iterator[zipfile.ZipFile]:
    try:
        archive = zipfile.ZipFile(path)
    except FileNotFoundError:
        raise ExtractError(f"There is no archive {path}. Check its path and that the extract has arrived.") from None
    except (zipfile.BadZipFile, OSError, ValueError) as error:
        raise ExtractError(
            f"{path.name} is not a .zip archive, or is cut short ({type(error).__name__}). Ask the sender for it again."
        ) from None
    with archive:
        yield archive


def _choose_members(
    archive: zipfile.ZipFile, path: Path, patterns: list[str], wanted: Callable[[str], bool]
) -> list[zipfile.ZipInfo]:
    files = [member for member in archive.infolist() if not member.is_dir()]
    for member in files:
        _check_member(member, path)
    matching = [member for member in files if any(_matches(_posix(member), pattern) for pattern in patterns)]
    chosen = [member for member in matching if wanted(_posix(member))]
    if not chosen:
        held = ", ".join(sorted(_posix(member) for member in files)[:8]) or "nothing"
        raise MissingSourceError(f"{path.name} holds no file that matches {', '.join(patterns)}. It holds {held}.")
    repeated = {_posix(member) for member in chosen}
    if len(repeated) != len(chosen):
        raise ExtractError(f"{path.name} holds two members of the same path. Ask the sender for it again.")
    encrypted = sorted(_posix(member) for member in chosen if member.flag_bits & 0x1)
    if encrypted:
        raise ExtractError(
            f"{path.name} is encrypted ({', '.join(encrypted[:4])}). Decrypt it with the sender's tool and give the "
            "unpacked folder, or an archive without a password."
        )
    return sorted(chosen, key=_posix)


def _check_member(member: zipfile.ZipInfo, path: Path) -> None:
    """Refuse an archive whose names lead elsewhere: it was damaged or made to do harm."""
    parts = PurePosixPath(_posix(member)).parts
    is_link = stat.S_ISLNK(member.external_attr >> 16)
    if is_link or ".." in parts or _posix(member).startswith("/") or (parts and parts[0].endswith(":")):
        raise ExtractError(
            f"{path.name} holds a member that leads outside of the archive ({member.filename!r}). Nothing was "
            "unpacked. Ask the sender for the archive again."
        )


def _check_sizes(members: list[zipfile.ZipInfo], path: Path, folder: Path) -> None:
    unpacked = sum(member.file_size for member in members)
    packed = max(path.stat().st_size, 1)
    if unpacked > SMALL_BYTES and unpacked > MAXIMUM_RATIO * packed:
        raise ExtractError(
            f"{path.name} would unpack to {unpacked:,} bytes, {unpacked // packed:,} times its size; {MAXIMUM_RATIO} "
            "times is the limit. It looks like a zip bomb: ask the sender, or unpack it by hand."
        )
    folder.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(folder).free
    if unpacked + FREE_BYTES > free:
        raise ExtractError(
            f"{path.name} unpacks to {unpacked:,} bytes, and {folder} has {free:,} bytes free, of which "
            f"{FREE_BYTES:,} are kept. Free disk space, or choose another folder with --out."
        )


def _land_member(
    archive: zipfile.ZipFile, member: zipfile.ZipInfo, path: Path, target: Path, progress: Callable[[str], None]
) -> LandedFile:
    name = f"{path.name}:{_posix(member)}"
    identity: Identity = {
        "kind": "archive",
        "archive": path.name,
        "archive_bytes": path.stat().st_size,
        "member": _posix(member),
        "crc32": member.CRC,
        "size": member.file_size,
    }
    landed = find_landed(target, target.name, name, identity)
    if landed is not None:
        progress(f"{name}: landed before")
        return landed
    progress(f"{name}: unpacking")
    forget_landed(target)
    with written_beside(target, name) as part:
        sha256 = _unpack(archive, member, part, name)
    return record_landed(target, target.name, name, identity, None, sha256)


def _unpack(archive: zipfile.ZipFile, member: zipfile.ZipInfo, part: Path, name: str) -> str:
    digest = hashlib.sha256()
    with part.open("wb") as file:
        for block in _read_blocks(archive, member, name):
            digest.update(block)
            file.write(block)
    return digest.hexdigest()


def _read_blocks(archive: zipfile.ZipFile, member: zipfile.ZipInfo, name: str) -> Iterator[bytes]:
    """Blocks of a member; zipfile gives no more than the declared size and compares its CRC-32 at the end."""
    damaged = f"{name} is damaged: its bytes do not unpack to what the archive declares. Ask the sender for it again."
    try:
        with archive.open(member) as source:
            while block := source.read(BLOCK_BYTES):
                yield block
    except NotImplementedError:
        raise ExtractError(
            f"{name} is compressed in a way that Python cannot read (Windows uses Deflate64 above 2 GB). Unpack it by "
            "hand, or pack it again with Deflate."
        ) from None
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError):
        raise ExtractError(damaged) from None


def _posix(member: zipfile.ZipInfo) -> str:
    """Path of a member with /, also where a Windows tool wrote backslashes."""
    return member.filename.replace("\\", "/")


def _matches(path: str, pattern: str) -> bool:
    return fnmatchcase(path if "/" in pattern else path.rsplit("/", 1)[-1], pattern)
