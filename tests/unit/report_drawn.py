"""Drawn published tables of a small area, for the tests of the report: counts are written, rates follow.

Every count is a multiple of 5 or None (suppressed), as the tables are after disclosure control.
"""

import math
from datetime import date
from typing import Any

import polars as pl

from mltc.disclosure import PublishedTable, TableSpec, load_table_specs
from mltc.report import ReportContext
from mltc.report.model_cards import OutcomeCard

HOSTILE = "<script>alert('x')</script> \"quoted\" & Co"
FORMULA = "=cmd|'/C calc'!A1"
PCNS = {"U10001": "North Riverside PCN", "U10002": HOSTILE, "U10003": FORMULA}


def draw_context(**changes: Any) -> ReportContext:
    """A context with every field set; `changes` replace fields."""
    values: dict[str, Any] = {
        "icb_name": "NHS Exampleshire ICB",
        "index_date": date(2026, 10, 1),
        "definition": "delphi-2022",
        "definition_version": "1.0",
        "code_version": "0.1.0",
        "codelist_version": "3f9c2a10",
        "is_synthetic": True,
        "profile": "hes",
        "run_name": "2026-10",
        "model_card": {
            "Model": {"Name": "Elastic-net logistic regression", "Outcome": "Unplanned admission in 12 months"},
            "Limits": {"Not for": ["Deciding without a clinician", HOSTILE]},
        },
        "more_cards": (
            OutcomeCard(
                "bed_days",
                "Nights in hospital",
                {"evaluation": {"expected": 61.2863, "c_statistic": 0.87437664, "note": HOSTILE}},
            ),
        ),
    }
    return ReportContext(**(values | changes))


def wilson(count: int, total: int) -> tuple[float, float, float]:
    """Percentage and limits; the formula of the methods page, written out for the drawing."""
    z, p = 1.959963984540054, count / total
    middle, spread = 2 * total * p + z * z, z * math.sqrt(z * z + 4 * total * p * (1 - p))
    return 100 * p, 100 * (middle - spread) / (2 * (total + z * z)), 100 * (middle + spread) / (2 * (total + z * z))


def publish(name: str, rows: list[dict[str, Any]]) -> PublishedTable:
    """A published table from dimensions, counts and measures; missing ones are None, rates are computed."""
    spec = load_table_specs()[name]
    frame = pl.DataFrame([_complete(spec, row) for row in rows], schema=_schema(spec), orient="row")
    return PublishedTable(spec, frame)


def _schema(spec: TableSpec) -> dict[str, Any]:
    types: dict[str, Any] = {"dimension": pl.String, "count": pl.Int64}
    schema = {column: types.get(kind, pl.Float64) for column, kind in spec.kinds.items()}
    return schema | dict.fromkeys(spec.integer_dimensions, pl.Int64)


def _complete(spec: TableSpec, row: dict[str, Any]) -> dict[str, Any]:
    full: dict[str, Any] = dict.fromkeys(spec.kinds) | row
    for rate in spec.rates:
        count, total = full[rate.numerator], full[rate.denominator]
        values = (None, None, None) if count is None or not total else wilson(count, total)
        full |= dict(zip((rate.name, f"{rate.name}_lower", f"{rate.name}_upper"), values, strict=True))
    return full


def prevalence_row(place: tuple[str, str, str], group: tuple[str, str, int], *counts: int | None) -> dict[str, Any]:
    """place = type, code, name; group = breakdown, value, order; counts = persons, mltc, complex, both."""
    keys = ("geography_type", "geography_code", "geography_name", "breakdown", "breakdown_value", "sort_key")
    names = ("persons", "mltc_persons", "complex_mltc_persons", "physical_mental_persons")
    return dict(zip(keys, (*place, *group), strict=True)) | dict(zip(names, counts, strict=True))


ICB = ("icb", "QXX", "NHS Exampleshire ICB")
GROUPS: list[tuple[tuple[str, str, int], float, float]] = [  # group, share of people, share of these with MLTC
    (("all", "all", 0), 1.0, 0.28),
    (("age_band", "0-17", 1), 0.20, 0.02),
    (("age_band", "18-44", 2), 0.35, 0.11),
    (("age_band", "45-64", 3), 0.26, 0.36),
    (("age_band", "65-79", 4), 0.14, 0.63),
    (("age_band", "80+", 5), 0.05, 0.81),
    (("sex", "female", 1), 0.51, 0.30),
    (("sex", "male", 2), 0.49, 0.26),
    (("imd_quintile", "1", 1), 0.24, 0.34),
    (("imd_quintile", "2", 2), 0.22, 0.30),
    (("imd_quintile", "3", 3), 0.20, 0.28),
    (("imd_quintile", "4", 4), 0.18, 0.25),
    (("imd_quintile", "5", 5), 0.16, 0.20),
    (("ethnic_group", "White", 1), 0.70, 0.29),
    (("ethnic_group", "Asian or Asian British", 2), 0.14, 0.28),
    (("ethnic_group", "Black, Black British, Caribbean or African", 3), 0.08, 0.27),
    (("ethnic_group", "Mixed or multiple ethnic groups", 4), 0.04, 0.18),
    (("ethnic_group", "Other ethnic group", 5), 0.03, 0.20),
    (("ethnic_group", "unknown", 6), 0.01, 0.12),
]


def five(value: float) -> int:
    """To the nearest 5."""
    return 5 * round(value / 5)


def draw_prevalence(persons: int = 76_500) -> PublishedTable:
    """The whole area and three PCNs by every breakdown; the smallest PCN's ethnic group 5 is suppressed."""
    rows = []
    places = [(ICB, 1.0, 1.0)] + [
        (("pcn", code, name), share, level)
        for (code, name), share, level in zip(PCNS.items(), (0.5, 0.3, 0.2), (1.1, 0.95, 0.8), strict=True)
    ]
    for place, share, level in places:
        for group, part, mltc in GROUPS:
            total = five(persons * share * part)
            known = five(total * mltc * level)
            counts: list[int | None] = [total, known, five(known * 0.4), five(known * 0.35)]
            if place[1] == "U10003" and group[1] == "Other ethnic group":
                counts = [total, None, None, None]
            rows.append(prevalence_row(place, group, *counts))
    return publish("prevalence", rows)


CONDITIONS = [  # key, name, body system, kind, share, published
    ("hypertension", "Hypertension", "cardiovascular", "physical", 0.155, 14.8),
    ("depression", "Depression", "mental and behavioural", "mental", 0.142, 13.2),
    ("asthma", "Asthma", "respiratory", "physical", 0.081, 6.5),
    ("diabetes", "Diabetes", "endocrine", "physical", 0.072, 7.7),
    ("osteoarthritis", "Osteoarthritis", "musculoskeletal", "physical", 0.068, None),
    ("anxiety", "Anxiety", "mental and behavioural", "mental", 0.064, None),
    ("chronic_kidney_disease", "Chronic kidney disease", "urogenital", "physical", 0.039, 4.4),
    ("copd", "Chronic obstructive pulmonary disease", "respiratory", "physical", 0.021, 1.9),
    ("autism", "Autism", "mental and behavioural", "neurodevelopmental", 0.012, None),
]


def draw_condition(persons: int = 76_500) -> PublishedTable:
    """Nine conditions, and one whose count is suppressed."""
    rows = [
        {
            "condition": key,
            "condition_name": name,
            "body_system": system,
            "condition_kind": kind,
            "persons": persons,
            "persons_with_condition": five(persons * share),
            "mltc_persons_with_condition": five(persons * share * 0.8),
            "published_percent": published,
            "published_source": "QOF 2024/25" if published else "",
        }
        for key, name, system, kind, share, published in CONDITIONS
    ]
    rare = {"condition": "tuberculosis", "condition_name": "Tuberculosis", "body_system": "infection"}
    return publish(
        "condition", [*rows, rare | {"condition_kind": "physical", "persons": persons, "published_source": ""}]
    )


CLUSTERS = [  # id, name, top conditions, persons, age, conditions, shares of admitted, medicines, deprived
    ("c1", "Hypertension and diabetes", "Hypertension, Diabetes, Gout", 7_300, 67.2, 3.1, 0.14, 0.22, 0.21),
    ("c2", "Depression and anxiety", "Depression, Anxiety, Asthma", 6_900, 46.8, 2.7, 0.11, 0.12, 0.33),
    ("c3", "Heart failure and kidney disease", "Heart failure, CKD, Arrhythmia", 3_200, 79.4, 6.2, 0.38, 0.64, 0.24),
    ("c4", "COPD and drug or alcohol misuse", "COPD, Drug/alcohol misuse", 1_850, 58.0, 4.1, 0.29, 0.31, 0.52),
]


def draw_cluster() -> PublishedTable:
    """Four patterns."""
    return publish(
        "cluster",
        [
            {
                "cluster_id": key,
                "cluster_name": name,
                "top_conditions": top,
                "persons": persons,
                "unplanned_admitted_persons": five(persons * admitted),
                "polypharmacy_persons": five(persons * medicines),
                "most_deprived_persons": five(persons * deprived),
                "mean_age_years": age,
                "mean_condition_count": conditions,
                "mean_certainty": 0.86,
            }
            for key, name, top, persons, age, conditions, admitted, medicines, deprived in CLUSTERS
        ],
    )


def draw_cluster_condition() -> PublishedTable:
    """Every condition in every pattern; the shares fan out so that shades differ."""
    rows = []
    for number, (key, name, _, persons, *_rest) in enumerate(CLUSTERS):
        for place, (condition, label, *_other) in enumerate(CONDITIONS):
            share = ((number * 4 + place * 3) % 10) / 10
            count = five(persons * share) or None
            rows.append(
                {
                    "cluster_id": key,
                    "cluster_name": name,
                    "condition": condition,
                    "condition_name": label,
                    "persons": persons,
                    "persons_with_condition": count,
                    "observed_expected": None if count is None else 1 + share,
                    "exclusivity_percent": None if count is None else 100 * share / 2,
                }
            )
    return publish("cluster_condition", rows)


def draw_cluster_selection() -> PublishedTable:
    """Two to six patterns; four were kept."""
    bics = {2: 401_250.0, 3: 398_020.0, 4: 396_810.0, 5: 396_990.0, 6: 397_520.0}
    return publish(
        "cluster_selection",
        [
            {
                "class_count": count,
                "bic": bic,
                "entropy": 0.9 - count / 50,
                "smallest_share": 0.4 / count,
                "stability_ari": 0.95 - count / 40,
                "is_chosen": float(count == 4),
            }
            for count, bic in bics.items()
        ],
    )


def draw_cluster_outcome() -> PublishedTable:
    """Attendances and certainty of the four patterns; in one, nearly a third are uncertain; one count is suppressed."""
    rows = []
    for number, (key, name, _, persons, *_rest) in enumerate(CLUSTERS):
        for outcome, share in (("emergency_attendance", 0.2 + number / 10), ("uncertain", 0.05 + number / 10)):
            hidden = number == 3 and outcome == "emergency_attendance"
            count = None if hidden else five(persons * share)
            row = {"cluster_id": key, "cluster_name": name, "outcome": outcome}
            rows.append(row | {"known_persons": persons, "outcome_persons": count})
    return publish("cluster_outcome", rows)


def draw_cluster_use() -> PublishedTable:
    """Contacts and nights of the four patterns; of the last, nights are withheld."""
    rows = []
    for number, (key, name, _, persons, *_rest) in enumerate(CLUSTERS):
        row = {"cluster_id": key, "cluster_name": name, "known_persons": persons}
        rows.append(row | {"outcome": "gp_contacts", "unit": "contacts"} | mean_of(6.0 + number))
        nights = {"known_persons": None} if number == 3 else mean_of(1.0 + number)
        rows.append(row | {"outcome": "unplanned_bed_days", "unit": "nights"} | nights)
    return publish("cluster_use", rows)


def mean_of(value: float) -> dict[str, float]:
    """A mean with its interval."""
    return {"mean_use": value, "mean_use_lower": value - 0.3, "mean_use_upper": value + 0.3}


def draw_cluster_comparison() -> PublishedTable:
    """Four methods; the tree left everyone in one group, which has no silhouette."""
    methods = {"latent_class": (1.0, 0.11), "k_modes": (0.3, 0.2), "kmeans_mca": (0.4, 0.1)}
    rows: list[dict[str, Any]] = [
        {"method": name, "class_count": 4.0, "largest_share": 0.4, "adjusted_rand": rand, "silhouette": silhouette}
        for name, (rand, silhouette) in methods.items()
    ]
    tree = {"method": "hierarchical_jaccard", "class_count": 1.0, "largest_share": 1.0, "adjusted_rand": 0.0}
    return publish("cluster_comparison", [*rows, tree])


BANDS = [  # band, people, share with MLTC, share most deprived, mean risk
    ("Highest 0.5%", 385, 0.97, 0.36, 58.4),
    ("0.5-1%", 380, 0.94, 0.34, 41.9),
    ("1-5%", 3_060, 0.88, 0.30, 25.6),
    ("5-20%", 11_475, 0.66, 0.27, 10.1),
    ("Other 80%", 61_200, 0.17, 0.23, 2.6),
]


def draw_risk_band() -> PublishedTable:
    """Five bands."""
    return publish(
        "risk_band",
        [
            {
                "risk_band": band,
                "sort_key": order,
                "persons": persons,
                "mltc_persons": five(persons * mltc),
                "most_deprived_persons": five(persons * deprived),
                "mean_predicted_percent": mean,
            }
            for order, (band, persons, mltc, deprived, mean) in enumerate(BANDS, start=1)
        ],
    )


def draw_risk_calibration() -> PublishedTable:
    """Ten tenths of 2,000 people; the lowest is suppressed, the eighth misses the diagonal."""
    predicted = (0.4, 0.8, 1.2, 1.7, 2.3, 3.2, 4.6, 6.9, 11.2, 29.3)
    admitted = (None, 15, 25, 35, 45, 65, 90, 185, 220, 600)
    return publish(
        "risk_calibration",
        [
            {
                "decile": decile,
                "persons": 2_000,
                "admitted_persons": count,
                "mean_predicted_percent": None if count is None else mean,
            }
            for decile, (mean, count) in enumerate(zip(predicted, admitted, strict=True), start=1)
        ],
    )


def draw_risk_performance() -> PublishedTable:
    """Two models on everyone, the chosen one also by group; group 0-17 is suppressed, 80+ is under-predicted."""
    groups = [("all", "all", 0.78, 1.01), ("age_band", "0-17", None, None), ("age_band", "18-64", 0.76, 0.98)]
    groups += [("age_band", "65-79", 0.73, 1.04), ("age_band", "80+", 0.66, 1.27), ("sex", "female", 0.77, 1.0)]
    groups += [("sex", "male", 0.79, 1.02), ("imd_quintile", "1", 0.77, 1.08), ("imd_quintile", "5", 0.78, 0.95)]
    rows = [
        _performance_row("elastic_net", "Elastic net", "yes", number, *group) for number, group in enumerate(groups)
    ]
    return publish(
        "risk_performance", [*rows, _performance_row("age_sex", "Age and sex", "no", 0, "all", "all", 0.7, 1.0)]
    )


def draw_risk_use() -> list[PublishedTable]:
    """Lists of five lengths (the shortest withheld), a curve, shares by group, months, features and two checklists."""
    sizes = (("0.5", 100, None, 70.0), ("1", 200, 120, 50.0), ("2", 400, 180, 33.0), ("5", 1_000, 320, 18.0))
    lists = [
        {
            "capacity_percent": percent,
            "sort_key": order,
            "cost_source": "National Cost Collection of the drawing",
            "persons": persons,
            "admitted_persons": admitted,
            "lowest_risk_percent": lowest if admitted else None,
            "sensitivity_percent": 100 * admitted / 1_290 if admitted else None,
            "number_needed_to_review": persons / admitted if admitted else None,
            "net_benefit": 0.002 if admitted else None,
            "admissions_per_person": 0.5 if admitted else None,
            "break_even_10_gbp": 150.0 if admitted else None,
        }
        for order, (percent, persons, admitted, lowest) in enumerate(sizes, start=1)
    ]
    curve = [
        {"position": 1, "threshold_percent": 5.0, "net_benefit": 0.03, "net_benefit_all": 0.02},
        {"position": 2, "threshold_percent": 10.0, "net_benefit": 0.02, "net_benefit_all": -0.01},
        {"position": 3, "threshold_percent": 50.0, "net_benefit": 0.0, "net_benefit_all": -0.9},
        {"position": 4, "threshold_percent": 60.0, "net_benefit": 0.001, "net_benefit_all": -1.3},
    ]
    groups = [("all", "all", 0, 76_500, 3_825, 100.0), ("imd_quintile", "1 (most deprived)", 1, 18_000, 600, 25.0)]
    groups += [
        ("imd_quintile", "5 (least deprived)", 5, 58_500, 3_225, 75.0),
        ("ethnic_group", "Black", 4, 500, None, 1.0),
    ]
    names = ("breakdown", "breakdown_value", "sort_key", "persons", "listed_persons", "expected_share_percent")
    equity = [dict(zip(names, group, strict=True)) | {"list_persons": 3_825} for group in groups]
    month = {"known_month": "2026-10", "model_version": "m", "is_latest": "yes", "persons": 20_000, "events": 1_290}
    tenth = {"known_month": "2026-10", "model_version": "m"}
    item = {"section": "S", "item": HOSTILE, "source": "A journal"}
    return [
        publish("risk_capacity", lists),
        publish("risk_decision_curve", curve),
        publish("risk_equity", equity),
        publish("risk_month", [month | {"observed_expected": 1.01}]),
        publish(
            "risk_month_decile",
            [
                tenth | {"decile": 9, "reading": "as predicted"},
                tenth | {"decile": 10, "reading": "more than predicted, beyond chance"},
            ],
        ),
        publish("risk_stability", [{"feature": "age_years", "reading": "stable", "stability_index": 0.01}]),
        publish(
            "risk_checklist",
            [
                item | {"checklist": "A+B", "sort_key": 1, "number": "1", "answer": "Yes", "answered_by": "run"},
                item
                | {
                    "checklist": "A+B",
                    "sort_key": 2,
                    "number": "2",
                    "answer": "for the ICB to complete",
                    "answered_by": "ICB",
                },
            ],
        ),
    ]


def _performance_row(
    model: str, name: str, chosen: str, order: int, group: str, value: str, c: float | None, ratio: float | None
) -> dict[str, Any]:
    row = {"model": model, "model_name": name, "is_chosen": chosen, "sort_key": order, "persons": 20_000}
    row |= {"group_type": group, "group_value": value, "warning": "under-predicted by much" if value == "80+" else ""}
    if c is None:
        return row
    return row | {
        "events": 1_290,
        "c_statistic": c,
        "c_statistic_lower": c - 0.02,
        "c_statistic_upper": c + 0.02,
        "calibration_slope": 0.98,
        "calibration_intercept": -0.01,
        "observed_expected": ratio,
        "brier": 0.051,
        "scaled_brier": 0.142,
        "ici": 0.004,
    }


NEEDS = [  # need, its name, indicator, its name, rule, share known, share present of known
    ("holistic", "Holistic care", "physical_mental", "Physical and mental condition together",
     "At least one physical and one mental condition", 1.0, 0.35),
    ("holistic", "Holistic care", "smi_no_check", "Severe mental illness without a health check",
     "Severe mental illness and no physical health check in 12 months", 0.12, 0.41),
    ("continuity", "Continuity of care", "low_continuity", "Low continuity with a clinician",
     "Usual provider index below 0.5 over 24 months, three contacts or more", 0.55, 0.47),
    ("medicines", "Medicines", "ten_medicines", "10 or more medicines", "Ten or more medicines in 3 months", 0.9, 0.21),
    ("medicines", "Medicines", "no_review", "No structured medication review",
     "Ten or more medicines and no structured review in 12 months", 0.2, 0.62),
    ("access", "Access to care", "no_contact", "No contact in 12 months", "No contact recorded", None, None),
]  # fmt: skip


def _band(share: float | None) -> str:
    if share is None:
        return "not all"
    return (
        "all" if share == 1 else "95% or more" if share >= 0.95 else "80% to 94%" if share >= 0.8 else "less than 80%"
    )


def draw_need(people: int = 21_420) -> PublishedTable:
    """Six indicators for the area and two of its PCNs; the last indicator is suppressed everywhere."""
    rows = []
    for place, share in ((ICB, 1.0), (("pcn", "U10001", PCNS["U10001"]), 0.5), (("pcn", "U10002", HOSTILE), 0.3)):
        for need, need_name, indicator, name, rule, known_share, present_share in NEEDS:
            persons = five(people * share)
            row = dict(zip(("geography_type", "geography_code", "geography_name"), place, strict=True))
            row |= {"need": need, "need_name": need_name, "indicator": indicator, "indicator_name": name}
            row |= {
                "indicator_rule": rule,
                "applies_to": "people with MLTC",
                "is_need": "yes",
                "known_share": _band(known_share),
            }
            if known_share is not None and present_share is not None:
                known = five(persons * known_share)
                row |= {
                    "known_persons": known,
                    "present_persons": five(known * present_share),
                }
            rows.append(row)
    return publish("need", rows)


SERVICES: list[tuple[str, str, int | None, str, float, str]] = [
    # key, name, people a WTE takes, strength, share eligible, share known
    ("review", "One long review", 700, "moderate", 0.25, "all"),
    ("record", "Shared record", None, "none found", 0.125, "80% to 94%"),
    ("rare", HOSTILE, 100, "limited", 0.0, "all"),
]


def draw_innovations(people: int = 21_420) -> list[PublishedTable]:
    """Three services; nobody's number is shown for the third; the first two overlap."""
    catalogue, places, groups, overlaps = [], [], [], []
    for number, (key, name, wte, strength, share, known) in enumerate(SERVICES, start=1):
        row = {"innovation": key, "innovation_name": name}
        words = {
            "what": f"What {key} is.",
            "needs": "Access to care",
            "rule": "complex MLTC",
            "does_not": f"Not {key}.",
        }
        words |= {"capacity_source": "assumption", "capacity_note": f"hours of {key}", "evidence": f"Found of {key}."}
        citation = "" if strength == "none found" else f"Paper of {key}"
        words |= {"strength": strength, "citation": citation}
        catalogue.append(row | words | {"sort_key": number, "people_per_wte": wte})
        for place, part in [(ICB, 1.0), *((("pcn", code, name), 1 / 3) for code, name in PCNS.items())]:
            shown = {"mltc_persons": five(people * part), "eligible_persons": five(people * part * share) or None}
            where = dict(zip(("geography_type", "geography_code", "geography_name"), place, strict=True))
            places.append(row | where | shown | {"sort_key": number, "known_share": known})
        for value, order, part, of_eligible in (("1 (most deprived)", 1, 0.3, 0.2), ("2", 2, 0.7, 0.8)):
            group = {"breakdown": "imd_quintile", "breakdown_value": value, "sort_key": order}
            counts = {
                "mltc_persons": five(people * part),
                "eligible_persons": five(people * share * of_eligible) or None,
            }
            shares = {"mltc_share_percent": 100 * part, "eligible_share_percent": 100 * of_eligible if share else None}
            groups.append(row | group | counts | shares)
    names = [(key, name) for key, name, *_ in SERVICES]
    for key, name in names:
        for other, other_name in names:
            row = {"innovation": key, "innovation_name": name, "other_innovation": other}
            share = "too few people to tell" if "rare" in (key, other) else "50% to 74%"
            overlaps += [row | {"other_innovation_name": other_name, "overlap_share": share}] if key != other else []
    drawn = {"catalogue": catalogue, "overlap": overlaps, "group": groups}
    return [publish("innovation", places), *(publish(f"innovation_{name}", rows) for name, rows in drawn.items())]


def draw_segment(persons: int = 76_500) -> PublishedTable:
    """Two schemes of two segments; a segment that nobody is in."""
    rows = []
    for scheme, key, name, order, share in (
        ("core20", "core20", "Most deprived fifth", 1, 0.24),
        ("core20", "rest", "Elsewhere", 2, 0.76),
        ("other", "empty", "Acutely ill", 1, 0.0),
        ("other", "all", "Everyone else", 2, 1.0),
    ):
        row = dict(zip(("geography_type", "geography_code", "geography_name"), ICB, strict=True))
        row |= {"scheme": scheme, "scheme_name": f"Scheme {scheme}", "scheme_limits": f"Limits of {scheme}."}
        row |= {"segment": key, "segment_name": name, "segment_rule": "a rule", "segment_limits": f"Limits of {key}."}
        counts = {"persons": five(persons * share)}
        means = {
            "mean_unplanned_admissions": 0.12 if share else None,
            "mean_unplanned_bed_days": 0.8 if share else None,
        }
        rows.append(row | counts | means | {"sort_key": order, "certain_share": "all"})
    return publish("segment", rows)


def with_limits(name: str, value: float | None, width: float) -> dict[str, float | None]:
    """A measure with its interval; nothing where it is withheld."""
    ends = (None, None, None) if value is None else (value, value - width, value + width)
    return dict(zip((name, f"{name}_lower", f"{name}_upper"), ends, strict=True))


def draw_standardised() -> PublishedTable:
    """Three PCNs against the whole area; the ratio of the second is withheld with its count."""
    rows = []
    figures = [(5_000, 0.8, -2), (None, None, None), (3_000, 1.25, 2)]
    for (code, name), (count, ratio, position) in zip(PCNS.items(), figures, strict=True):
        place = {"cohort": "mltc", "geography_type": "pcn", "geography_code": code, "geography_name": name}
        rows.append(place | {"persons": 20_000, "cohort_persons": count, "funnel_position": position}
                    | with_limits("ratio", ratio, 0.05) | with_limits("standardised_percent", 20.0, 1.0))  # fmt: skip
    return publish("standardised", rows)


def draw_inequality(slope: float | None = 7.8, relative: float | None = 1.31) -> PublishedTable:
    """MLTC by deprivation in the whole area."""
    row = {"geography_type": "icb", "measure": "mltc", "breakdown": "imd_quintile", "unit": "percent"}
    counts = {"persons": 76_500, "events": 21_000}
    return publish(
        "inequality",
        [row | counts | with_limits("slope_index", slope, 2.5) | with_limits("relative_index", relative, 0.1)],
    )


def draw_activity(gbp: float | None = 573.0, top: float | None = 80.0) -> PublishedTable:
    """Emergency admissions and nights of people with MLTC."""
    kinds = [("emergency_admission", 3_000, 0.23, gbp, 61.0), ("unplanned_bed_days", 2_400, 0.9, None, top)]
    return publish(
        "activity",
        [
            {"cohort": "mltc", "geography_type": "icb", "activity": key,
             "activity_name": key.replace("_", " ").capitalize(), "sort_key": order, "persons": 21_000,
             "users": users, "mean_per_head": mean, "gbp_per_head": cost, "top_5_percent": share}
            for order, (key, users, mean, cost, share) in enumerate(kinds)
        ],
    )  # fmt: skip


def draw_definition(persons: int = 76_500) -> PublishedTable:
    """Two definitions in the area and its networks; that of the release has the people of draw_prevalence."""
    places = [row for row in draw_prevalence(persons).frame.to_dicts() if row["breakdown"] == "all"]
    rows = []
    for number, (key, name, share) in enumerate((("delphi-2022", "Delphi list", 1.0), ("qof", "QOF registers", 0.6))):
        for place in places:
            kept = {name: place[name] for name in ("geography_type", "geography_code", "geography_name", "persons")}
            found = place["mltc_persons"]
            rows.append(
                kept
                | {"definition": key, "definition_name": name, "sort_key": number + 1}
                | {"is_release_definition": "no" if number else "yes"}
                | {"mltc_persons": None if found is None else five(found * share)}
            )
    return publish("definition", rows)


def draw_change() -> PublishedTable:
    """Since a run of September: 21,420 people now, of whom 300 joined; one of the ways is small."""
    ways = {
        ("last run", "all"): 21_370, ("joined", "new code"): 200, ("joined", "moved in"): 60, ("joined", "records"): 40,
        ("left", "condition ended"): 50, ("left", "died"): 120, ("left", "moved away"): 80, ("left", "records"): None,
        ("stayed", "all"): 21_120, ("held over", "all"): 30,
    }  # fmt: skip
    rows = [
        {"change": change, "why": why, "since": "2026-09-01", "sort_key": number, "persons": persons}
        for number, ((change, why), persons) in enumerate(ways.items(), start=1)
    ]
    return publish("change", rows)


def draw_projection(expected: float | None = 23_000.0) -> PublishedTable:
    """People with MLTC in one and five years."""
    place = {"cohort": "mltc", "scenario": "constant prevalence", "assumption": "As in the last year."}
    return publish(
        "projection",
        [
            place | {"year": year} | with_limits("expected_persons", value, 600.0)
            for year, value in ((1, 21_500.0), (5, expected))
        ],
    )


def draw_recorded(ratios: tuple[float | None, ...] = (0.5, 1.0, None)) -> PublishedTable:
    """Dementia at three practices, the last too small to show."""
    rows = []
    for number, ratio in enumerate(ratios):
        row = {"geography_code": f"Y0{number}", "geography_name": f"Practice {number}", "condition": "dementia"}
        count = None if ratio is None else five(100 * ratio)
        row |= {"condition_name": "Dementia", "persons": 12_000, "recorded_persons": count, "published_percent": 0.78}
        rows.append(row | with_limits("ratio", ratio, 0.2) | {"funnel_position": -2.0 if ratio == 0.5 else 0.0})
    return publish("recorded_published", rows)


def draw_cohorts() -> list[PublishedTable]:
    """The tables behind the questions that the summary answers; one month of admissions."""
    month = {"series": "unplanned_admission", "month": "2026-09", "is_latest": "yes", "variation": "common cause"}
    months = publish("month", [month | {"persons": 21_000, "events": 400, "rate_per_1000": 19.0}])
    return [draw_standardised(), draw_inequality(), draw_activity(), draw_projection(), draw_recorded(), months]


def draw_row_account() -> PublishedTable:
    """Three tables read, one not supplied."""
    keys = ("table_name", "feed_status", "latest_month", "rows_in", "rows_staged", "rows_dropped",
            "rows_quarantined", "rows_duplicate", "rows_opted_out")  # fmt: skip
    rows = [
        ("person", "read", "2026-09", 80_000, 76_500, 0, 500, 0, 3_000),
        ("gp_event", "read", "2026-09", 2_000_000, 1_950_000, 0, 1_000, 9_000, 40_000),
        ("admission", "read", "2026-08", 31_000, 30_000, 0, 0, 0, 1_000),
        ("social_care", "not supplied", "", 0, 0, 0, 0, 0, 0),
    ]
    return publish("row_account", [dict(zip(keys, row, strict=True)) for row in rows])


def draw_gate_rule() -> PublishedTable:
    """Two rules failed, one passed."""
    keys = ("table_name", "rule", "level", "status", "why", "affects", "rows_failed")
    rows = [
        ("gp_event", "Event date is not after the extract", "quarantine", "failed",
         "A date in the future cannot be a fact of care", "First dates of conditions", 1_000),
        ("admission", "At least 95% of spells have a primary diagnosis", "warn", "failed",
         "Uncoded spells hide conditions", "Prevalence of conditions first seen in hospital", 1_750),
        ("person", "Identifier is unique", "stop", "passed", "A person counts once", "Every count", 0),
    ]  # fmt: skip
    return publish("gate_rule", [dict(zip(keys, row, strict=True)) for row in rows])


def draw_tables() -> dict[str, PublishedTable]:
    """All tables but those of residence, each with rows."""
    notes = [{"area": "needs", "note": "Social care was not supplied, so that carers are not counted."}]
    drawn = [
        draw_prevalence(),
        draw_condition(),
        draw_cluster(),
        draw_cluster_condition(),
        draw_cluster_selection(),
        draw_cluster_outcome(),
        draw_cluster_use(),
        draw_cluster_comparison(),
        draw_risk_band(),
        draw_risk_calibration(),
        draw_risk_performance(),
        *draw_risk_use(),
        draw_need(),
        *draw_innovations(),
        draw_segment(),
        *draw_cohorts(),
        draw_definition(),
        draw_change(),
        draw_row_account(),
        draw_gate_rule(),
        publish("run_note", notes),
    ]
    return {table.spec.name: table for table in drawn}


def draw_empty_tables() -> dict[str, PublishedTable]:
    """All tables without rows, but for notes that say why."""
    notes = [
        {"area": "clusters", "note": "Fewer than 500 people with MLTC: patterns were not fitted."},
        {"area": "risk", "note": "Fewer than 100 admissions: no risk model was fitted."},
    ]
    tables = {name: publish(name, []) for name in load_table_specs()}
    return tables | {"run_note": publish("run_note", notes)}
