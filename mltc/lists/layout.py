"""Columns of a practice list, and what may be filled in."""

SHOWN = (
    "run",
    "practice_code",
    "position",
    "rank_basis",
    "mltc_id",
    "age_band",
    "sex",
    "conditions",
    "condition_count",
    "complex_mltc",
    "risk_band",
    "risk_percentile",
    "risk_status",
    "reason_1",
    "reason_1_evidence_date",
    "reason_2",
    "reason_2_evidence_date",
    "reason_3",
    "reason_3_evidence_date",
    "needs_present_count",
    "needs_present",
    "needs_evidence",
    "needs_not_known",
    "eligible_innovations",
    "last_medication_review",
    "last_contact",
)
FILLED_IN = ("reviewed_on", "reviewed_by_role", "decision", "reason", "chosen_innovation")
COLUMNS = SHOWN + FILLED_IN
KEYS = ("run", "practice_code", "mltc_id")

# Allowed words instead of free text, which can identify a person.
DECISIONS = {
    "accepted": "the innovation named in chosen_innovation will be offered",
    "declined": "it will not, for the reason given",
    "deferred": "to be decided later, for the reason given",
    "already in place": "the person has it already",
}
ROLES = (
    "gp",
    "nurse",
    "pharmacist",
    "paramedic",
    "physician associate",
    "care coordinator",
    "social prescribing link worker",
    "other",
)
REASONS = (
    "person declined",
    "not clinically appropriate",
    "needs already met",
    "end of life care",
    "moved or died",
    "record is wrong",
    "no capacity",
    "not available locally",
    "could not be reached",
    "awaiting review",
    "other",
)
NEEDS_REASON = ("declined", "deferred")
NEEDS_INNOVATION = ("accepted", "already in place")
RANK_BASIS = (
    "People with the most needs present come first; of equal numbers those in the higher band of risk, then those with "
    "more conditions, then by mltc_id. Never by risk alone. The order is where to begin reading, not who needs most."
)
