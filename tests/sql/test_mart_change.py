"""Who came to MLTC and who left since the last run, in groups that add up: drawn moves, one person per reason."""

from datetime import date

import polars as pl
import pytest
from conftest import draw

LAST = pl.DataFrame({"as_of": [date(2026, 9, 1)]})
NO_LAST = LAST.clear()
REGISTER = """
person_id | definition | is_mltc
new       | mine       | yes
aged      | mine       | yes
came      | mine       | yes
back      | mine       | yes
late      | mine       | yes
here_1    | mine       | yes
here_2    | mine       | yes
other     | theirs     | yes
well      | mine       | no
held      | mine       | yes
held_well | mine       | no
"""
MOVED = """
person_id | definition | change           | reason              | condition
new       | mine       | joined           | new code            |
aged      | mine       | joined           | age limit reached   |
came      | mine       | joined           | moved in            |
back      | mine       | joined           | opt-out withdrawn   |
late      | mine       | joined           | record backdated    |
over      | mine       | left             | resolved            |
old       | mine       | left             | rule window passed  |
grown     | mine       | left             | age limit reached   |
dead      | mine       | left             | died                |
gone      | mine       | left             | deregistered        |
out       | mine       | left             | opted out           |
lists     | mine       | left             | codelist version    |
stopped   | mine       | left             | feed gap            |
other     | theirs     | joined           | new code            |
here_1    | mine       | became complex   | new code            |
here_1    | mine       | condition gained | new code            | a
held      | mine       | held over        | feed gap            | a
held      | mine       | held over        | feed gap            | b
held_well | mine       | held over        | feed gap            | a
"""


@pytest.fixture
def count(build):
    def count_people(last: pl.DataFrame) -> dict[tuple[str, str], int]:
        inputs = {"register.mltc": draw(REGISTER), "register.change": draw(MOVED), "meta.last_run": last}
        rows = build("marts.change", inputs, definition="mine")
        assert rows["since"].unique().to_list() in ([], ["2026-09-01"])
        return {(row[0], row[1]): row[2] for row in rows.select("change", "why", "persons").iter_rows()}

    return count_people


def test_everyone_who_moved_is_counted_once(count):
    assert count(LAST) == {
        ("last run", "all"): 11,  # 3 stayed, 8 left
        ("joined", "new code"): 2,
        ("joined", "moved in"): 2,
        ("joined", "records"): 1,
        ("left", "condition ended"): 3,
        ("left", "died"): 1,
        ("left", "moved away"): 2,
        ("left", "records"): 2,
        ("stayed", "all"): 3,  # here_1, here_2, held
        ("held over", "all"): 1,
    }


def test_without_a_last_run_there_is_nothing_to_say(count):
    assert count(NO_LAST) == {}
