"""Shares of values, and how they are written."""

import polars as pl


def share_true(hits: pl.Series) -> float:
    """Share of true among all values of a boolean column, null counting as false (0-1); 0 where there is none."""
    return int(hits.sum() or 0) / len(hits) if len(hits) else 0.0


def percent(share: float) -> str:
    """A share as a percentage that never rounds to all or to none."""
    if 0 < share < 0.01:
        return "<1 %"
    return ">99 %" if 0.99 < share < 1 else f"{share:.0%}".replace("%", " %")
