"""Disclosure control: the one door through which figures leave.

`protect` turns raw tables into published ones, `attack` tries to undo it, `ReleaseDoor` writes a release.
"""

from mltc.disclosure.canary import scan_for_identifiers
from mltc.disclosure.checked import CheckedRelease, check_release, describe_beside
from mltc.disclosure.door import ReleaseDoor
from mltc.disclosure.exposure import attack
from mltc.disclosure.improper import Exposure
from mltc.disclosure.profile import PROFILES, Profile, read_profile, strictest
from mltc.disclosure.protection import protect
from mltc.disclosure.retire import remove_releases
from mltc.disclosure.table import (
    NOT_AVAILABLE,
    SUPPRESSED,
    MeasureSpec,
    PublishedTable,
    RateSpec,
    TableSpec,
    load_table_specs,
)
from mltc.disclosure.written import attack_release, read_previous, read_release

__all__ = [
    "NOT_AVAILABLE",
    "PROFILES",
    "SUPPRESSED",
    "CheckedRelease",
    "Exposure",
    "MeasureSpec",
    "Profile",
    "PublishedTable",
    "RateSpec",
    "ReleaseDoor",
    "TableSpec",
    "attack",
    "attack_release",
    "check_release",
    "describe_beside",
    "load_table_specs",
    "protect",
    "read_previous",
    "read_profile",
    "read_release",
    "remove_releases",
    "scan_for_identifiers",
    "strictest",
]
