"""What the report says about its run: which area, which date, which versions."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from mltc.report.model_cards import OutcomeCard


@dataclass(frozen=True)
class ReportContext:
    """Facts of one run that are not figures.

    `profile` names the disclosure profile in force; `model_card` holds sections, each with fields and
    their text, and is None where no risk model was fitted; `more_cards` are those of the other outcomes.
    """

    icb_name: str
    index_date: date
    definition: str
    definition_version: str
    code_version: str
    codelist_version: str
    is_synthetic: bool
    profile: str
    run_name: str
    model_card: Mapping[str, object] | None = None
    more_cards: tuple[OutcomeCard, ...] = ()
    profile_rule: str = "Small counts are not shown and other counts are rounded."
    complex_minimum_conditions: int = 4
    complex_minimum_body_systems: int = 3

    @property
    def complex_rule(self) -> str:
        """When MLTC is complex, in words: "four or more conditions from at least three body systems"."""
        conditions, systems = self.complex_minimum_conditions, self.complex_minimum_body_systems
        places = "any body system" if systems == 1 else f"at least {_in_words(systems)} body systems"
        return f"{_in_words(conditions)} or more conditions from {places}"


def _in_words(number: int) -> str:
    words = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
    return words[number] if number < len(words) else str(number)
