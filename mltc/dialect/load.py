"""Layout files by name or by path."""

from functools import cache
from pathlib import Path

from pydantic import ValidationError

from mltc.dialect.mapping import ColumnMapping
from mltc.dialect.problems import describe_problems
from mltc.dialect.schema import Child, Dialect, DropRule, LayoutFile, Lookup, TablePart
from mltc.errors import ConfigError
from mltc.paths import DIALECTS
from mltc.settings_file import read_settings

SECTIONS = (Dialect, LayoutFile, TablePart, Lookup, Child, DropRule, ColumnMapping)
KNOWN_KEYS = sorted({key for section in SECTIONS for key in section.model_fields})


def list_dialects(folder: Path = DIALECTS) -> list[str]:
    """Names of the layouts that come with the product."""
    return sorted(path.stem for path in folder.glob("*.toml"))


def load_dialect(name: str, base: Path | None = None) -> Dialect:
    """A layout by its name in `dialects/`, or by a path ending in .toml relative to `base`.

    Raises ConfigError for one that is not there or not valid.
    """
    if name.endswith(".toml"):
        return _read_dialect(((base or Path()) / name).resolve(), name)
    path, known = DIALECTS / f"{name}.toml", list_dialects()
    if name not in known:
        import difflib

        close = difflib.get_close_matches(name, known, n=1)
        hint = f" Did you mean {close[0]}?" if close else ""
        raise ConfigError(f"There is no layout {name[:60]!r} (known: {', '.join(known)}, or a path to a .toml).{hint}")
    return _read_dialect(path, name)


@cache
def _read_dialect(path: Path, name: str) -> Dialect:
    try:
        return Dialect(**read_settings(path, "layout file"))
    except ValidationError as error:
        problems = "; ".join(describe_problems(error, KNOWN_KEYS))
        raise ConfigError(f"The layout {name} is not valid: {problems}.") from None
