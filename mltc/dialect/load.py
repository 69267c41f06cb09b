"""Layout files by name or by path."""

import tomllib
from functools import cache
from pathlib import Path

from pydantic import ValidationError

from mltc.dialect.schema import Dialect
from mltc.errors import ConfigError
from mltc.paths import DIALECTS


def list_dialects(folder: Path = DIALECTS) -> list[str]:
    """Names of the layouts that come with the product."""
    return sorted(path.stem for path in folder.glob("*.toml"))


def load_dialect(name: str, base: Path | None = None) -> Dialect:
    """A layout by its name in `dialects/`, or by a path ending in .toml relative to `base`.

    Raises ConfigError for one that is not there or not valid.
    """
    if name.endswith(".toml"):
        return _read_dialect(((base or Path()) / name).resolve(), name)
    path = DIALECTS / f"{name}.toml"
    if not path.exists():
        import difflib

        known = list_dialects()
        close = difflib.get_close_matches(name, known, n=1)
        hint = f" Did you mean {close[0]}?" if close else ""
        raise ConfigError(f"There is no layout {name!r} (known: {', '.join(known)}, or a path to a .toml).{hint}")
    return _read_dialect(path, name)


@cache
def _read_dialect(path: Path, name: str) -> Dialect:
    try:
        return Dialect(**tomllib.loads(path.read_text(encoding="utf-8-sig")))
    except FileNotFoundError:
        raise ConfigError(f"There is no layout file {path}.") from None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(
            f"The layout {path} cannot be read ({type(error).__name__}): it must be UTF-8 text."
        ) from None
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"The layout {name} is not valid TOML: {error}.") from None
    except ValidationError as error:
        problems = "; ".join(_describe(problem) for problem in error.errors())
        raise ConfigError(f"The layout {name} is not valid: {problems}.") from None


def _describe(problem: object) -> str:
    found: dict[str, object] = dict(problem)  # type: ignore[call-overload]
    where = ".".join(str(part) for part in found["loc"] if part not in {"str", "ColumnMapping"})  # type: ignore[attr-defined]
    if found["type"] == "extra_forbidden":
        return f"unknown key {where}"
    if found["type"] in {"model_type", "tuple_type"} and where.startswith("table."):
        return f"{where} must be written [[{'.'.join(where.split('.')[:2])}]], with double brackets, and hold keys"
    told = str(found["msg"]).removeprefix("Value error, ")
    return f"{where}: {told}" if where else told
