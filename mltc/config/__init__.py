"""The configuration of a run: one TOML file, every key known, every problem reported at once."""

from mltc.config.load import load_config
from mltc.config.risk import RiskSettings
from mltc.config.schema import Config, DatabaseSettings, FeedSettings, SourceSettings, StorageSettings
from mltc.config.secret import read_secret

__all__ = [
    "Config",
    "DatabaseSettings",
    "FeedSettings",
    "RiskSettings",
    "SourceSettings",
    "StorageSettings",
    "load_config",
    "read_secret",
]
