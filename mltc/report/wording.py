"""The report's sentences, read from `reports/wording.toml`, and how numbers look in them."""

import string
import tomllib
from collections.abc import Mapping, Sequence
from datetime import date
from functools import cache
from typing import Any

from mltc.paths import REPORTS

SUPPRESSED = "[c]"
UNAVAILABLE = "[x]"


def count_text(count: int | None) -> str:
    """A count with thousands separators; `[c]` where it was suppressed."""
    return SUPPRESSED if count is None else f"{count:,}"


def percent_text(percent: float | None, missing: str = SUPPRESSED) -> str:
    """A percentage (0 to 100) with its sign and at most one decimal: "24%", "23.5%".

    Disclosure profiles that publish whole percentages must not look more exact than they are.
    """
    return missing if percent is None else f"{percent:.1f}".removesuffix(".0") + "%"


def date_text(day: date) -> str:
    """ "31 October 2026", on every platform."""
    return f"{day.day} {day:%B %Y}"


def join_words(words: Sequence[str]) -> str:
    """ "a", "a and b", "a, b and c"."""
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} and {words[-1]}"


class _Counted(string.Formatter):
    """`{n:#person|people}` gives "1 person" or "1,250 people"; `{n:lives|live}` only the word."""

    def format_field(self, value: Any, format_spec: str) -> str:
        if "|" in format_spec:
            one, many = format_spec.lstrip("#").split("|")
            word = one if value == 1 else many
            return f"{count_text(value)} {word}" if format_spec.startswith("#") else word
        if isinstance(value, int) and not format_spec:
            return count_text(value)
        return str(super().format_field(value, format_spec))


@cache
def load_wording() -> dict[str, Any]:
    """All wording by section. Read once: it is part of the checkout."""
    return tomllib.loads((REPORTS / "wording.toml").read_text(encoding="utf-8"))


def look_up(key: str) -> str:
    """The text at a dotted key. KeyError names a key that the wording lacks."""
    node: Any = load_wording()
    for part in key.split("."):
        node = node[part]
    return str(node)


def say(key: str, **values: object) -> str:
    """The sentence at a dotted key with its values filled in; numbers choose singular or plural."""
    return _Counted().format(look_up(key), **values)


def column_label(column: str) -> str:
    """The heading of a column of a published table; the name itself in words where none is worded."""
    labels: Mapping[str, str] = load_wording()["columns"]
    for ending, suffix in (("_lower", ", lower 95%"), ("_upper", ", upper 95%")):
        stem = column.removesuffix(ending)
        if column not in labels and stem != column and stem in labels:
            return labels[stem] + suffix
    return labels.get(column, column.replace("_", " ").capitalize())


def group_label(breakdown: str) -> str:
    """ "Age" for `age_band`."""
    labels: Mapping[str, str] = load_wording()["groups"]
    return labels.get(breakdown, breakdown.replace("_", " ").capitalize())


def value_label(breakdown: str, value: str) -> str:
    """ "1, most deprived" for quintile 1; a value without wording stands as it is."""
    values: Mapping[str, Mapping[str, str]] = load_wording()["values"]
    return values.get(breakdown, {}).get(value) or values["any"].get(value, value)
