"""Numbered columns as one: DIAG_01, DIAG_02 ... DIAG_20 are one list."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

NAMELESS = re.compile(r"^(column|unnamed|col|field|var|v|c|f)_?\d+$", re.I)  # a name that only counts columns
_NUMBERED = re.compile(r"^(.*?)(\d+)(\D*)$")


@dataclass(frozen=True)
class Group:
    """One column, or several numbered ones in order. `label` is its name without the number."""

    label: str
    columns: tuple[str, ...]

    @property
    def is_range(self) -> bool:
        """Whether it is several numbered columns."""
        return len(self.columns) > 1

    @property
    def listed(self) -> tuple[str, ...]:
        """The columns as a mapping's `list` names them: "DIAG_01..DIAG_20" where the number ends the name."""
        first, last = self.columns[0], self.columns[-1]
        if not self.is_range or not last[-1].isdigit() or not _is_even(self.columns):
            return self.columns
        return (f"{first}..{last}",)


def fold_columns(names: Sequence[str]) -> list[Group]:
    """Groups in the order of their first column. Two numbers in a row make a range; LSOA11 and LSOA21 do not."""
    stems: dict[tuple[str, str], list[tuple[int, str]]] = {}
    for name in names:
        if (found := _NUMBERED.match(name)) and not NAMELESS.match(name):
            stems.setdefault((found[1], found[3]), []).append((int(found[2]), name))
    groups: dict[str, Group] = {}
    for (stem, tail), members in stems.items():
        members.sort()
        numbers = [number for number, _ in members]
        if len(members) > 1 and numbers == list(range(numbers[0], numbers[0] + len(numbers))) and numbers[0] <= 2:
            label = (stem + tail).strip("_-. ") or members[0][1]
            group = Group(label, tuple(name for _, name in members))
            groups |= dict.fromkeys(group.columns, group)
    found_groups = [groups.get(name) or Group(name, (name,)) for name in names]
    return list(dict.fromkeys(found_groups))


def _is_even(columns: Sequence[str]) -> bool:
    """Whether counting up from the first name gives exactly these names."""
    from mltc.dialect.mapping import expand_range

    return expand_range(f"{columns[0]}..{columns[-1]}") == tuple(columns)
