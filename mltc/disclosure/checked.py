"""Look at a release as it lies in a folder: is it what the door wrote, and does it withstand the attack?"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from mltc.checksums import hash_file
from mltc.disclosure.door import BESIDE_BEFORE, MANIFEST, check_relative_path
from mltc.disclosure.improper import Exposure
from mltc.disclosure.profile import Profile
from mltc.disclosure.table import TableSpec
from mltc.disclosure.written import attack_release
from mltc.errors import ConfigError, DisclosureError


@dataclass(frozen=True)
class CheckedRelease:
    """`faults`: files that are not as the manifest says, in words. `exposures`: numbers that can be worked out."""

    files: int
    faults: tuple[str, ...]
    exposures: tuple[Exposure, ...]

    def refuse(self) -> None:
        """Raise DisclosureError where anything was found."""
        if self.exposures:
            tables = sorted({exposure.table for exposure in self.exposures})
            raise DisclosureError(
                f"{len(self.exposures)} numbers in {', '.join(tables)} can be worked out or should not be shown. "
                "Do not send this release on."
            )
        if self.faults:
            raise DisclosureError(
                f"{len(self.faults)} files are not as {MANIFEST} says. Write the release again with `mltc report`."
            )


def check_release(
    folder: Path,
    profile: Profile | None = None,
    specs: Mapping[str, TableSpec] | None = None,
    previous: Path | None = None,
) -> CheckedRelease:
    """Checksums of every file, and the attack on the tables, laid beside those of `previous` if that is given.

    Raises ConfigError where there is no release, DisclosureError for one that cannot be shown to be safe.
    """
    files = _read_manifest(folder)
    if previous:
        _read_manifest(previous)
    exposures = attack_release(folder, profile, specs, previous)
    return CheckedRelease(len(files), tuple(_find_faults(folder, files)), tuple(exposures))


def describe_beside(folder: Path) -> list[str]:
    """What the manifest of a release says that it and the one before give away together, in words; [] for nothing."""
    try:
        count = int(json.loads((folder / MANIFEST).read_text(encoding="utf-8"))[BESIDE_BEFORE]["counts_worked_out"])
    except (OSError, ValueError, KeyError, TypeError):
        return []
    return (
        [
            f"{count} suppressed counts could be worked out by somebody who lays this release beside the one before "
            "and takes counts that only one of them shows to be unchanged. `mltc disclose check` with `--previous` "
            "lists them: publish fewer breakdowns, or do not publish both, where that matters."
        ]
        if count
        else []
    )


def _read_manifest(folder: Path) -> dict[str, str]:
    """Checksum by path."""
    if not (folder / MANIFEST).is_file():
        raise ConfigError(_say_no_release(folder))
    try:
        written = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        return {str(check_relative_path(path)): str(entry["sha256"]) for path, entry in written["files"].items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise DisclosureError(f"{folder / MANIFEST} is not what a release writes.") from None


def _say_no_release(folder: Path) -> str:
    """What was looked for and, where releases are one folder further down, their names."""
    if not folder.is_dir():
        found = f"{folder} is no folder."
    else:
        below = sorted(path.parent.name for path in folder.glob(f"*/{MANIFEST}"))
        found = f"{folder} is no release folder: there is no {MANIFEST} in it."
        found += f" There is one in: {', '.join(below)}." if below else ""
    return f"{found} Looked for {folder / MANIFEST}, which every release has. Give a folder such as release/2026-10."


def _find_faults(folder: Path, files: Mapping[str, str]) -> list[str]:
    there = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()} - {MANIFEST}
    faults = [f"{path}: no release wrote it" for path in sorted(there - set(files))]
    faults += [f"{path}: it is missing" for path in sorted(set(files) - there)]
    return faults + [
        f"{path}: it was changed after the release"
        for path in sorted(there & set(files))
        if hash_file(folder / path) != files[path]
    ]
