"""Where the checkout keeps its data: rules, code lists, contract, templates."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]

CODELISTS = ROOT / "codelists"
CONFIG = ROOT / "config"
CONTRACT = ROOT / "contract"
DIALECTS = ROOT / "dialects"
EXPECTATIONS = ROOT / "expectations"
REPORTS = ROOT / "reports"
SQL = ROOT / "sql"
