"""Which files a part reads: local ones by pattern, everything else once it has been landed."""

import fnmatch
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from mltc.config import Config, FeedSettings
from mltc.errors import ExtractError
from mltc.sources.part import Part, feed_root
from mltc.sources.reader import CSV_ENDINGS, PARQUET_ENDINGS

GLOB_CHARACTERS = "*?["


@dataclass(frozen=True)
class SourceFile:
    """A local file, and its name in accounts and messages: the path below its root, the feed's name before it."""

    path: Path
    name: str


def locate_files(
    config: Config, part: Part, key: str, landing: Path, read_block: Callable[[str], str] | None = None
) -> list[SourceFile]:
    """Files of the layout's file `key`, by name; empty where the layout marks it optional and none is there.

    `landing` is the folder for what is not a local file, `read_block` reads a secret that a database's URL is kept
    in. Raises ExtractError where none matches, or where a database, a store or an archive cannot be read.
    """
    found = _land(config, part, key, landing, read_block) or _find(config, part, key)
    if not found and not part.files[key].optional:
        raise ExtractError(_tell_missing(config, part, key))
    prefix = "" if part.dialect is None else f"{part.feed}/"
    return [SourceFile(file.path, prefix + file.name) for file in found]


def is_remote(text: str) -> bool:
    """Whether a path is a URL of a store and no path."""
    return "://" in text


def _land(
    config: Config, part: Part, key: str, landing: Path, read_block: Callable[[str], str] | None
) -> list[SourceFile]:
    from mltc.sources.remote import land

    landed = land(config, part, key, landing / part.feed, read_block)
    return [SourceFile(file.path, file.name) for file in landed]


def _find(config: Config, part: Part, key: str) -> list[SourceFile]:
    if part.settings.database or (isinstance(part.settings, FeedSettings) and part.settings.archive):
        return []
    root, pattern = feed_root(config, part), part.files[key].path or key
    if is_remote(pattern):
        return []
    if Path(pattern).is_absolute():
        root, pattern = _split_absolute(Path(pattern))
    single = root / pattern
    try:
        if single.is_file():
            return [SourceFile(single, PurePosixPath(pattern).as_posix())]
        if not root.is_dir():
            return []
    except OSError:  # a name that is too long for the file system, or a folder that may not be looked into
        return []
    anchored = part.dialect is None
    names = (path.relative_to(root) for path in root.rglob("*") if path.is_file())
    matching = sorted(name.as_posix() for name in names if matches(name.as_posix(), pattern, anchored=anchored))
    return [SourceFile(root / name, name) for name in matching]


def matches(name: str, pattern: str, *, anchored: bool) -> bool:
    """Whether a path below the root is meant by `pattern`, whatever the case of its letters.

    `anchored`: the pattern starts at the root; else it may match in any folder below it. A pattern without an
    ending stands for every kind of file that can be read; alternatives are parted by |.
    """
    return any(_matches_one(name, single, anchored=anchored) for single in pattern.split("|"))


def _matches_one(name: str, pattern: str, *, anchored: bool) -> bool:
    parts, wanted = name.casefold().split("/"), pattern.casefold().replace("\\", "/").split("/")
    if parts[-1].startswith((".", "~$")) or len(parts) < len(wanted) or (anchored and len(parts) != len(wanted)):
        return False
    if not wanted[-1].endswith(CSV_ENDINGS + PARQUET_ENDINGS):
        ending = next((end for end in sorted(CSV_ENDINGS + PARQUET_ENDINGS, key=len, reverse=True)
                       if parts[-1].endswith(end)), None)  # fmt: skip
        if ending is None:
            return False
        parts[-1] = parts[-1].removesuffix(ending)
    tail = parts[len(parts) - len(wanted) :]
    return all(fnmatch.fnmatchcase(part, glob) for part, glob in zip(tail, wanted, strict=True))


def _split_absolute(pattern: Path) -> tuple[Path, str]:
    """The deepest folder without a glob character, and the rest."""
    parts = pattern.parts
    first = next((n for n, part in enumerate(parts) if any(sign in part for sign in GLOB_CHARACTERS)), len(parts) - 1)
    return Path(*parts[:first]), "/".join(parts[first:])


def _tell_missing(config: Config, part: Part, key: str) -> str:
    root, pattern = feed_root(config, part), part.files[key].path or key
    table, where = part.table.table, part.place
    if part.dialect is None:
        return (
            f"No file for table {table}: nothing matches {root / pattern}. Check {where} path and "
            "[extracts] root, and that the extract has arrived."
        )
    return (
        f"No file for table {table}: the layout {part.dialect} wants {key} as {pattern!r}, and nothing below {root} "
        f"is called so. Check {where} root and paths, and that the extract has arrived; a feed that has no such "
        f"file leaves {table} out of its `tables`."
    )
