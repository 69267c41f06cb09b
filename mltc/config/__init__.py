"""The configuration of a run: one TOML file, every key known, every problem reported at once."""

from mltc.config.load import load_config
from mltc.config.schema import ColumnMapping, Config, RiskSettings, SourceSettings
from mltc.config.secret import read_secret

__all__ = ["ColumnMapping", "Config", "RiskSettings", "SourceSettings", "load_config", "read_secret"]
