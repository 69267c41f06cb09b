"""What a good run removes, by [retention]: old releases, Data Docs, practice lists and earlier warehouses."""

import re
import shutil
from pathlib import Path

from mltc.audit import AuditEvent, record_event
from mltc.config.operation import RetentionSettings
from mltc.disclosure import remove_releases
from mltc.private_files import make_private_folder

_MONTH = re.compile(r"\d{4}-\d{2}")
EARLIER = "earlier"


def remove_old(out: Path, run: str, settings: RetentionSettings) -> list[str]:
    """Remove what is older than the settings keep, counted back from the month `run`; what was removed, by path.

    The run's own month is always kept, and so is everything that is named otherwise than by a month.
    """
    removed: list[str] = []
    if settings.release_months is not None:
        old = _older(out / "release", run, settings.release_months)
        removed += [f"release/{name}" for name in remove_releases(out / "release", old)]
        removed += _remove(out, "data_docs", _older(out / "data_docs", run, settings.release_months))
    if settings.lists_months is not None:
        removed += _remove(out, "lists", _older(out / "lists", run, settings.lists_months))
    kept = sorted(_months(out / EARLIER), reverse=True)
    removed += _remove(out, EARLIER, kept[settings.earlier_warehouses :])
    if removed:
        record_event(out, AuditEvent("removed", parameters=settings.model_dump(), outputs=removed))
    return removed


def keep_earlier(out: Path, run: str, files: tuple[Path, ...]) -> None:
    """Put the files of an earlier month's last good state into `earlier/<month>/`, where they stay as they are.

    Safe to repeat: what lies there already is left alone.
    """
    folder = out / EARLIER / run
    for each in (out / EARLIER, folder):
        make_private_folder(each)
    for file in files:
        place = folder / file.name
        if not file.exists() or place.exists():
            continue
        try:
            place.hardlink_to(file)  # a run never changes these files, it puts others in their place
        except OSError:
            beside = place.with_name(f"{place.name}.partial")
            shutil.copy2(file, beside)
            beside.replace(place)


def month_number(name: str) -> int:
    """Months since year 0 of a run such as 2026-10."""
    year, month = name.split("-")
    return 12 * int(year) + int(month)


def _months(folder: Path) -> list[str]:
    return [path.name for path in folder.glob("*") if path.is_dir() and _MONTH.fullmatch(path.name)]


def _older(folder: Path, run: str, months: int) -> list[str]:
    return sorted(name for name in _months(folder) if month_number(name) <= month_number(run) - months)


def _remove(out: Path, kind: str, names: list[str]) -> list[str]:
    for name in names:
        shutil.rmtree(out / kind / name)
    return [f"{kind}/{name}" for name in names]
