"""Read a configuration file and report every problem in it at once."""

import difflib
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from mltc.config.gate import CoverageSettings, DriftSettings, GateSettings, PlausibilitySettings
from mltc.config.schema import (
    ClusterSettings,
    Config,
    DatabaseSettings,
    EngineSettings,
    ExtractSettings,
    FeedSettings,
    IcbSettings,
    LawfulSettings,
    RiskSettings,
    RunSettings,
    SourceSettings,
    StorageSettings,
)
from mltc.dialect import ColumnMapping
from mltc.errors import ConfigError

SECTIONS: tuple[type[BaseModel], ...] = (
    Config,
    IcbSettings,
    RunSettings,
    EngineSettings,
    GateSettings,
    CoverageSettings,
    PlausibilitySettings,
    DriftSettings,
    ClusterSettings,
    RiskSettings,
    LawfulSettings,
    ExtractSettings,
    SourceSettings,
    FeedSettings,
    DatabaseSettings,
    StorageSettings,
    ColumnMapping,
)
KNOWN_KEYS = sorted({key for section in SECTIONS for key in section.model_fields} - {"base"})


def load_config(path: Path, extract_root: Path | None = None) -> Config:
    """Configuration in `path`; `extract_root` replaces `[extracts] root` (for the demo).

    Raises ConfigError naming every key that is missing, unknown or out of range.
    """
    content = _read_toml(path)
    if extract_root is not None:
        content["extracts"] = {"root": str(extract_root.resolve())}
    try:
        return Config(**content, base=path.resolve().parent)
    except ValidationError as error:
        problems = "; ".join(_describe_problems(error))
        raise ConfigError(f"{path}: {problems}. config/icb_example.toml shows every key.") from None


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        raise ConfigError(f"There is no configuration file {path}. Give its path with --config.") from None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} cannot be read ({type(error).__name__}): it must be UTF-8 text.") from None
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path} is not valid TOML: {error}.") from None
    content.pop("base", None)
    return content


def _describe_problems(error: ValidationError) -> Iterator[str]:
    for problem in error.errors():
        where = ".".join(str(part) for part in problem["loc"] if part not in {"str", "ColumnMapping"})
        match problem["type"]:
            case "extra_forbidden":
                yield f"unknown key {where}{_suggest(str(problem['loc'][-1]))}"
            case "missing":
                yield f"key {where} is missing"
            case "value_error":
                yield f"{where}: {problem['ctx']['error']}" if where else str(problem["ctx"]["error"])
            case _:
                yield f"{where}: {problem['msg'][0].lower()}{problem['msg'][1:]}"


def _suggest(key: str) -> str:
    close = difflib.get_close_matches(key, KNOWN_KEYS, n=1)
    return f" (did you mean {close[0]}?)" if close else ""
