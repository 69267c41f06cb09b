"""What the release says of care processes that nobody's record can tell."""

from conftest import draw

from flows.steps.notes import describe_untold_processes


def test_processes_without_codes_and_without_records_are_named_apart(warehouse):
    tables = {
        "needs.care_process": draw(
            """
            key     | is_verified | is_known
            plan    | no          | no
            rating  | no          | no
            review  | yes         | no
            carer   | yes         | yes
            unasked | no          | no
            """
        ),
        "codelist.care_process": draw(
            "key | name \n plan | Care plan \n rating | Rating \n review | Review \n carer | Carer \n unasked | Unasked"
        ),
        "codelist.indicator_process": draw(
            "indicator | care_process \n a | plan \n b | plan \n c | rating \n d | review \n e | carer"
        ),
    }
    for name, frame in tables.items():
        warehouse.write(name, frame)
    without_codes, without_records = describe_untold_processes(warehouse)
    assert without_codes.startswith("No code list for Care plan; Rating has been verified")
    assert without_records.startswith("No record of the extract holds Review:")
    warehouse.write("needs.care_process", tables["needs.care_process"].filter(key="carer"))
    assert describe_untold_processes(warehouse) == []
