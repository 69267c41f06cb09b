"""What is counted before and after."""

from typing import NamedTuple


class Measure(NamedTuple):
    """A count of a person's use of care; `known`: the column that says whether the person's feed covers it."""

    key: str
    name: str
    known: str


MEASURES = (
    Measure("unplanned_admissions", "unplanned admissions", "is_hospital_known"),
    Measure("emergency_attendances", "emergency attendances", "is_emergency_known"),
    Measure("unplanned_bed_days", "unplanned bed-days", "is_hospital_known"),
    Measure("gp_contacts", "GP practice contacts", "is_gp_known"),
)
KEYS = tuple(measure.key for measure in MEASURES)
