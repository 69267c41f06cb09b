"""Remove releases whose time is over."""

import shutil
from collections.abc import Iterable
from pathlib import Path

from mltc.disclosure.door import MANIFEST


def remove_releases(folder: Path, names: Iterable[str]) -> list[str]:
    """Remove the releases `names` below `folder`; the names of those that were removed.

    Only what a release wrote: a folder without a manifest stays, and is not named.
    """
    removed = [name for name in names if (folder / name / MANIFEST).is_file()]
    for name in removed:
        shutil.rmtree(folder / name)
    return removed
