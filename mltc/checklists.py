"""Checklists of reporting and risk of bias as data: codelists/checklists/*.toml."""

import tomllib
from pathlib import Path
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from mltc.errors import CodelistError
from mltc.paths import CODELISTS

FOLDER = "checklists"


class ChecklistItem(BaseModel):
    """One item: its number in the checklist, our short wording, and where its answer comes from.

    by: `run` (`answer` has {names} that a run fills in), `method` (`answer` holds of every model), `icb` (no run can
    answer, and there is no `answer`).
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    number: str = Field(min_length=1)
    section: str = Field(min_length=1)
    item: str = Field(min_length=1)
    by: Literal["run", "method", "icb"]
    answer: str = ""

    @model_validator(mode="after")
    def _answers_as_it_says(self) -> Self:
        if bool(self.answer) == (self.by == "icb"):
            raise ValueError(f"item {self.number}: an answer is asked for unless by = 'icb', which has none")
        if ("{" in self.answer) != (self.by == "run"):
            raise ValueError(f"item {self.number}: by = 'run' needs a {{name}} to be filled in, and no other has one")
        return self


class Checklist(BaseModel):
    """A checklist: `source` is its publication, `checked` says what its items were held against."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    key: str = Field(pattern=r"^[a-z_]+$")
    title: str
    source: str
    checked: str
    item: tuple[ChecklistItem, ...]


def load_checklists(folder: Path = CODELISTS / FOLDER) -> tuple[Checklist, ...]:
    """All checklists by key. Raises CodelistError that names the file and every problem in it."""
    return tuple(_load(path) for path in sorted(folder.glob("*.toml")))


def _load(path: Path) -> Checklist:
    try:
        found = Checklist(**tomllib.loads(path.read_text(encoding="utf-8")))
    except tomllib.TOMLDecodeError as error:
        raise CodelistError(f"{path.name} cannot be read: {error}.") from None
    except ValidationError as error:
        problems = "; ".join(f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors())
        raise CodelistError(f"{path.name}: {problems}") from None
    numbers = [each.number for each in found.item]
    if repeated := sorted({each for each in numbers if numbers.count(each) > 1}):
        raise CodelistError(f"{path.name}: item {', '.join(repeated)} stands there more than once.")
    return found
