"""Read a configuration file and report every problem in it at once."""

from pathlib import Path

from pydantic import BaseModel, ValidationError

from mltc.config.costs import CostSettings
from mltc.config.gate import CoverageSettings, DriftSettings, GateSettings, PlausibilitySettings
from mltc.config.operation import NotifySettings, RetentionSettings
from mltc.config.risk import RiskGateSettings, RiskSettings
from mltc.config.schema import (
    ClusterSettings,
    Config,
    DatabaseSettings,
    EngineSettings,
    ExtractSettings,
    FeedSettings,
    IcbSettings,
    LawfulSettings,
    RunSettings,
    SourceSettings,
    StorageSettings,
)
from mltc.dialect import ColumnMapping
from mltc.dialect.problems import describe_problems
from mltc.errors import ConfigError
from mltc.settings_file import read_settings

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
    RiskGateSettings,
    CostSettings,
    NotifySettings,
    RetentionSettings,
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
    content = read_settings(path, "configuration file", "Give its path with --config.")
    content.pop("base", None)
    if extract_root is not None:
        content["extracts"] = {"root": str(extract_root.resolve())}
    try:
        return Config(**content, base=path.resolve().parent)
    except ValidationError as error:
        problems = "; ".join(describe_problems(error, KNOWN_KEYS))
        raise ConfigError(f"{path}: {problems}. config/icb_example.toml shows every key.") from None
