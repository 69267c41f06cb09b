"""Words of clinical terms: which of them say something about a condition."""

import re

# Words of many terms: that two share one of these means nothing.
COMMON_TEXT = """
    abuse acquired acute adult associated body both child chronic classification clinical condition congenital
    currently dependence disease diseases disorder disorders drug early episode excluding failure female finding
    general generalised harmful history idiopathic impairment induced infection late left long male mild misuse
    moderate more multiple nature onset organ other part peripheral post primary problem problems recurrent related
    right secondary severe severity sided simple single solid stage state status syndrome system term tract treated
    type unspecified upper lower with without
"""
COMMON = frozenset(COMMON_TEXT.split())
SHORTEST_WORD = 4  # letters
STEM_LETTERS = 6  # diabetes and diabetic, asthma and asthmatic begin alike


def telling_words(text: str) -> dict[str, str]:
    """Words that say what a term is about, by their first letters: {"diabet": "diabetes"}."""
    words = re.findall(r"[^\W\d_]+", text.lower())
    kept = [word for word in words if len(word) >= SHORTEST_WORD and word not in COMMON]
    return {word[:STEM_LETTERS]: word for word in kept}


def share_word(name: str, term: str) -> str | None:
    """The first word of a term that begins like a word of the condition's name; None where none does."""
    wanted = telling_words(name)
    return next((word for stem, word in telling_words(term).items() if stem in wanted), None)
