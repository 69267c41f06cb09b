"""The statement of intended purpose on a model card: what a risk is for and is not, and what the ICB must settle."""

from collections.abc import Mapping
from typing import Any

FOR_THE_ICB = "for the ICB to complete"

_OUTPUT = {
    "risk": "A probability from 0 to 1, with an interval.",
    "count": "An expected number from 0 on, with an interval.",
}
_PURPOSE = {
    "use": "Population planning and a first list for a clinician to review; risk is not need, and not benefit.",
    "users": "Analysts who plan capacity, and clinicians who review a list before anybody is approached.",
    "who_it_is_for": "People registered with a practice of the ICB and alive on the index date: no other population.",
    "out_of_scope": (
        "Refusing care, decisions without a clinician, any population other than the ICB's own, comparing practices, "
        "paying or judging anybody by it, emergencies and care at the bedside."
    ),
    "not_a_diagnosis": (
        "It says how often people with such records had the outcome. It finds no disease, advises no treatment, and "
        "does not say that care would change the outcome."
    ),
}
# Where to look, not advice: MHRA, Medical devices: software applications (apps), gov.uk; NHS England, DCB0129 and
# DCB0160 under section 250 of the Health and Social Care Act 2012; HM Treasury, The Aqua Book.
_GOVERNANCE = {
    "medical_device_note": (
        "Software that informs decisions on single people, prediction and prognosis included, may be a medical device "
        "(MHRA, Medical devices: software applications). mltc is not registered as one."
    ),
    "medical_device_status": FOR_THE_ICB,
    "clinical_safety_note": (
        "Clinical risk management is asked of who makes (DCB0129) and of who deploys (DCB0160) a health IT system that "
        "supports care; each has its hazard log, safety case and Clinical Safety Officer."
    ),
    "clinical_safety_case": FOR_THE_ICB,
    "quality_assurance_note": (
        "Analytical quality assurance (AQuA; HM Treasury, The Aqua Book): who commissioned these figures, who made "
        "them, who assured them, and who signed off their use."
    ),
    "quality_assurance_log": FOR_THE_ICB,
    "responsible_clinician": FOR_THE_ICB,
    "responsible_owner": FOR_THE_ICB,
}


def state_purpose(manifest: Mapping[str, Any], *, is_count: bool) -> dict[str, Any]:
    """Section `intended_use` of a card: outcome and output of this model, then what holds of every one."""
    return {
        "predicts": f"{manifest['outcome']} within {manifest['horizon_months']} months of the index date",
        "output": _OUTPUT["count" if is_count else "risk"],
        **_PURPOSE,
        **_GOVERNANCE,
    }
