"""The only code that writes below a release folder."""

import hashlib
import io
import json
import shutil
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from types import TracebackType
from typing import Any

from mltc.disclosure.exposure import attack
from mltc.disclosure.profile import Profile
from mltc.disclosure.table import PublishedTable, TableSpec, load_table_specs
from mltc.disclosure.written import DICTIONARY, dictionary_csv, table_csv
from mltc.errors import DisclosureError
from mltc.private_files import open_folder, open_to_readers

MANIFEST = "manifest.json"
BESIDE_BEFORE = "beside_the_release_before"  # key of the manifest
FORBIDDEN_CHARACTERS = set('<>:"|?*\\')
RESERVED_NAMES = {"con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(1, 10))}


class ReleaseDoor:
    """Writes one release: all of it, or nothing.

    Files gather in `<folder>.partial` and take the place of `folder` only on `close`, after the attack on
    the tables has failed once more; what they and those of `previous` give away together is counted in the manifest.
    Leaving the context by an error leaves an earlier release untouched.

    >>> with ReleaseDoor(folder, profile, versions={"code": "0.1.0"}) as door:  # doctest: +SKIP
    ...     for table in protect(frames, specs, profile).values():
    ...         door.write_table(table)
    ...     door.write_text("index.html", page)
    """

    def __init__(
        self,
        folder: Path,
        profile: Profile,
        versions: Mapping[str, Any] | None = None,
        specs: Mapping[str, TableSpec] | None = None,
        previous: Mapping[str, PublishedTable] | None = None,
    ) -> None:
        self.folder = folder
        self.profile = profile
        self.versions = dict(versions or {})
        self.specs = specs or load_table_specs()
        self.previous = previous
        self._partial = folder.with_name(f"{folder.name}.partial")
        self._replaced = folder.with_name(f"{folder.name}.replaced")
        self._files: dict[str, dict[str, Any]] = {}
        self._tables: dict[str, PublishedTable] = {}

    def __enter__(self) -> "ReleaseDoor":
        _check_replaceable(self.folder)
        shutil.rmtree(self._partial, ignore_errors=True)
        open_folder(self.folder.parent)
        self._partial.mkdir()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if kind is None:
                self.close()
        finally:
            shutil.rmtree(self._partial, ignore_errors=True)
            shutil.rmtree(self._replaced, ignore_errors=True)

    def write_table(self, table: PublishedTable) -> None:
        """`tables/<name>.csv` (text, for people) and `.parquet` (typed, null where nothing is shown)."""
        name = table.spec.name
        if self.specs.get(name) != table.spec or list(table.frame.columns) != list(table.spec.kinds):
            raise DisclosureError(f"Table {name} is not as reports/tables.toml describes it; pass it to protect().")
        parquet = io.BytesIO()
        table.frame.write_parquet(parquet, compression="zstd", statistics=False)
        self.write_bytes(f"tables/{name}.csv", table_csv(table))
        self.write_bytes(f"tables/{name}.parquet", parquet.getvalue())
        self._tables[name] = table

    def write_text(self, relative_path: str, text: str) -> None:
        """A text file in UTF-8, exactly as given."""
        self.write_bytes(relative_path, text.encode("utf-8"))

    def write_bytes(self, relative_path: str, data: bytes) -> None:
        """A file at a path with forward slashes, below the release folder. Each path is written once."""
        path = check_relative_path(relative_path)
        if str(path).casefold() in {*map(str.casefold, self._files), MANIFEST}:
            raise DisclosureError(f"The release already has a file {relative_path}; give each its own name.")
        target = self._partial.joinpath(*path.parts)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)
        self._files[str(path)] = {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}

    def close(self) -> None:
        """Attack the tables, write dictionary and manifest, put the release in place."""
        found = attack(self._tables, self.specs, self.profile, self.previous)
        if exposures := [exposure for exposure in found if not exposure.needs_both]:
            tables = sorted({exposure.table for exposure in exposures})
            raise DisclosureError(
                f"{len(exposures)} numbers in {', '.join(tables)} can be worked out; nothing was released. "
                "Tables must come from protect() together, in one call and with the profile of this release."
            )
        self.write_bytes(f"tables/{DICTIONARY}.csv", dictionary_csv({n: t.spec for n, t in self._tables.items()}))
        text = json.dumps(self._manifest(len(found)), indent=2, sort_keys=True, ensure_ascii=False) + "\n"
        (self._partial / MANIFEST).write_bytes(text.encode("utf-8"))
        open_to_readers(self._partial)
        if self.folder.exists():
            # Moved and then removed: a kill in between leaves a whole release, or none, but never half a one.
            shutil.rmtree(self._replaced, ignore_errors=True)
            self.folder.rename(self._replaced)
        self._partial.rename(self.folder)

    def _manifest(self, worked_out: int) -> dict[str, Any]:
        profile = self.profile
        return {
            "files": self._files,
            "profile": {
                "name": profile.name,
                "suppressed": f"{profile.lowest} to {profile.highest}",
                "rounded_to": profile.base,
                "protection_width": profile.protection_width,
                "source": profile.source,
            },
            "suppression": {
                name: {
                    "cells": table.frame.height * len(table.spec.counts),
                    "small": table.primary_count,
                    "to_protect_others": table.complementary_count,
                    "why": self._why(table),
                }
                for name, table in sorted(self._tables.items())
            },
            BESIDE_BEFORE: {
                "counts_worked_out": worked_out,
                "by": "a reader who has the release before as well, and takes a count that only one of them shows "
                "to be unchanged where all that both show of its sums is unchanged",
            },
            "versions": self.versions,
        }

    def _why(self, table: PublishedTable) -> str:
        if table.is_withheld:
            return "withheld: small numbers of other tables could be worked out from it"
        if not table.primary_count + table.complementary_count:
            return "nothing suppressed"
        return (
            f"small: the count, or what it leaves of its whole, is {self.profile.lowest} to {self.profile.highest}; "
            "to_protect_others: could otherwise be worked out from totals or linked tables"
        )


def check_relative_path(relative_path: str) -> PurePosixPath:
    """The path, if it stays below the release folder and is a valid name on every system."""
    path = PurePosixPath(relative_path)
    parts = relative_path.split("/")
    is_bad = (
        path.is_absolute()
        or any(part in ("", ".", "..") for part in parts)
        or any(part.endswith((" ", ".")) or part.split(".")[0].casefold() in RESERVED_NAMES for part in parts)
        or any(character in FORBIDDEN_CHARACTERS or ord(character) < 32 for character in relative_path)
    )
    if is_bad:
        raise DisclosureError(
            f"{relative_path!r} is no path for a release file: use names below the release folder, separated "
            "by forward slashes, without '..', drive letters or characters that a system forbids."
        )
    return path


def _check_replaceable(folder: Path) -> None:
    """Only an empty folder or an earlier release may be replaced."""
    if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
        raise DisclosureError(f"{folder} is no folder; name a folder for the release.")
    if folder.is_dir() and any(folder.iterdir()) and not (folder / MANIFEST).is_file():
        raise DisclosureError(f"{folder} holds files that no release wrote (no {MANIFEST}); choose another folder.")
