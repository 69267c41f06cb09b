"""Rules that every table of persons and dates has, made from its contract: nobody writes them by hand.

A new contract table with a `person_id` and a `main_date` gets them at once; `expectations/<table>.yml` then
holds only what is special about the table.
"""

from mltc.contract import Table, load_contract
from mltc.quality.outputs import EVERYTHING, outputs_of_table
from mltc.quality.rule import Rule

# Birth dates may be given to the month, and a death is often registered days after it happened.
GRACE_DAYS = 31
# How long after the index date a row may lie: the feed of a register of last year is newer than its index date.
FUTURE_DAYS = 366
# Tables that are not judged against the person table: it itself, and choices of people who may live elsewhere.
_NOT_OF_A_KNOWN_PERSON = ("person", "opt_out")


def build_skeleton_rules(table: Table) -> list[Rule]:
    """Referential and date rules of a table: known person, not in the future, within the life, fresh."""
    rules: list[Rule] = []
    if table.has_person and table.table not in _NOT_OF_A_KNOWN_PERSON:
        rules.append(_person_known(table.table))
    if table.main_date:
        rules.append(_not_future(table.table, table.main_date))
        if table.has_person:
            rules += _within_life(table, table.main_date)
    if table.main_date and table.fresh_days is not None:
        rules.append(_feed_fresh(table.table, table.main_date, table.fresh_days))
    if table.table == "person":
        rules.append(_index_date_within_feeds())
    return rules


def _person_known(table: str) -> Rule:
    return Rule(
        rule="person_known",
        level="quarantine",
        needs=("person",),
        rows=f"{table}.person_id is not null and not exists "
        "(select 1 from raw.person as person "
        f"where person.person_id = {table}.person_id and person._dropped is null)",
        why="The row belongs to a person who is not in the person table, so it can be in no register.",
        affects=("register", "needs"),
        mend="Ask whether the person table covers the same population and period as this feed.",
    )


def _not_future(table: str, column: str) -> Rule:
    return Rule(
        rule=f"{column}_not_future",
        level="quarantine",
        rows=f"cast({table}.{column} as date) > {{index_date}} + interval {FUTURE_DAYS} day",
        why="A date more than a year after the index date cannot be of something that has happened.",
        affects=outputs_of_table(table),
        mend="Check the date format of the extract and the index date of the configuration.",
    )


def _within_life(table: Table, column: str) -> list[Rule]:
    rules = [_after_birth(table.table, column)]
    if table.table != "death":
        rules.append(_before_death(table, column))
    if table.feed == "gp":
        rules.append(_within_registration(table.table, column))
    return rules


def _after_birth(table: str, column: str) -> Rule:
    return Rule(
        rule=f"{column}_after_birth",
        level="quarantine",
        needs=("person",),
        rows="exists (select 1 from raw.person as person "
        f"where person.person_id = {table}.person_id and person._dropped is null "
        f"and cast({table}.{column} as date) < person.birth_date - interval {GRACE_DAYS} day)",
        why="The record is dated before the person was born; a month is allowed because birth dates may be given "
        "to the month.",
        affects=outputs_of_table(table),
        mend="Ask the sender whether the person key or the date is wrong.",
    )


def _before_death(table: Table, column: str) -> Rule:
    name = table.table
    usual = "; late entries by the practice are usual, many are not" if table.feed == "gp" else ""
    return Rule(
        rule=f"{column}_before_death",
        level="warn" if table.feed == "gp" else "quarantine",
        needs=("death",),
        rows="exists (select 1 from raw.death as death "
        f"where death.person_id = {name}.person_id and death._dropped is null "
        f"and cast({name}.{column} as date) > death.death_date + interval {GRACE_DAYS} day)",
        why=f"The record is dated more than a month after the person's registered death{usual}.",
        affects=outputs_of_table(name),
        mend="Ask the sender whether the person key, the date or the death is wrong.",
    )


def _within_registration(table: str, column: str) -> Rule:
    """Entries before a registration are history that came with the person; after its end there should be none.

    People with a registered death are left to the rule on deaths.
    """
    return Rule(
        rule=f"{column}_within_registration",
        level="warn",
        needs=("person", "registration"),
        rows="exists (select 1 from (select registration.person_id, "
        "max(coalesce(registration.registered_to, date '9999-12-31')) as last_day "
        "from raw.registration as registration where registration._dropped is null "
        "group by registration.person_id) as registered "
        f"where registered.person_id = {table}.person_id and registered.last_day < date '9999-12-31' "
        f"and cast({table}.{column} as date) > registered.last_day + interval {GRACE_DAYS} day) "
        f"and not exists (select 1 from raw.death as death where death.person_id = {table}.person_id "
        "and death._dropped is null)",
        why="The record is dated more than a month after the person's last registration ended: the person has "
        "moved back, or the registration table is behind the records.",
        affects=("register", "needs"),
        mend="Ask for the registrations as of the same day as the records.",
    )


def _feed_fresh(table: str, column: str, days: int) -> Rule:
    return Rule(
        rule="feed_fresh",
        level="warn",
        whole_table=True,
        rows=f"(select max(cast({column} as date)) from raw.{table}) < {{index_date}} - interval {days} day",
        why=f"The newest record is more than {days} days before the index date: the feed has stopped or was cut, "
        "and what is counted from it in the last year is too low.",
        affects=tuple(dict.fromkeys((*outputs_of_table(table), "needs", "risk"))),
        mend="Ask for the latest extract of this feed.",
    )


def _index_date_within_feeds() -> Rule:
    dated = [table for table in load_contract().values() if table.main_date and table.fresh_days is not None]
    days = max(table.fresh_days or 0 for table in dated)
    newest = " union all ".join(
        f"select max(cast({table.main_date} as date)) as latest from raw.{table.table}" for table in dated
    )
    return Rule(
        rule="index_date_within_feeds",
        level="stop",
        whole_table=True,
        rows=f"(select max(latest) from ({newest})) < {{index_date}} - interval {days} day",
        why=f"No feed has a record in the {days} days before the index date: a register of that day would show "
        "falling need where there is only missing data.",
        affects=(EVERYTHING,),
        mend="Check [run] index_date, and that the extracts are the latest.",
    )
