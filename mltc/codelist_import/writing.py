"""Puts a list and its row of the registry into a folder of code lists, both or neither."""

import csv
import shutil
import tempfile
from collections.abc import Iterable, Sequence
from io import StringIO
from pathlib import Path

from mltc.codelist_import.merging import Row
from mltc.codelists import write_registry
from mltc.codelists.lists import FOLDERS, read_list
from mltc.errors import CodelistError


def write_list(folder: Path, path: Path, rows: Iterable[Row], stated: dict[str, str], *, merge: bool) -> None:
    """Write list and registry in a copy of `folder`, and put both into place once both are sound.

    stated: columns of registry.csv that a person states; merge: what was stated before stays in front of them.
    Raises CodelistError, with `folder` as it was, where the new list or another one is faulty.
    """
    with tempfile.TemporaryDirectory(prefix="mltc-codelists-") as name:
        copy = Path(name) / "codelists"
        shutil.copytree(folder, copy)
        drawn = copy / path.relative_to(folder)
        drawn.parent.mkdir(exist_ok=True)
        columns = FOLDERS[path.parent.name]
        drawn.write_bytes(render_csv(columns, rows).encode("utf-8"))
        problems: list[str] = []
        read_list(drawn, problems)
        if problems:
            told = "\n  ".join(problems)
            raise CodelistError(f"The new list would be faulty, so nothing was written:\n  {told}")
        write_registry(copy)
        state(copy / "registry.csv", path.relative_to(folder).as_posix(), stated, merge=merge)
        try:
            path.parent.mkdir(exist_ok=True)
            put(drawn, path)
            put(copy / "registry.csv", folder / "registry.csv")
        except OSError as error:
            raise CodelistError(
                f"{folder} cannot be written ({type(error).__name__}): give a folder that can be with --codelists."
            ) from None


def state(registry: Path, name: str, stated: dict[str, str], *, merge: bool) -> None:
    """Fill the stated columns of one row; of a merged list, what was stated before stays in front."""
    reader = csv.DictReader(StringIO(registry.read_text(encoding="utf-8")))
    columns, rows = tuple(reader.fieldnames or ()), list(reader)
    for row in rows:
        if row["path"] == name:
            for column, value in stated.items():
                before = row[column] if merge and column != "reviewed_date" else ""
                row[column] = f"{before}; {value}" if before and value not in before else before or value
    registry.write_bytes(render_csv(columns, rows).encode("utf-8"))


def render_csv(columns: Sequence[str], rows: Iterable[Row]) -> str:
    """CSV text with line ends as LF."""
    text = StringIO(newline="")
    writer = csv.DictWriter(text, columns, lineterminator="\n", extrasaction="ignore")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def put(new: Path, path: Path) -> None:
    """Replace `path` in one step: whoever reads it sees the old file or the new one."""
    beside = path.with_name(path.name + ".new")
    shutil.copyfile(new, beside)
    beside.replace(path)
