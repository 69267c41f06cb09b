"""The note on conditions that a failed feed holds over names practices, never how many people."""

from conftest import draw

from mltc.held_over import describe_held_over


def test_names_each_practice_once_and_since_when(warehouse):
    tables = {
        "register.person": draw(
            """
            person_id | practice_code | succeeded_from
            one       | P             |
            two       | P             |
            moved     | Q             | R
            well      | S             |
            """
        ),
        "register.person_condition": draw(
            """
            person_id | condition | is_held_over
            one       | a         | yes
            one       | b         | yes
            two       | a         | yes
            moved     | a         | yes
            well      | a         | no
            """
        ),
        "register.practice": draw("practice_code | practice_name\nP | Hill Surgery\nS | Lake Surgery"),
        "meta.practice_abstention": draw(
            """
            practice_code | table_name      | from_month_date
            P             | gp_event        | 2026-08-01
            P             | gp_prescription | 2026-07-01
            P             | gp_consultation | 2026-06-01
            S             | gp_event        | 2026-07-01
            """
        ).rename({"from_month_date": "from_month"}),
    }
    for name, frame in tables.items():
        warehouse.write(name, frame)
    first, second = describe_held_over(warehouse)
    assert first.startswith("Records of Hill Surgery (P) are missing or too few since 2026-07. ")
    assert second.startswith("Records of a practice (R) are missing or too few. ")
    warehouse.write("register.person_condition", tables["register.person_condition"].filter("is_held_over").clear())
    assert describe_held_over(warehouse) == []
