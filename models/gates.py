"""What a model must show before anybody is scored with it, and who wins: the champion or the challenger."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import polars as pl


@dataclass(frozen=True)
class Limits:
    """The gates. A figure fails where its whole 95 % interval lies beyond the limit: chance fails nobody.

    The ICI, which has no such interval (chance only adds to it), fails above the limit and what chance gives it.
    """

    minimum_c_statistic: float = 0.6
    minimum_calibration_slope: float = 0.8
    maximum_calibration_slope: float = 1.2
    maximum_ici: float = 0.02
    """On the risk scale; and never over a quarter of the event rate (of counts, of the mean count)."""
    minimum_subgroup_ratio: float = 0.9
    """Observed/expected of every group with over 200 expected events."""
    maximum_subgroup_ratio: float = 1.1
    maximum_stability_index: float = 0.25
    """Population stability index of every feature that the model reads, training to now."""
    maximum_c_statistic_loss: float = 0.005
    """Below the champion's c-statistic on the same people."""
    promotion_gain: float = 0.005
    """Of c-statistic, from which a challenger replaces a champion that still passes."""


class Gate(NamedTuple):
    """One gate: whether it was passed, and the sentence that says what was found and what was allowed."""

    gate: str
    is_passed: bool
    found: str


_RELATIVE_ICI = 0.25
_LEAST_EXPECTED = 200.0
Row = Mapping[str, Any]


def judge(
    row: Row,
    subgroups: pl.DataFrame,
    stability: pl.DataFrame,
    limits: Limits,
    champion: Row | None = None,
) -> tuple[Gate, ...]:
    """Every gate for a model: `row` and `subgroups` as `models.validation` makes them, on people it has not seen.

    `row` has `ici_chance` beside (`models.bootstrap.simulate_chance`).

    `stability`: `build_stability_table` for the features that the model reads. `champion`: the row of the champion
    on the same people, if there is one and it is another model.
    """
    slope = (limits.minimum_calibration_slope, limits.maximum_calibration_slope)
    found_slope = _tell(row, "calibration_slope")
    ici_limit = _limit_ici(row, limits)
    gates = [
        Gate(
            "discrimination",
            not _is_below(row, "c_statistic", limits.minimum_c_statistic),
            f"c-statistic {_tell(row, 'c_statistic')}; at least {limits.minimum_c_statistic:g} is asked",
        ),
        Gate(
            "calibration slope",
            not (_is_below(row, "calibration_slope", slope[0]) or _is_above(row, "calibration_slope", slope[1])),
            f"calibration slope {found_slope}; {slope[0]:g} to {slope[1]:g} is allowed",
        ),
        Gate(
            "calibration",
            row["ici"] is not None and row["ici"] <= ici_limit + row["ici_chance"],
            f"ICI {_tell(row, 'ici', 4)}; at most {ici_limit:.4f} is allowed, and {row['ici_chance']:.4f} for chance",
        ),
        _judge_subgroups(subgroups, limits),
        _judge_stability(stability, limits),
    ]
    if champion is not None:
        lost = champion["c_statistic"] - row["c_statistic"]
        gates.append(
            Gate(
                "against the champion",
                bool(lost <= limits.maximum_c_statistic_loss),
                f"c-statistic {row['c_statistic']:.3f}, the champion's {champion['c_statistic']:.3f}; at most "
                f"{limits.maximum_c_statistic_loss:g} below is allowed",
            )
        )
    return tuple(gates)


def list_failures(gates: Sequence[Gate]) -> str:
    """The failed gates in words; empty where all were passed."""
    return "; ".join(f"{each.gate}: {each.found}" for each in gates if not each.is_passed)


def _limit_ici(row: Row, limits: Limits) -> float:
    mean = row["events"] / row["persons"]
    relative: float = _RELATIVE_ICI * mean
    # a count has no risk scale: only the share of its mean says anything
    return relative if row.get("deviance_explained") is not None else min(limits.maximum_ici, relative)


def _judge_subgroups(subgroups: pl.DataFrame, limits: Limits) -> Gate:
    low, high = limits.minimum_subgroup_ratio, limits.maximum_subgroup_ratio
    large = subgroups.filter((pl.col("group_type") != "all") & (pl.col("expected") > _LEAST_EXPECTED))
    wrong = large.filter((pl.col("observed_expected_upper") < low) | (pl.col("observed_expected_lower") > high))
    names = ", ".join(
        f"{row['group_type']} {row['group_value']} ({row['observed_expected']:.2f})"
        for row in wrong.iter_rows(named=True)
    )
    told = (
        f"observed/expected outside {low:g} to {high:g} in {names}" if names else f"{large.height} groups, none wrong"
    )
    return Gate("subgroups", wrong.is_empty(), told)


def _judge_stability(stability: pl.DataFrame, limits: Limits) -> Gate:
    moved = stability.filter(
        (pl.col("stability_index") > limits.maximum_stability_index)
        & (pl.col("stability_index") > pl.col("chance_upper"))
    )
    names = ", ".join(f"{name} ({index:.2f})" for name, index in moved.select("feature", "stability_index").iter_rows())
    limit = f"a population stability index over {limits.maximum_stability_index:g}"
    return Gate("stability", moved.is_empty(), f"{limit} in {names}" if names else f"no feature with {limit}")


def _is_below(row: Row, name: str, limit: float) -> bool:
    upper = row[f"{name}_upper"] if row[f"{name}_upper"] is not None else row[name]
    return upper is None or upper < limit


def _is_above(row: Row, name: str, limit: float) -> bool:
    lower = row[f"{name}_lower"] if row[f"{name}_lower"] is not None else row[name]
    return lower is None or lower > limit


def _tell(row: Row, name: str, decimals: int = 3) -> str:
    values = [row[f"{name}{end}"] for end in ("", "_lower", "_upper")]
    if values[0] is None:
        return "not known"
    told = [f"{each:.{decimals}f}" if each is not None else "?" for each in values]
    return f"{told[0]} ({told[1]} to {told[2]})"
