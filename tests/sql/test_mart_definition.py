"""People with MLTC by each definition and place: drawn people, two definitions, two networks."""

from conftest import draw

INPUTS = {
    "register.person": draw("""
person_id | practice_code | pcn_code
p1        | P1            | N1
p2        | P1            | N1
p3        | P2            | N2
"""),
    "register.practice": draw("""
practice_code | pcn_name
P1            | North
P2            | South
"""),
    "register.mltc": draw("""
person_id | definition | is_mltc
p1        | mine       | yes
p2        | mine       | no
p3        | mine       | yes
p1        | also       | no
p2        | also       | no
p3        | also       | yes
"""),
    "codelist.definition": draw("""
definition | title
also       | Another list
mine       | The list of the release
"""),
}
COLUMNS = ("geography_code", "geography_name", "definition", "is_release_definition", "sort_key", "persons")


def test_each_definition_counts_everyone_and_those_with_mltc(build):
    rows = build("marts.definition", INPUTS, definition="mine", icb_code="Q", icb_name="Area")
    assert sorted(rows.select(*COLUMNS, "mltc_persons").rows()) == [
        ("N1", "North", "also", "no", 2, 2, 0),
        ("N1", "North", "mine", "yes", 1, 2, 1),
        ("N2", "South", "also", "no", 2, 1, 1),
        ("N2", "South", "mine", "yes", 1, 1, 1),
        ("Q", "Area", "also", "no", 2, 3, 1),
        ("Q", "Area", "mine", "yes", 1, 3, 2),
    ]
