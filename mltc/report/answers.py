"""The questions that a release answers first: each with one sentence, computed from one published table.

A sentence says what is, with its interval, and never what causes what; where a figure is absent or withheld it says
so and why. Questions: `reports/questions.toml`; words: `[answer]` of `reports/wording.toml`.
"""

import math
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from mltc.paths import REPORTS
from mltc.report.cohorts import is_used_by_few
from mltc.report.figures import Row, Rows, pick, read_notes, read_rate, whole_area
from mltc.report.findings import need_finding, risk_finding
from mltc.report.sentences import cluster_sentence, top_tenth_warning
from mltc.report.wording import look_up, percent_text, say

TINY = 1e-9  # a ratio of 0 has no logarithm
FAR = 2  # funnel_position beyond the 99.8 % limits


@dataclass(frozen=True)
class Question:
    """One question: `table` is what its sentence is computed from, `page` says more."""

    key: str
    question: str
    table: str
    page: str


@dataclass(frozen=True)
class Answer:
    """A question with its sentence; `is_answered` is False where it says why there is no figure.

    `has_table`: the table that the sentence is computed from has something to look at.
    """

    question: Question
    sentence: str
    is_answered: bool = True
    has_table: bool = True


@cache
def load_questions() -> tuple[Question, ...]:
    """The questions in the order in which they are answered."""
    written = tomllib.loads((REPORTS / "questions.toml").read_text(encoding="utf-8"))
    return tuple(Question(**each) for each in written["question"])


def answer_questions(rows: Rows, area: str) -> list[Answer]:
    """Every question answered, in order."""
    return [_answer(question, rows, area) for question in load_questions()]


def _answer(question: Question, rows: Rows, area: str) -> Answer:
    sentence = SENTENCES[question.key](rows, area) if rows.get(question.table) else None
    if sentence is None:
        return Answer(question, _why_not(question, rows), is_answered=False, has_table=False)
    return Answer(question, sentence, is_answered=sentence != _text(question.key, "withheld"))


def _why_not(question: Question, rows: Rows) -> str:
    """That there is no answer, the reason, and what the run noted of it."""
    topic = NOTE_TOPICS.get(question.key)
    notes = read_notes(rows, topic) if topic else []
    reason = _text(question.key, "absent")
    return " ".join([reason, *(say("report.missing_reason", note=note) for note in notes[:1])])


def _text(key: str, variant: str) -> str:
    return look_up(f"answer.{key}.{variant}")


def interval(row: Row, name: str, decimals: int) -> str | None:
    """A measure with its interval: "1.19 (95% interval 1.04 to 1.35)"; None where a part is withheld."""
    values = [row[f"{name}{end}"] for end in ("", "_lower", "_upper")]
    if None in values:
        return None
    figure, lower, upper = (f"{float(value):,.{decimals}f}" for value in values)
    return f"{figure} (95% interval {lower} to {upper})"


def size_answer(rows: Rows, area: str) -> str | None:
    """How many have MLTC, and how far PCNs lie from what age and sex lead to expect."""
    whole = whole_area(rows)
    if whole is None:
        return None
    rate = read_rate(whole, "mltc_percent")
    if whole["mltc_persons"] is None or not rate.is_shown:
        return _text("size", "withheld")
    text = say("answer.size.text", mltc=whole["mltc_persons"], persons=whole["persons"], area=area, rate=rate.text)
    places = [
        row
        for row in pick(rows, "standardised", geography_type="pcn", cohort="mltc")
        if interval(row, "ratio", 2) is not None
    ]
    if len(places) < 2:
        return text
    ordered = sorted(places, key=lambda row: (row["ratio"], str(row["geography_code"])))
    low, high = ordered[0], ordered[-1]
    more = say(
        "answer.size.places",
        count=len(places),
        low=interval(low, "ratio", 2),
        low_name=low["geography_name"],
        high=interval(high, "ratio", 2),
        high_name=high["geography_name"],
        outside=sum(abs(row["funnel_position"] or 0) >= FAR for row in places),
    )
    return f"{text} {more}"


def recorded_answer(rows: Rows, _: str) -> str | None:
    """How many practices record more or less of a condition than is published, beyond chance."""
    shown = [row for row in pick(rows, "recorded_published") if interval(row, "ratio", 2) is not None]
    if not shown:
        return _text("recorded", "withheld")
    low = sum((row["funnel_position"] or 0) <= -FAR for row in shown)
    high = sum((row["funnel_position"] or 0) >= FAR for row in shown)
    text = say("answer.recorded.text", count=len(shown), low=low, high=high)
    far = [row for row in shown if abs(row["funnel_position"] or 0) >= FAR]
    example = [_farthest_sentence(far)] if far else []
    return " ".join([text, *example, _text("recorded", "meaning")])


def _farthest_sentence(far: Sequence[Row]) -> str:
    """The comparison whose interval ends farthest from the published, of those outside the limits."""
    row = max(far, key=lambda each: (_gap(each), str(each["condition"]), str(each["geography_code"])))
    return say(
        f"answer.recorded.{'highest' if row['funnel_position'] > 0 else 'lowest'}",
        condition=row["condition_name"],
        place=row["geography_name"],
        code=row["geography_code"],
        ratio=interval(row, "ratio", 2),
    )


def _gap(row: Row) -> float:
    """How many times the nearer end of the interval lies from 1, on the log: a half is as far as double.

    The end and not the ratio: in a small practice chance alone gives extreme ratios.
    """
    if row["funnel_position"] > 0:
        return math.log(max(float(row["ratio_lower"]), TINY))
    return -math.log(max(float(row["ratio_upper"]), TINY))


def unfair_answer(rows: Rows, _: str) -> str | None:
    """MLTC between the ends of deprivation, age and sex taken out."""
    found = pick(rows, "inequality", geography_type="icb", measure="mltc", breakdown="imd_quintile")
    if not found:
        return None
    row = found[0]
    slope, relative = interval(row, "slope_index", 1), interval(row, "relative_index", 2)
    if slope is None or relative is None:
        return _text("unfair", "withheld")
    key = "more" if row["slope_index_lower"] > 0 else "less" if row["slope_index_upper"] < 0 else "unclear"
    return say(f"answer.unfair.{key}", slope=slope, relative=relative)


def groups_answer(rows: Rows, _: str) -> str | None:
    """How many patterns of conditions, the largest, and where admissions were most frequent."""
    if all(row["persons"] is None for row in pick(rows, "cluster")):
        return _text("groups", "withheld")
    return cluster_sentence(rows)


def use_answer(rows: Rows, _: str) -> str | None:
    """Emergency admissions of people with MLTC, their cost, and how few people the nights are of."""
    own = {str(row["activity"]): row for row in pick(rows, "activity", geography_type="icb", cohort="mltc")}
    if not own:
        return None
    parts = []
    admitted = own.get("emergency_admission")
    if admitted is not None:
        rate = read_rate(admitted, "users_percent")
        if rate.is_shown and admitted["mean_per_head"] is not None:
            per_100 = f"{100 * admitted['mean_per_head']:.0f}"
            parts.append(say("answer.use.admitted", rate=rate.text, per_100=per_100))
        cost = admitted["gbp_per_head"]
        parts.append(_text("use", "no_cost") if cost is None else say("answer.use.cost", gbp=f"{cost:,.0f}"))
    nights = own.get("unplanned_bed_days")
    # Where fewer than 5 % have any night, the 5 % with most have all of them, which says nothing.
    if nights is not None and nights["top_5_percent"] is not None and not is_used_by_few(nights):
        parts.append(say("answer.use.nights", share=percent_text(nights["top_5_percent"])))
    is_told = len(parts) > 1 or (parts and admitted is None)
    return " ".join(parts) if is_told else _text("use", "withheld")


def coming_answer(rows: Rows, _: str) -> str | None:
    """People with MLTC to expect in the furthest year projected."""
    found = pick(rows, "projection", cohort="mltc", scenario="constant prevalence")
    if not found:
        return None
    row = max(found, key=lambda each: int(each["year"]))
    expected = interval(row, "expected_persons", 0)
    whole = whole_area(rows)
    now = whole["mltc_persons"] if whole else None
    if expected is None or now is None:
        return _text("coming", "withheld")
    key = "more" if row["expected_persons_lower"] > now else "fewer" if row["expected_persons_upper"] < now else "same"
    return say(f"answer.coming.{key}", years=row["year"], expected=expected, now=now)


def gaps_answer(rows: Rows, _: str) -> str | None:
    """The need that applies to the largest share of people with MLTC."""
    if all(row["known_share"] == "none" for row in pick(rows, "need", geography_type="icb")):
        return None
    found = need_finding(rows)
    return found.sentence if found.is_shown else _text("gaps", "withheld")


def waits_answer(rows: Rows, _: str) -> str | None:
    """People with MLTC who have waited more than 18 weeks."""
    found = pick(rows, "need", geography_type="icb", indicator="waiting_18_weeks")
    if not found or found[0]["known_share"] == "none":
        return None
    row, rate = found[0], read_rate(found[0], "present_percent")
    if not rate.is_shown or row["present_persons"] is None:
        return _text("waits", "withheld")
    return say("answer.waits.text", waiting=row["present_persons"], known=row["known_persons"], rate=rate.text)


def review_answer(rows: Rows, _: str) -> str | None:
    """How many are in the band with the highest risk, whether its risks were right, and that a clinician decides."""
    found = risk_finding(rows)
    if not found.is_shown:
        return _text("review", "withheld")
    return " ".join(filter(None, (found.sentence, top_tenth_warning(rows), _text("review", "meaning"))))


def worked_answer(_: Rows, __: str) -> str | None:
    """A release cannot say: it needs to know who got a service, and when."""
    return None


NOTE_TOPICS: Mapping[str, str] = {"groups": "cluster", "review": "risk", "coming": "cohort", "use": "cohort"}
SENTENCES: Mapping[str, Callable[[Rows, str], str | None]] = {
    "size": size_answer,
    "recorded": recorded_answer,
    "unfair": unfair_answer,
    "groups": groups_answer,
    "use": use_answer,
    "coming": coming_answer,
    "gaps": gaps_answer,
    "waits": waits_answer,
    "review": review_answer,
    "worked": worked_answer,
}
