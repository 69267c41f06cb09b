"""What the program is asked to keep to, and whether it does, by the last figures."""

from collections.abc import Callable
from dataclasses import dataclass
from math import log
from typing import Any

from benchmarks.results import Figures, list_sizes

LARGE, MIDDLE = 1_000_000, 100_000
MEGA = 1_024


@dataclass(frozen=True)
class Outcome:
    """A figure in words, whether it is within the bar, and the entries of benchmarks/results.json that it is from."""

    told: str
    is_met: bool
    entries: tuple[Figures, ...]


@dataclass(frozen=True)
class Bar:
    """`judge` gives None where nothing was measured. `command` measures it."""

    asked: str
    command: str
    judge: Callable[[Figures], Outcome | None]


def find_first(found: Figures, persons: int) -> Figures | None:
    """The first run of a population."""
    return found.get("first run", {}).get(str(persons))


def fit_growth(small: int, small_seconds: float, large: int, large_seconds: float) -> float | None:
    """The exponent of persons with which time grows: 1 is in proportion. None where there is no time to speak of."""
    if min(small_seconds, large_seconds) <= 0 or small == large:
        return None
    return log(large_seconds / small_seconds) / log(large / small)


def _judge_whole(found: Figures) -> Outcome | None:
    first = find_first(found, LARGE)
    if not first:
        return None
    seconds, peak = first["seconds"], first["peak_mib"] / MEGA
    return Outcome(f"{seconds / 60:.1f} min, {peak:.1f} GiB", seconds < 600 and peak < 8, (first,))


def _judge_growth(found: Figures) -> Outcome | None:
    large, middle = find_first(found, LARGE), find_first(found, MIDDLE)
    if not large or not middle:
        return None
    ratio = large["seconds"] / middle["seconds"]
    return Outcome(f"{ratio:.1f}", ratio <= 11, (large, middle))


def _judge_least(found: Figures) -> Outcome | None:
    sizes = list_sizes(found, "least")
    if not sizes:
        return None
    parts = found["least"][str(sizes[-1])]
    ratio = parts["register and scores"]["seconds"] / parts["least"]["seconds"]
    return Outcome(f"{ratio:.1f} at {sizes[-1]:,} persons", ratio < 5, (parts,))


def _judge_second(found: Figures) -> Outcome | None:
    return _compare_later(found, lambda later: later["second"]["seconds"], 0.15, against="first")


def _judge_month(found: Figures) -> Outcome | None:
    outcome = _compare_later(found, lambda later: later["month more"]["seconds"], 0.5, against="rebuild")
    if outcome is None:
        return None
    different = outcome.entries[0]["differences"]
    told = f"{outcome.told}; " + (f"{len(different)} tables or releases differ" if different else "equal to it")
    return Outcome(told, outcome.is_met and not different, outcome.entries)


def _compare_later(found: Figures, read: Callable[[Figures], float], limit: float, *, against: str) -> Outcome | None:
    sizes = list_sizes(found, "later runs")
    if not sizes:
        return None
    size = sizes[-1]
    later = found["later runs"][str(size)]
    other = found["first run"][str(size)] if against == "first" else later[against]
    share = read(later) / other["seconds"]
    told = f"{100 * share:.0f} % ({read(later):.0f} s of {other['seconds']:.0f} s) at {size:,} persons"
    return Outcome(told, share < limit, (later,))


def _judge_seconds(kind: str, limit: float) -> Callable[[Figures], Outcome | None]:
    def judge(found: Figures) -> Outcome | None:
        entry: Any = found.get(kind)
        return Outcome(f"{entry['seconds']:.1f} s", entry["seconds"] < limit, (entry,)) if entry else None

    return judge


def list_bars() -> list[Bar]:
    """All bars, in the order of the table."""
    runs = f"uv run python -m benchmarks --persons {MIDDLE} {LARGE} --parts runs"
    return [
        Bar("whole run at 1,000,000 persons under 10 min and 8 GiB", runs, _judge_whole),
        Bar("time(1,000,000) / time(100,000) at most 11", runs, _judge_growth),
        Bar(
            "register and scores under 5 times the least",
            f"uv run python -m benchmarks --persons {LARGE} --parts least",
            _judge_least,
        ),
        Bar("second, unchanged run under 15 % of the first", runs, _judge_second),
        Bar("run with one month more under 50 % of a rebuild, and equal to it", runs, _judge_month),
        Bar("mltc demo under 3 min", "uv run python -m benchmarks --parts demo", _judge_seconds("demo", 180)),
        Bar("mltc --help under 1 s", "uv run python -m benchmarks --parts help", _judge_seconds("help", 1)),
    ]
