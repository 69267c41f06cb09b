"""The findings of the summary page: sentences computed from published tables, never a causal claim."""

from dataclasses import dataclass

from mltc.report.figures import (
    Rate,
    Row,
    Rows,
    difference,
    pcn_rows,
    pick,
    read_notes,
    read_rate,
    shown,
    whole_area,
)
from mltc.report.known import Known, known_of
from mltc.report.sentences import top_tenth_sentence
from mltc.report.wording import look_up, percent_text, say


@dataclass(frozen=True)
class Finding:
    """One finding: what it is about, the sentence with figure and interval, and what that means."""

    heading: str
    sentence: str
    meaning: str
    page: str
    is_shown: bool = True


def summary_findings(rows: Rows, area: str, complex_rule: str) -> list[Finding]:
    """The findings in reading order; one that cannot be computed says so and why."""
    return [
        size_finding(rows, area, complex_rule),
        deprivation_finding(rows),
        places_finding(rows),
        both_finding(rows),
        risk_finding(rows),
        need_finding(rows),
    ]


def absent(rows: Rows, topic: str, subject: str) -> str:
    """That something could not be shown, and what the run noted about it."""
    notes = read_notes(rows, topic)
    reason = say("report.missing_reason", note=" ".join(notes)) if notes else look_up("report.missing_unknown")
    return f"{say('report.missing', topic=subject)} {reason}"


def size_finding(rows: Rows, area: str, complex_rule: str) -> Finding:
    """How many people live with MLTC, and with complex MLTC."""
    row = whole_area(rows)
    if row is None:
        return _absent(rows, "size", "prevalence", "who.html")
    if row["mltc_persons"] is None or row["mltc_percent"] is None:
        return _plain("size", "who.html", say("finding.size.withheld", area=area))
    if row["mltc_persons"] == 0:
        return _plain("size", "who.html", say("finding.size.none", area=area, persons=row["persons"]))
    rate = read_rate(row, "mltc_percent")
    text = say("finding.size.text", mltc=row["mltc_persons"], persons=row["persons"], area=area, rate=rate.text)
    return _finding("size", "who.html", text, _size_meaning(row, complex_rule))


def _size_meaning(row: Row, complex_rule: str) -> str:
    per_hundred = round(row["mltc_percent"])
    key = "meaning" if per_hundred >= 1 else "meaning_rare"
    return say(f"finding.size.{key}", per_hundred=per_hundred, complex=complex_sentence(row, complex_rule))


def complex_sentence(row: Row, rule: str) -> str:
    """How many people have complex MLTC."""
    key = "complex_withheld" if row["complex_mltc_persons"] is None else "complex"
    return say(f"finding.size.{key}", complex=row["complex_mltc_persons"], rule=rule)


def headline(rows: Rows) -> str:
    """The one figure to take away; empty where it was not published or is below 1 in 100."""
    row = whole_area(rows)
    if row is None or row["mltc_percent"] is None or round(row["mltc_percent"]) < 1:
        return ""
    return say("finding.size.headline", per_hundred=round(row["mltc_percent"]))


def deprivation_ends(rows: Rows) -> tuple[Rate, Rate] | None:
    """MLTC in the most and in the least deprived fifth of the whole area; None where a row is absent."""
    by_quintile = {
        str(row["breakdown_value"])[:1]: read_rate(row, "mltc_percent")  # "1", or "1 (most deprived)"
        for row in pick(rows, "prevalence", geography_type="icb", breakdown="imd_quintile")
    }
    return (by_quintile["1"], by_quintile["5"]) if {"1", "5"} <= set(by_quintile) else None


def deprivation_sentence(rows: Rows) -> str | None:
    """The most against the least deprived fifth, with the difference; None where a row is absent."""
    ends = deprivation_ends(rows)
    if ends is None:
        return None
    most, least = ends
    gap = difference(most, least)
    if gap.percent is None or gap.lower is None or gap.upper is None:
        return look_up("finding.deprivation.withheld")
    lower, upper = gap.lower, gap.upper
    key = "higher" if lower > 0 else "lower" if upper < 0 else "unclear"
    if key == "lower":
        lower, upper = -upper, -lower
    return say(
        f"finding.deprivation.{key}",
        most=most.text,
        least=least.text,
        gap=f"{abs(gap.percent):.1f}",
        gap_lower=f"{lower:.1f}",
        gap_upper=f"{upper:.1f}",
    )


def deprivation_finding(rows: Rows) -> Finding:
    """MLTC in the most against the least deprived fifth of neighbourhoods."""
    text = deprivation_sentence(rows)
    if text is None:
        return _absent(rows, "deprivation", "prevalence", "inequalities.html")
    return _finding("deprivation", "inequalities.html", text, look_up("finding.deprivation.meaning"))


def places_sentence(rows: Rows) -> str | None:
    """The PCN with the highest and the lowest percentage; None where there is no PCN."""
    everyone = pcn_rows(rows)
    if not everyone:
        return None
    pairs = sorted(shown(everyone, "mltc_percent"), key=lambda pair: pair[1].percent or 0.0)
    hidden = len(everyone) - len(pairs)
    text = _places_text(pairs)
    return f"{text} {say('finding.places.hidden', count=hidden)}" if hidden and pairs else text


def _places_text(pairs: list[tuple[Row, Rate]]) -> str:
    if not pairs:
        return look_up("finding.places.withheld")
    (low_row, low), (high_row, high) = pairs[0], pairs[-1]
    key = "one" if len(pairs) == 1 else "overlap" if low.overlaps(high) else "text"
    return say(
        f"finding.places.{key}",
        count=len(pairs),
        low=low.text,
        low_name=low_row["geography_name"],
        high=high.text,
        high_name=high_row["geography_name"],
    )


def places_finding(rows: Rows) -> Finding:
    """How the percentage differs between PCNs."""
    text = places_sentence(rows)
    if text is None:
        return _absent(rows, "places", "prevalence", "places.html")
    return _finding("places", "places.html", text, look_up("finding.places.meaning"))


def both_finding(rows: Rows) -> Finding:
    """People with a physical and a mental health condition at once."""
    row = whole_area(rows)
    if row is None:
        return _absent(rows, "both", "prevalence", "who.html")
    both = row["physical_mental_persons"]
    rate = read_rate(row, "physical_mental_percent")
    if both is None or not rate.is_shown:
        return _plain("both", "who.html", look_up("finding.both.withheld"))
    if both == 0:
        return _plain("both", "who.html", look_up("finding.both.none"))
    text = say("finding.both.text", both=both, rate=rate.text)
    if not row["mltc_persons"]:
        return _finding("both", "who.html", text, look_up("finding.both.meaning_short"))
    share = percent_text(round(100 * both / row["mltc_persons"])).replace(".0%", "%")
    return _finding("both", "who.html", text, say("finding.both.meaning", share=share))


def risk_finding(rows: Rows) -> Finding:
    """The band with the highest predicted risk."""
    bands = pick(rows, "risk_band")
    if not bands:
        return _absent(rows, "risk", "risk", "risk.html")
    top = bands[0]
    rate = read_rate(top, "mltc_percent")
    if top["persons"] is None or top["mean_predicted_percent"] is None:
        return _plain("risk", "risk.html", say("finding.risk.withheld", band=top["risk_band"]))
    predicted = f"{top['mean_predicted_percent']:.0f}%"
    text = say("finding.risk.text", band=top["risk_band"], persons=top["persons"], predicted=predicted)
    if rate.is_shown:
        text = f"{text} {say('finding.risk.mltc', rate=rate.text)}"
    validation = top_tenth_sentence(rows)
    checked = f"{look_up('finding.risk.checked')} {validation} " if validation else ""
    return _finding("risk", "risk.html", text, f"{checked}{look_up('finding.risk.meaning')}")


def need_finding(rows: Rows) -> Finding:
    """The indicator that applies to the largest share of people with MLTC for whom it is known."""
    everywhere = pick(rows, "need", geography_type="icb")
    if not everywhere:
        return _absent(rows, "need", "need", "needs.html")
    # One denominator, so that shares can be compared; support given is not a need.
    asked = [row for row in everywhere if row["applies_to"] == "people with MLTC" and row["is_need"] == "yes"]
    pairs = shown(asked, "present_percent")
    if not pairs:
        nobody = bool(asked) and all(known_of(row) is Known.NOBODY for row in asked)
        return _plain("need", "needs.html", look_up(f"finding.need.{'nobody' if nobody else 'withheld'}"))
    row, rate = max(pairs, key=lambda pair: pair[1].percent or 0.0)
    text = say(
        "finding.need.text",
        indicator=row["indicator_name"],
        need=row["need_name"],
        rate=rate.text,
        known=row["known_persons"],
    )
    return _finding("need", "needs.html", text, say("finding.need.meaning", unknown=unknown_sentence(row)))


def unknown_sentence(row: Row) -> str:
    """For what share of the people to whom an indicator applies the records can answer."""
    share = str(row["known_share"])
    if share == "all":
        return look_up("finding.need.unknown_none")
    if share in {"not all", "none"}:
        return look_up("finding.need.unknown_some")
    return say("finding.need.unknown", share=share)


def _finding(key: str, page: str, sentence: str, meaning: str) -> Finding:
    return Finding(look_up(f"finding.{key}.heading"), sentence, meaning, page)


def _plain(key: str, page: str, sentence: str) -> Finding:
    return Finding(look_up(f"finding.{key}.heading"), sentence, "", page, is_shown=False)


def _absent(rows: Rows, key: str, topic: str, page: str) -> Finding:
    return _plain(key, page, absent(rows, topic, look_up(f"finding.{key}.topic")))
