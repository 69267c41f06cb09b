"""Drawn inputs of the indicators of need: people with MLTC, and care processes. Index date 2026-10-01."""

from datetime import date

import polars as pl
from conftest import draw

KNOWN = (
    "is_gp_event_known_12m",
    "is_gp_event_known_24m",
    "is_gp_prescription_known_12m",
    "is_gp_consultation_known_12m",
    "is_gp_consultation_known_24m",
    "is_hospital_known_12m",
    "is_emergency_known_12m",
    "is_outpatient_known_12m",
    "is_mental_health_known_12m",
    "is_community_known_12m",
    "is_social_care_known_12m",
    "is_waiting_list_known",
    "is_patient_reported_known",
)


def draw_people(*persons: str, unknown: tuple[str, ...] = (), **facts: object) -> pl.DataFrame:
    """needs.person: everything known of everybody but the windows named in `unknown`; `facts` replace columns."""
    frame = pl.DataFrame({"person_id": list(persons)}, schema={"person_id": pl.String}).with_columns(
        practice_code=pl.lit("A81001"),
        age_years=pl.lit(70, pl.Int64),
        condition_count=pl.lit(2, pl.Int64),
        is_complex_mltc=pl.lit(False),
        has_physical_mental=pl.lit(False),
        **{name: pl.lit(name not in unknown) for name in KNOWN},
    )
    given = {name: pl.Series(value) if isinstance(value, list) else pl.lit(value) for name, value in facts.items()}
    return frame.with_columns(**given)


def draw_processes(text: str = "person_id | care_process | last_code | last_date") -> pl.DataFrame:
    """needs.process_record: one entry a row, dated first and last on its day; counts follow from the day."""
    frame = draw(text)
    within = {months: pl.col("last_date") > date(2026 - months // 12, 10, 1) for months in (12, 24)}
    return frame.with_columns(
        first_date="last_date",
        **{f"count_{months}m": is_within.cast(pl.Int64) for months, is_within in within.items()},
    )


def draw_catalogue(*unverified: str) -> pl.DataFrame:
    """codelist.care_process: every process of the catalogue with verified codes, but those named."""
    from mltc.codelists import load_codelists

    keys = load_codelists().care_processes["key"]
    return pl.DataFrame({"key": keys}).with_columns(
        name="key", source=pl.lit("drawn"), verified=~pl.col("key").is_in(unverified)
    )


def read_states(frame: pl.DataFrame) -> dict[str, str]:
    """State by person."""
    return dict(frame.select("person_id", "state").rows())


def draw_known_processes(*keys: str) -> pl.DataFrame:
    """needs.care_process: these processes are known, and one is not."""
    return pl.DataFrame({"key": [*keys, "no_codes"], "is_known": [True] * len(keys) + [False]})


def draw_contacts(text: str = "person_id | setting | provider_code | service | contact_date") -> pl.DataFrame:
    """needs.contact: columns that the table leaves out are null."""
    frame = draw(text)
    wanted = ("person_id", "setting", "provider_code", "service")
    return frame.with_columns(pl.lit(None, pl.String).alias(name) for name in wanted if name not in frame.columns)
