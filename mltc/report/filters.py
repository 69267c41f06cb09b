"""Filters of a page without a script: a list to choose from, and style that hides what was not chosen.

The style asks which option is checked (`:has`, in every browser since December 2023). Where a browser does not
know it, the list is not shown and everything else is. Keys are made here and never by data, so no name of a place
reaches the style.
"""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Option:
    """One choice: the key that sections carry as `data-<filter>`, and its words."""

    key: str
    words: str


@dataclass(frozen=True)
class Filter:
    """A list to choose from; `chosen` is the key that is chosen at first, empty for all."""

    name: str
    label: str
    all_label: str
    options: Sequence[Option]
    chosen: str = ""

    @property
    def style(self) -> str:
        """Rules that hide every section of another key than the chosen one."""
        rules = [
            f'main:has(#filter-{self.name} option[value="{option.key}"]:checked) '
            f'[data-{self.name}]:not([data-{self.name}="{option.key}"]){{display:none}}'
            for option in self.options
        ]
        return "\n".join(rules) + "\n"


def make_options(name: str, words: Sequence[str]) -> list[Option]:
    """Options in order, with keys `<name>-1`, `<name>-2` and so on."""
    return [Option(f"{name}-{number}", each) for number, each in enumerate(words, start=1)]
