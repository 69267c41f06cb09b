"""Names under which source columns of each canonical column are known."""

import tomllib
from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from math import log
from pathlib import Path

from mltc.contract import load_contract
from mltc.dialect import ColumnMapping, Dialect, list_dialects, load_dialect
from mltc.dialect.mapping import expand_range
from mltc.mapping.words import fold_name, split_words

SYNONYMS = Path(__file__).with_name("synonyms.toml")
OWN, OTHER_TABLE = 1.0, 0.93  # how far a name of the same column in another table counts
# Names of these words alone mean something else in every table.
GENERIC = frozenset({"date", "start", "end", "code", "name", "value", "id", "status", "type", "time", "description"})


@dataclass(frozen=True)
class Synonym:
    """A known name. `head` is its last word. `weight` (0-1): below 1 where another table has it, or an
    expression that it is a part of."""

    name: str
    folded: str
    bag: frozenset[str]
    head: str
    trigrams: frozenset[str]
    weight: float


@dataclass(frozen=True)
class Names:
    """Known names by table and canonical column, and how telling each word is (inverse document frequency)."""

    by_column: dict[tuple[str, str], tuple[Synonym, ...]]
    word_weights: dict[str, float]
    rare: float

    def weigh(self, word: str) -> float:
        """Weight of a word: the fewer canonical columns it stands in, the more it tells."""
        return self.word_weights.get(word, self.rare)


@cache
def load_names(without: frozenset[str] = frozenset()) -> Names:
    """Names of synonyms.toml, of the contract, and of every shipped layout.

    `without`: shipped layouts and sections of synonyms.toml to leave out. A name that only they use is left out
    everywhere, so that a test of a layout does not know it from elsewhere.
    """
    weights: dict[tuple[str, str], dict[str, float]] = {}
    for (table, column), name, weight in _every_name(without):
        known = weights.setdefault((table, column), {})
        known[name] = max(weight, known.get(name, 0.0))
    hidden = _names_of(without) - _names_of(frozenset(list_dialects()) - without) - {column for _, column in weights}
    by_column = {
        place: tuple(describe_name(name, weight) for name, weight in known.items() if fold_name(name) not in hidden)
        for place, known in weights.items()
    }
    counts = Counter(
        word for synonyms in by_column.values() for word in {word for item in synonyms for word in item.bag}
    )
    total = len(by_column)
    return Names(by_column, {word: log(1 + total / count) for word, count in counts.items()}, log(1 + total))


@lru_cache(maxsize=8192)
def describe_name(name: str, weight: float = OWN) -> Synonym:
    """A name with its words and the three-letter pieces of its letters."""
    folded = fold_name(name)
    padded, words = f" {folded} ", split_words(name)
    trigrams = frozenset(padded[place : place + 3] for place in range(len(padded) - 2))
    return Synonym(name, folded, frozenset(words), words[-1] if words else "", trigrams, weight)


def _every_name(without: frozenset[str]) -> Iterator[tuple[tuple[str, str], str, float]]:
    contract = load_contract()
    places = [(table.table, column) for table in contract.values() for column in table.columns]
    for place in places:
        yield place, place[1], OWN
    for section, source in _sections().items():
        for key, names in source.items() if section not in without else ():
            table, _, column = key.rpartition(".")
            for place in places:
                if place[1] == column and table in {"", place[0]}:
                    yield from ((place, name, OWN) for name in names)
    for layout in list_dialects():
        if layout not in without:
            for place, name, weight in _names_of_layout(load_dialect(layout)):
                yield place, name, weight
                for other in places if not set(split_words(name)) <= GENERIC else ():
                    if other[1] == place[1] and other != place and place[1] not in {"code", "name", "value", "status"}:
                        yield other, name, weight * OTHER_TABLE


@cache
def _sections() -> dict[str, dict[str, list[str]]]:
    return tomllib.loads(SYNONYMS.read_text(encoding="utf-8"))


def _names_of(origins: Collection[str]) -> set[str]:
    """Folded names of layouts and of sections of synonyms.toml."""
    of_layouts = (load_dialect(name) for name in origins if name in list_dialects())
    names = {fold_name(name) for layout in of_layouts for _, name, _ in _names_of_layout(layout)}
    listed = (names for origin in origins for names in _sections().get(origin, {}).values())
    return names | {fold_name(name) for each in listed for name in each}


def _names_of_layout(layout: Dialect) -> Iterator[tuple[tuple[str, str], str, float]]:
    for table, parts in layout.table.items():
        for part in parts:
            aliases = {*part.child, *part.lookup}
            for column, mapping in part.mappings.items():
                for name, weight in mapped_names(mapping):
                    if name.split(".")[0] not in aliases:
                        yield (table, column), name, weight


def mapped_names(mapping: ColumnMapping) -> Iterator[tuple[str, float]]:
    """Source columns of a mapping with their weight; a numbered range by its name without the number."""
    for item in mapping.list:
        expanded = expand_range(item)
        yield (expanded[0].rstrip("0123456789").rstrip("_-. ") if len(expanded) > 1 else item), OWN
    if mapping.column:
        yield mapping.column, OWN
    yield from ((name, OWN) for name in mapping.first_of)
    if mapping.sql:
        yield from ((name, 0.9) for name in mapping.source_columns)
