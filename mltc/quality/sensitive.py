"""Sensitive codes leave before staging: GP entries are dropped, items leave the lists of hospital records.

The categories and their legal bases are in `codelists/sensitive.toml`, the codes in `codelists/sensitive/`.
A code that identifies a condition of the run's definition stays where its category says so (HIV among the
sexually transmitted diseases): the register would otherwise silently lose the condition.
"""

import tomllib
from pathlib import Path

import polars as pl

from mltc.codelists.files import read_table
from mltc.config import Config
from mltc.errors import CodelistError
from mltc.paths import CODELISTS
from mltc.warehouse import Warehouse

SENSITIVE_RULE = "sensitive code"
CODE_COLUMNS = ("code_system", "code", "term", "source", "verified")
_PREFIX_SYSTEMS = ("icd10", "opcs4")
# Lists of codes in hospital records, with their code system. Causes of death are a public register: they stay.
_LISTS = (
    ("hospital_episode", "diagnoses", "icd10"),
    ("hospital_episode", "procedures", "opcs4"),
    ("emergency", "diagnoses", "snomed"),
)
_SPELLING_SCHEMA = dict.fromkeys(("table_name", "column_name", "code_system", "written", "category"), pl.String)
_COUNT_SCHEMA = dict.fromkeys(("table_name", "column_name", "category"), pl.String) | {"items": pl.Int64}


def load_sensitive_codes(folder: Path = CODELISTS) -> pl.DataFrame:
    """One row per category and code: category, code_system, code, is_prefix, stays_with_condition.

    Every code counts but those marked `no`: a doubtful code is better left out of record-level data.
    Raises CodelistError for a category without a file, or a file that is not as it should be.
    """
    categories = tomllib.loads((folder / "sensitive.toml").read_text(encoding="utf-8"))["category"]
    problems: list[str] = []
    rows = [
        (category["key"], row["code_system"], row["code"], category["stays_with_condition"])
        for category in categories
        for row in read_table(folder / "sensitive" / f"{category['key']}.csv", CODE_COLUMNS, problems)
        if row["verified"] != "no"
    ]
    if problems:
        raise CodelistError("; ".join(problems))
    schema = dict.fromkeys(("category", "code_system", "code"), pl.String) | {"stays_with_condition": pl.Boolean}
    frame = pl.DataFrame(rows, schema=schema, orient="row")
    return frame.with_columns(is_prefix=pl.col("code_system").is_in(_PREFIX_SYSTEMS))


def drop_sensitive(warehouse: Warehouse, config: Config, folder: Path = CODELISTS) -> None:
    """Mark GP entries with a sensitive code as dropped, and list the spellings that staging leaves out of lists.

    Writes `meta.sensitive_item` (one row per table, column and spelling) and `meta.sensitive_count` (items by
    category in the rows received). Both are empty where the configuration keeps the codes.
    """
    warehouse.write("codelist.sensitive_code", load_sensitive_codes(folder))
    warehouse.write("meta.sensitive_item", pl.DataFrame(schema=_SPELLING_SCHEMA))
    warehouse.write("meta.sensitive_count", pl.DataFrame(schema=_COUNT_SCHEMA))
    if config.lawful.keep_sensitive_codes_because:
        return
    definition = config.run.definition
    _find(warehouse, "gp_event", "code", _entries(), definition)
    for table, column, system in _LISTS:
        _find(warehouse, table, column, _items(table, column, system), definition)
    warehouse.execute(
        f"""
        update raw.gp_event set _dropped = '{SENSITIVE_RULE}'
        where _dropped is null and (code_system, code) in (
            select (code_system, written) from meta.sensitive_item where table_name = 'gp_event'
        )
        """
    )


def _entries() -> str:
    return (
        "select code_system, code as written, count(*) as items from raw.gp_event where _dropped is null group by all"
    )


def _items(table: str, column: str, system: str) -> str:
    return (
        f"select '{system}' as code_system, written, count(*) as items "
        f"from (select unnest({column}) as written from raw.{table} where _dropped is null) group by written"
    )


def _find(warehouse: Warehouse, table: str, column: str, found: str, definition: str) -> None:
    """Compare each spelling that occurs, cleaned as staging cleans it, once with the lists."""
    match = (
        "{list}.code_system = cleaned.code_system and (cleaned.code = {list}.code or "
        "({list}.is_prefix and starts_with(cleaned.code, {list}.code)))"
    )
    warehouse.build(
        "meta.sensitive_found",
        f"""
        with found as ({found}),
        cleaned as (
            select
                found.*,
                case
                    when code_system in ('icd10', 'opcs4') then regexp_replace(upper(written), '[^A-Z0-9]', '', 'g')
                    else trim(written)
                end as code
            from found
            where written is not null
        ),
        condition_code as (
            select code.code_system, code.code, code.is_prefix
            from codelist.membership as membership
            inner join codelist.rule as rule on rule.condition = membership.condition
            inner join codelist.clause_evidence as wanted on wanted.clause = rule.clause
            inner join codelist.evidence_code as code on code.kind = wanted.kind and code.evidence = wanted.evidence
            where membership.definition = $definition and code.kind in ('code', 'resolved')
        )
        select cleaned.code_system, cleaned.written, min(sensitive.category) as category, min(cleaned.items) as items
        from cleaned
        inner join codelist.sensitive_code as sensitive on {match.format(list="sensitive")}
        where
            not sensitive.stays_with_condition
            or not exists (select 1 from condition_code where {match.format(list="condition_code")})
        group by cleaned.code_system, cleaned.written
        """,
        {"definition": definition},
    )
    place = f"'{table}', '{column}'"
    warehouse.execute(
        f"insert into meta.sensitive_item select {place}, code_system, written, category from meta.sensitive_found"
    )
    warehouse.execute(
        f"insert into meta.sensitive_count select {place}, category, cast(sum(items) as bigint) "
        "from meta.sensitive_found group by category"
    )
    warehouse.execute("drop table meta.sensitive_found")
