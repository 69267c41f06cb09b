"""Cards of the models in force other than the main one's: a page each, listed on the risk page."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mltc.report.wording import say

FOLDER = "model-cards"
MAIN_CARD = f"{FOLDER}/risk.html"
DECIMALS = 3
PEOPLE = {"expected": 5}
"""Numbers of people that a model reckons: to the nearest 5, as people are counted. With its ratio to the observed
number an exact one would give that number away."""


@dataclass(frozen=True)
class OutcomeCard:
    """The card of one outcome's model: `key` and `name` of the outcome, sections with fields and their values."""

    key: str
    name: str
    card: Mapping[str, Any]

    @property
    def path(self) -> str:
        """Its page in the report."""
        return f"{FOLDER}/{self.key.replace('_', '-')}.html"

    @property
    def title(self) -> str:
        """Heading of the page, and what a link to it says."""
        return say("report.model_card", outcome=self.name[:1].lower() + self.name[1:])


def round_figures(node: Any, name: str = "") -> Any:
    """`node` (sections, lists, values) as it may be read: fractions to three decimals, people to the nearest 5."""
    if isinstance(node, Mapping):
        return {key: round_figures(value, str(key)) for key, value in node.items()}
    if isinstance(node, list | tuple):
        return [round_figures(value, name) for value in node]
    if isinstance(node, float):
        base = PEOPLE.get(name)
        return round(node / base) * base if base else round(node, DECIMALS)
    return node
