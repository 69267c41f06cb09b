"""Rows of a text file that are no records: without contents, or the header once more."""

from collections.abc import Collection

from mltc.sources.reader import quote_name, quote_text

TOTALS_RULE = "totals line"
EMPTY_RULE = "empty row"
REPEATED_RULE = "repeated header line"
# Files joined end to end whose columns are not in one order: what follows would be read into wrong columns.
MISPLACED_RULE = "header line of other columns"
NO_RECORD = (TOTALS_RULE, EMPTY_RULE, REPEATED_RULE, MISPLACED_RULE)


def noise_cases(names: Collection[str], used: Collection[str]) -> list[str]:
    """`when` branches that name the rule; of the file's `names` only the first two and the `used` ones are read."""
    wanted = {name.casefold() for name in used}
    read = [name for place, name in enumerate(names) if place < 2 or name.casefold() in wanted]
    cells = {name: f"lower(trim({quote_name(name)}))" for name in read}
    if not cells:
        return []
    blank = " and ".join(f"coalesce({cell}, '') = ''" for cell in cells.values())
    same = " and ".join(f"coalesce({cell}, '') = {_cell(name)}" for name, cell in cells.items())
    known = f"[{', '.join(_cell(name) for name in names)}]"
    first, *rest = cells.values()
    cases = [f"when {blank} then {quote_text(EMPTY_RULE)}"]
    begins = f"{first} = {_cell(read[0])}" if not rest else f"list_contains({known}, {first})"
    cases.append(f"when {begins} and {same} then {quote_text(REPEATED_RULE)}")
    if rest:
        both = f"{begins} and list_contains({known}, {rest[0]}) and {first} <> '' and {rest[0]} <> ''"
        cases.append(f"when {both} then {quote_text(MISPLACED_RULE)}")
    return cases


def _cell(name: str) -> str:
    """What the header line has for a column, in lower case."""
    return "''" if name.startswith("unnamed_") else f"lower({quote_text(name)})"
