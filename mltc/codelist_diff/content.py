"""What differs between two sets of the tables of schema `codelist`: codes, rules, conditions and definitions."""

from collections.abc import Callable

import polars as pl

Reader = Callable[[str], pl.DataFrame]

CODE_KEY = ["kind", "list", "code_system", "code"]
RULES = "select key as name, rule_words as words from codelist.condition where verified"
# Facts of a condition beside its rule, by what a change of them is called.
FACTS = {
    "definitions changed": "select condition as name, string_agg(definition, ', ' order by definition) as words "
    "from codelist.membership group by condition",
    "body system or kind changed": "select key as name, body_system || ', ' || kind as words "
    "from codelist.condition where verified",
}
DEFINITIONS = "select definition as name, title as words from codelist.definition"


def compare_content(before: Reader, after: Reader) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Changed codes and changed rules, from two readers of queries: of the last run, and of the release.

    Codes: kind (code, resolved, drug, measure), list, code_system, code, change (added, removed). Only verified codes
    that a rule or a score looks at count. Rules: what (condition, definition), name, change (added, dropped, rule
    changed, definitions changed), before, after.
    """
    return compare_codes(before, after), compare_rules(before, after)


def compare_codes(before: Reader, after: Reader) -> pl.DataFrame:
    """One row per code that begins or ceases to count."""
    query = "select distinct kind, evidence as list, code_system, code from codelist.evidence_code"
    was, now = before(query), after(query)
    added = now.join(was, on=CODE_KEY, how="anti").with_columns(change=pl.lit("added"))
    removed = was.join(now, on=CODE_KEY, how="anti").with_columns(change=pl.lit("removed"))
    return pl.concat([added, removed]).sort(*CODE_KEY)


def compare_rules(before: Reader, after: Reader) -> pl.DataFrame:
    """One row per condition or definition that is added, dropped or changed."""
    return pl.concat(
        [
            _changes("condition", "rule changed", before(RULES), after(RULES)),
            *(
                _changes("condition", change, before(query), after(query)).filter(pl.col("change") == change)
                for change, query in FACTS.items()
            ),
            _changes("definition", "title changed", before(DEFINITIONS), after(DEFINITIONS)),
        ]
    ).sort("what", "name", "change")


def _changes(what: str, changed: str, was: pl.DataFrame, now: pl.DataFrame) -> pl.DataFrame:
    both = was.rename({"words": "before"}).join(now.rename({"words": "after"}), on="name", how="full", coalesce=True)
    change = (
        pl.when(pl.col("before").is_null())
        .then(pl.lit("added"))
        .when(pl.col("after").is_null())
        .then(pl.lit("dropped"))
        .otherwise(pl.lit(changed))
    )
    differing = both.filter(~pl.col("before").eq_missing(pl.col("after")))
    return differing.select(pl.lit(what).alias("what"), "name", change.alias("change"), "before", "after")
