"""README.txt of a folder of lists: what they are, how to fill them in, and the words that may be used."""

from collections.abc import Mapping
from textwrap import fill

from mltc.lists.last_run import LastRun
from mltc.lists.layout import DECISIONS, NEEDS_INNOVATION, NEEDS_REASON, RANK_BASIS, REASONS, ROLES
from mltc.lists.people import Selection

NAME = "README.txt"
WIDTH = 100


def write_read_me(run: LastRun, selection: Selection, innovations: Mapping[str, str]) -> str:
    """The whole text. `innovations`: names by key."""
    whose = f"practice {selection.practice}" if selection.practice else "every practice whose records are complete"
    synthetic = ["THE PEOPLE ON THESE LISTS ARE INVENTED.", ""] if run.is_synthetic else []
    parts = [
        "PATIENT LISTS: CONFIDENTIAL. FOR THE PRACTICE'S OWN REGISTERED PATIENTS, FOR DIRECT CARE ONLY.",
        "",
        *synthetic,
        f"Run {run.name}, records up to {run.index_date}, definition {run.definition}.",
        fill(f"Last made for {whose}. {selection.words()}", WIDTH),
        "",
        "WHAT THIS IS",
        fill(
            "One file a practice, one row a person with multiple long-term conditions (MLTC) who is registered there. "
            "A list informs and never decides: it says what is recorded, and a clinician who knows the person decides. "
            "Being on it is no reason to do anything, and not being on it is no reason to do nothing.",
            WIDTH,
        ),
        fill(
            "A risk says how often people with such records had an unplanned admission within 12 months. It is no "
            "need, and no promise that anything would help. 'Not known' never means 'no': the record that would tell "
            "was not there.",
            WIDTH,
        ),
        fill(
            "Send a list to its own practice alone, by the route of your agreement. Only the practice can tell who "
            "the person behind an mltc_id is, by the key that it was given; nobody else may try. Delete the file when "
            "the review is over.",
            WIDTH,
        ),
        "",
        "THE ORDER",
        fill(RANK_BASIS + " rank_basis says it of each row.", WIDTH),
        "",
        "COLUMNS",
        *(fill(f"{name}: {words}", WIDTH, subsequent_indent="  ") for name, words in _COLUMNS.items()),
        "",
        "HOW TO FILL IT IN",
        fill(
            "Fill in the last five columns and no other, and use these words only. Write no name, number or note "
            "anywhere: free text can identify a person. A row left empty counts as not reviewed. Save as 'CSV UTF-8'.",
            WIDTH,
        ),
        "",
        "reviewed_on: a day, as 2026-10-15 or 15/10/2026; not before the day of the records, not in the future",
        f"reviewed_by_role: {', '.join(ROLES)}",
        "decision:",
        *(f"  {word}: {meaning}" for word, meaning in DECISIONS.items()),
        f"reason (needed for {' and '.join(NEEDS_REASON)}): {', '.join(REASONS)}; else left empty",
        f"chosen_innovation (needed for {' and '.join(NEEDS_INNOVATION)}), one of:",
        *(f"  {key}: {name}" for key, name in innovations.items()),
        "",
        "Then: mltc lists read FILE",
        "",
    ]
    return "\n".join(parts)


_COLUMNS = {
    "mltc_id": "a pseudonym that stays the same from month to month; its last character checks the others",
    "age_band, sex": "age in bands, never a date of birth",
    "conditions, condition_count": "of the definition named above",
    "complex_mltc": "many conditions of several body systems (see the methods of the release)",
    "risk_band, risk_percentile": "among everybody registered; percentile 99 means a higher risk than 99 of 100 people",
    "risk_status": "scored, or why there is no risk: a practice's records stopped, no model, or has it already",
    "reason_1 to 3": "what the risk rests on, strongest first, with the date of the newest record behind it; no causes",
    "needs_present, needs_evidence": "which needs, and what shows them with the date of the record",
    "needs_not_known": "of these nothing can be said: ask",
    "eligible_innovations": "what the person could be offered by rule; not that they would gain from it or want it",
    "last_medication_review, last_contact": "a day, 'none on record', or 'not known' where records are missing",
}
