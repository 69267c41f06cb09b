"""States of an indicator that asks whether a care process was coded, for people of every kind that its rule parts."""

import tomllib
from collections.abc import Callable

import polars as pl
from conftest import draw
from drawn_needs import draw_people, draw_processes, read_states

from mltc.paths import CODELISTS

# The last entry of each person; none and no_feed_none have no entry at all.
ENTRIES = {
    "today": "2026-10-01",
    "in_year": "2025-10-02",
    "a_year_ago": "2025-10-01",
    "in_two_years": "2024-10-02",
    "two_years_ago": "2024-10-01",
    "no_feed_today": "2026-10-01",
    "no_feed_old": "2020-01-01",
}
KNOWN = ("none", "today", "in_year", "a_year_ago", "in_two_years", "two_years_ago")
NOT_KNOWN = ("no_feed_none", "no_feed_today", "no_feed_old")
WITHIN = {
    "12m": {"today", "in_year"},
    "24m": {"today", "in_year", "a_year_ago", "in_two_years"},
    "ever": set(ENTRIES),
}


def draw_known(*unknown: str) -> pl.DataFrame:
    """needs.care_process: every process of the catalogue can be told to be missing, but those named."""
    catalogue = tomllib.loads((CODELISTS / "care_processes.toml").read_text(encoding="utf-8"))
    keys = [process["key"] for process in catalogue["care_process"]]
    assert set(unknown) <= set(keys)
    return pl.DataFrame({"key": keys, "is_known": [key not in unknown for key in keys]})


def build_process_states(
    build: Callable[..., pl.DataFrame],
    indicator: str,
    process: str,
    unverified: tuple[str, ...] = (),
    **facts: object,
) -> dict[str, str]:
    """States of people whose entries lie on both sides of every boundary, and whom the indicator is about."""
    unknown = ("is_gp_event_known_12m", "is_gp_event_known_24m")
    people = pl.concat([draw_people(*KNOWN, **facts), draw_people(*NOT_KNOWN, unknown=unknown, **facts)])
    rows = "\n".join(f"{person} | {process} | 1 | {day}" for person, day in ENTRIES.items())
    held = ("asthma_register", "diabetes_register", "hypertension_register", "palliative_care_register")
    conditions = "\n".join(f"{person} | {condition}" for person in people["person_id"] for condition in held)
    inputs = {
        "needs.person": people,
        "needs.process_record": draw_processes(f"person_id | care_process | last_code | last_date\n{rows}"),
        "needs.care_process": draw_known(*unverified),
        "register.person_condition": draw(f"person_id | condition\n{conditions}"),
        "scores.person_score": draw("person_id | index_date | efi_is_65_or_over | efi_band").with_columns(
            pl.col("efi_is_65_or_over").cast(pl.Boolean)
        ),
    }
    return read_states(build(f"needs.indicator_{indicator}", inputs))


def expect(window: str, found: str, missing: str) -> dict[str, str]:
    """What an entry within the window makes of everybody: found counts in any case, missing only where it is known."""
    inside = WITHIN[window]
    return {
        **{person: found if person in inside else missing for person in KNOWN},
        **{person: found if person in inside or person == "no_feed_today" else "not_known" for person in NOT_KNOWN},
    }
