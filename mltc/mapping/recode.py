"""Which codes of a source column are those of a canonical column, directly or in a known other spelling."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from mltc.contract import Column
from mltc.mapping.contents import ColumnFacts

RECODES = Path(__file__).with_name("recodes.toml")


@dataclass(frozen=True)
class Recode:
    """`share` of filled values that is understood (0-1). `values`: recodes that are needed, source = canonical,
    of known codes and words alone. `pad`: zeros from the left to that many characters, before the recodes.
    """

    share: float
    values: Mapping[str, str]
    pad: int | None = None


def find_recode(column: Column, facts: ColumnFacts) -> Recode:
    """How the codes of `facts` become those of `column`; spelling is compared without regard to case."""
    codes = {code.casefold(): code for code in column.allowed}
    words = {word: code for word, code in _spellings().get(column.name, {}).items() if code in column.allowed}
    width = _width(column)
    plain = sum(share for token, share in facts.tokens.items() if token in column.allowed)
    padded = sum(share for token, share in facts.tokens.items() if token.rjust(width or 0, "0") in column.allowed)
    pad = width if padded > plain + 0.05 else None
    share, values = 0.0, {}
    for token, of_values in facts.tokens.items():
        text = token.rjust(pad or 0, "0")
        folded = text.casefold().removesuffix(".0")
        meaning = codes.get(folded) or words.get(folded) or words.get(token.casefold())
        if meaning is None:
            continue
        share += of_values
        if text != meaning:
            values[text] = meaning
    return Recode(min(1.0, share), values, pad)


def _width(column: Column) -> int | None:
    """Number of characters of every allowed code where it is one number and more than one."""
    widths = {len(code) for code in column.allowed if code.isdigit()}
    return widths.pop() if len(widths) == 1 and max(widths) > 1 else None


@cache
def _spellings() -> dict[str, dict[str, str]]:
    content = tomllib.loads(RECODES.read_text(encoding="utf-8"))
    return {
        column: {token: canonical for canonical, tokens in values.items() for token in tokens}
        for column, values in content.items()
    }
