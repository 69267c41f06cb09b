"""Which canonical table a file is of."""

from collections.abc import Collection, Mapping
from functools import cache
from math import exp
from pathlib import Path

from mltc.contract import Table, load_contract
from mltc.mapping.candidate import Candidate
from mltc.mapping.confidence import measure_confidence
from mltc.mapping.words import split_words

# Words of file names that tell the table.
FILE_WORDS: dict[str, frozenset[str]] = {
    "person": frozenset({"person", "persons", "patient", "patients", "demographics", "demographic", "pds",
                         "population"}),
    "registration": frozenset({"registered", "registrations", "list"}),
    "address": frozenset({"address", "addresses"}),
    "gp_event": frozenset({"event", "journal", "gdppr", "observation", "observations", "code", "clinical", "conditions",
                           "condition", "problems", "gp", "measurement", "lab"}),
    "gp_prescription": frozenset({"prescription", "prescriptions", "medicine", "medications", "issue", "issues", "epd",
                                  "dispensing", "prescribing"}),
    "gp_consultation": frozenset({"consultation", "appointments", "appointment", "slot"}),
    "hospital_episode": frozenset({"apc", "apce", "apcs", "inpatient", "inpatients", "admission", "spell", "spells",
                                   "episode", "hospital"}),
    "outpatient": frozenset({"outpatient", "outpatients", "procedure", "opa", "appointment", "appointments"}),
    "emergency": frozenset({"emergency", "ecds", "ae", "attendance", "attendances", "urgent"}),
    "mental_health_contact": frozenset({"mental", "mhsds", "mh", "mhs"}),
    "community_contact": frozenset({"community", "csds", "cyp"}),
    "social_care_event": frozenset({"social", "asc", "cld"}),
    "waiting_list": frozenset({"waiting", "list", "wlmds", "rtt", "pathways", "ptl"}),
    "patient_reported": frozenset({"prom", "proms", "survey", "questionnaire", "reported", "eq5d", "pam"}),
    "death": frozenset({"death", "deaths", "mortality"}),
    "ethnicity": frozenset({"ethnic", "ethnicity"}),
    "opt_out": frozenset({"opt", "out", "optout", "ndoo", "dissent", "objections"}),
    "organisation": frozenset({"organisation", "organisations", "practice", "practices", "pcn", "ods", "epraccur"}),
    "organisation_succession": frozenset({"succession", "successor", "successors", "mergers"}),
    "person_link": frozenset({"link", "linkage", "bridge", "bridging", "lookup"}),
    "neighbourhood_lsoa": frozenset({"neighbourhood", "neighbourhoods", "lsoa", "lookup"}),
}  # fmt: skip
SHARPNESS = 1.2  # of the comparison of tables; fitted by eye to the benchmark


def score_table(table: Table, chosen: Mapping[str, Candidate], path: Path, known: Collection[str]) -> float:
    """How much of the table is found, rare columns counting more, less what it must have and is not there."""
    found = sum(measure_confidence(item) * _rarity(name) for name, item in chosen.items())
    missing = [
        name for name, column in table.columns.items()
        if column.required and name not in {"code_system", *chosen}
    ]  # fmt: skip
    weak = [name for name, item in chosen.items() if table.columns[name].required and measure_confidence(item) < 0.3]
    words = set(split_words(path.name.split(".")[0]))
    hint = 1.2 if FILE_WORDS.get(table.table, frozenset()) & words else 0.0
    size = 0.04 * (len(table.columns) - len(chosen))
    key = chosen.get("person_id") if table.key == ("person_id",) else None
    repeated = 2.0 if key is not None and key.facts.distinct_share < 0.8 else 0.0
    # Canonical names are nobody's guess: all that the table needs under its own names decides.
    here = {name for item in chosen.values() for name in item.group.columns}
    exact = all(not column.required or name in here for name, column in table.columns.items())
    own = 3.0 + 0.5 * sum(name in here for name in table.columns) if exact else 0.0
    return own + (
        found - repeated - 1.3 * len(missing) - 0.6 * len(weak) + hint - size + (2.0 if table.table in known else 0.0)
    )


def share_belief(scores: Mapping[str, float]) -> dict[str, float]:
    """Belief in each table (they sum to 1), most likely first."""
    highest = max(scores.values())
    raised = {table: exp(SHARPNESS * (score - highest)) for table, score in scores.items()}
    total = sum(raised.values())
    return {table: value / total for table, value in sorted(raised.items(), key=lambda item: (-item[1], item[0]))}


@cache
def _rarity(column: str) -> float:
    """1 for a column of one table, less for one that many have."""
    tables = sum(column in table.columns for table in load_contract().values())
    return float(max(1, tables) ** -0.5)
