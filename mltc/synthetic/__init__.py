"""A synthetic ICB: linked extracts that behave like England, with the truth behind them."""

from mltc.synthetic.generate import write_synthetic_icb
from mltc.synthetic.settings import SyntheticSettings

__all__ = ["SyntheticSettings", "write_synthetic_icb"]
