"""How alike the name of a source column is to the known names of a canonical column."""

from functools import cache

from mltc.mapping.fold import NAMELESS
from mltc.mapping.synonyms import Names, Synonym, describe_name

# Pairs of words that turn a name into its opposite.
OPPOSITES = (
    ("start", "end"), ("admission", "discharge"), ("birth", "death"), ("first", "last"), ("source", "destination"),
    ("method", "destination"), ("method", "source"), ("name", "code"), ("date", "time"), ("spell", "episode"),
    ("diagnosis", "procedure"), ("system", "value"), ("unit", "comparator"), ("date", "age"), ("time", "month"),
)  # fmt: skip
# Words that say that a column is about something else than its date, code or person.
FOREIGN = frozenset({"mother", "baby", "commissioner", "version", "description", "text", "reason", "age", "valid",
                     "submission", "import", "partial", "postcode", "site", "count", "year", "month",
                     "offer"})  # fmt: skip


NEUTRAL = 0.35  # similarity of a name that only counts columns: it speaks for nothing and against nothing


def compare_names(name: str, synonyms: tuple[Synonym, ...], known: Names) -> tuple[float, str, bool]:
    """Similarity 0-1 to the most alike synonym, that synonym, and whether the two are the same name."""
    if NAMELESS.match(name):
        return NEUTRAL, "", False
    asked = describe_name(name)
    best, best_name = 0.0, ""
    for synonym in synonyms:
        if synonym.folded == asked.folded:
            return synonym.weight, synonym.name, True
        found = synonym.weight * 0.97 * _alike(asked, synonym, known)
        if found > best:
            best, best_name = found, synonym.name
    return best, best_name, False


def _alike(asked: Synonym, synonym: Synonym, known: Names) -> float:
    words = _words_alike(asked.bag, synonym.bag, known)
    union = len(asked.trigrams) + len(synonym.trigrams)
    letters = 2 * len(asked.trigrams & synonym.trigrams) / union if union else 0.0
    headless = 0.85 if words and synonym.head not in asked.bag else 1.0
    return (0.75 * words + 0.25 * letters) * headless * _doubt(asked.bag, synonym.bag)


def _words_alike(asked: frozenset[str], synonym: frozenset[str], known: Names) -> float:
    """Weight of the words in common, as the balance of how much of each name they are."""
    both = asked & synonym
    if not both:
        return 0.0
    common = sum(known.weigh(word) for word in both)
    covered = common / sum(known.weigh(word) for word in synonym)
    telling = common / sum(known.weigh(word) for word in asked)
    # A longer name that holds the whole known name is more alike than one that lacks a word of it.
    return 1 / (0.65 / covered + 0.35 / telling)


def _doubt(asked: frozenset[str], synonym: frozenset[str]) -> float:
    """Below 1 where one name has a word that the other denies."""
    if asked == synonym:
        return 1.0
    only_asked, only_synonym = asked - synonym, synonym - asked
    if any(only_synonym & opposite_of(word) for word in only_asked):
        return 0.4
    return 0.75 if FOREIGN & only_asked else 1.0


@cache
def opposite_of(word: str) -> frozenset[str]:
    """Words that deny a word."""
    pairs = [pair for pair in OPPOSITES if word in pair]
    return frozenset(other for pair in pairs for other in pair if other != word)
