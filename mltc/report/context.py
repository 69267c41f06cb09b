"""What the report says about its run: which area, which date, which versions."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class ReportContext:
    """Facts of one run that are not figures.

    `profile` names the disclosure profile in force; `model_card` holds sections, each with fields and
    their text, and is None where no risk model was fitted.
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
