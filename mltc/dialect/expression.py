"""The SQL expressions of a mapping: one value of one row, since a layout may be somebody else's."""

from typing import Annotated

from pydantic import AfterValidator


def check_expression(text: str) -> str:
    """The text. Raises ValueError for anything but one expression over the columns of a row.

    No second statement, no query within, no table, and no comment, which would swallow what is written around it.
    """
    import sqlglot
    from sqlglot import exp

    wrong = f"{text[:60]!r} is not one SQL expression over the columns of a row, without queries and comments"
    try:
        if any(token.comments for token in sqlglot.tokenize(text, "duckdb")):
            raise ValueError(wrong)
        found = sqlglot.parse(f"select ({text})", "duckdb")
    except sqlglot.errors.SqlglotError:
        raise ValueError(wrong) from None
    select = found[0] if len(found) == 1 else None
    if not isinstance(select, exp.Select) or len(select.expressions) != 1 or len(list(select.find_all(exp.Query))) != 1:
        raise ValueError(wrong)
    if select.find(exp.Table, exp.Tuple, exp.Command):
        raise ValueError(wrong)
    return text


Expression = Annotated[str, AfterValidator(check_expression)]
