"""A settings file as plain values: configurations and layouts are read here, whatever somebody put into them."""

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mltc.errors import ConfigError

MAXIMUM_BYTES = 1_000_000  # the longest layout that comes with the product has a fiftieth of that
# Beyond this, neither the engine nor floating-point numbers hold every whole number.
LARGEST = 2**53
# What breaks lines or indents may stand in a reason; every other control character can only do harm on a screen.
_ALLOWED = {"\t", "\n", "\r"}
# Keys whose text is a name or a path, which messages repeat: it stands on one line.
_ONE_LINE = {"name", "path", "root", "archive", "query", "dialect", "feed", "database", "storage"}


def read_settings(path: Path, what: str, hint: str = "") -> dict[str, Any]:
    """The content of a TOML file. `what`: what to call it in messages; `hint`: what to do where there is none.

    Raises ConfigError for a file that is missing, too long or no TOML, and for names, texts or numbers in it that no
    setting can have.
    """
    try:
        if path.stat().st_size > MAXIMUM_BYTES:
            raise ConfigError(f"The {what} {path} has more than {MAXIMUM_BYTES:,} bytes. Is it another file?")
        content = tomllib.loads(path.read_text(encoding="utf-8-sig"))
        problems = [problem for problem, _ in zip(_find_unsafe(content, ""), range(5), strict=False)]
    except FileNotFoundError:
        raise ConfigError(f"There is no {what} {path}. {hint}".strip()) from None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} cannot be read ({type(error).__name__}): it must be UTF-8 text.") from None
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path} is not valid TOML: {error}.") from None
    except RecursionError:
        raise ConfigError(f"{path} is not valid: lists or tables lie too deep within one another.") from None
    except ValueError:
        raise ConfigError(f"{path} is not valid TOML: a number in it has too many digits.") from None
    if problems:
        raise ConfigError(f"{path}: {'; '.join(problems)}.")
    return content


def _find_unsafe(value: object, where: str) -> Iterator[str]:
    """Control characters in names and texts, and whole numbers that cannot be counted with."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if not key.isprintable():
                yield f"the name {ascii(key)[:60]}{f' under [{where}]' if where else ''} holds control characters"
            else:
                yield from _find_unsafe(inner, f"{where}.{key}" if where else key)
    elif isinstance(value, list):
        for inner in value:
            yield from _find_unsafe(inner, where)
    elif isinstance(value, str) and any(
        _is_control(sign, one_line=where.rpartition(".")[2] in _ONE_LINE) for sign in value
    ):
        yield f"{where} holds control characters, which no text of a settings file needs"
    elif isinstance(value, int) and abs(value) > LARGEST:
        yield f"{where} is a number beyond {LARGEST:,}"


def _is_control(sign: str, *, one_line: bool) -> bool:
    return (ord(sign) < 32 and (one_line or sign not in _ALLOWED)) or 127 <= ord(sign) < 160
