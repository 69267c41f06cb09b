"""One-sentence summaries of charts and tables, computed from the rows behind them."""

from collections.abc import Callable, Sequence

from mltc.report.figures import Rate, Row, Rows, pick, read_rate, shown, whole_area
from mltc.report.known import Known, known_of
from mltc.report.wording import join_words, look_up, percent_text, say

# A group whose admissions differ from the expected by more than this is named. 20% is the width used
# for a first look at subgroup calibration; it is a reading aid, not a test.
CALIBRATION_LIMIT_PERCENT = 20


def range_sentence(key: str, rows: Sequence[Row], rate_name: str, name: Callable[[Row], str]) -> str:
    """The lowest and the highest percentage among rows, with their intervals."""
    pairs = sorted(shown(rows, rate_name), key=lambda pair: pair[1].percent or 0.0)
    if not pairs:
        return look_up(f"summary.{key}.withheld")
    (low_row, low), (high_row, high) = pairs[0], pairs[-1]
    variant = "one" if len(pairs) == 1 else "text"
    return say(
        f"summary.{key}.{variant}",
        low=low.text,
        low_name=name(low_row),
        high=high.text,
        high_name=name(high_row),
    )


def hidden_sentence(count: int) -> str:
    """How many groups a chart leaves out; empty where none."""
    return say("report.hidden", count=count) if count else ""


def not_known_sentence(count: int) -> str:
    """How many indicators a chart leaves out since they are known of nobody; empty where none."""
    return say("report.not_known", count=count) if count else ""


def condition_sentence(rows: Rows, charted: int) -> str:
    """The condition recorded most often, and how often it comes with another."""
    conditions = pick(rows, "condition")
    pairs = shown(conditions, "condition_percent")
    if not pairs:
        return look_up("summary.condition.withheld")
    row, rate = max(pairs, key=lambda pair: pair[1].percent or 0.0)
    parts = [say("summary.condition.text", name=row["condition_name"], rate=rate.text)]
    if row["persons_with_condition"] and row["mltc_persons_with_condition"] is not None:
        share = 100 * row["mltc_persons_with_condition"] / row["persons_with_condition"]
        parts.append(say("summary.condition.also", share=f"{share:.0f}%"))
    if charted < len(pairs):
        parts.append(say("summary.condition.top", count=charted, total=len(conditions)))
    return " ".join(parts)


def published_sentence(pairs: Sequence[tuple[Row, Rate]]) -> str:
    """The condition whose recorded percentage is furthest from the published one, in proportion."""

    def distance(pair: tuple[Row, Rate]) -> float:
        return abs((pair[1].percent or 0.0) / float(pair[0]["published_percent"]) - 1)

    differing = [pair for pair in pairs if _leaves_out(pair[1], float(pair[0]["published_percent"]))]
    if not differing:
        return f"{say('summary.published.none', count=len(pairs))} {look_up('summary.published.meaning')}"
    row, rate = max(differing, key=distance)
    text = say(
        "summary.published.text",
        count=len(pairs),
        name=row["condition_name"],
        recorded=rate.text,
        published=percent_text(row["published_percent"]),
    )
    return f"{text} {look_up('summary.published.meaning')}"


def _leaves_out(rate: Rate, published: float) -> bool:
    """Whether the interval, widened by what rounding of whole percentages can hide, leaves the figure out."""
    if rate.lower is None or rate.upper is None:
        return False
    hidden = 0.5 if float(rate.lower).is_integer() and float(rate.upper).is_integer() else 0.05
    return not rate.lower - hidden <= published <= rate.upper + hidden


def cluster_sentence(rows: Rows) -> str:
    """How many patterns, the largest, and where unplanned admission was most frequent."""
    clusters = pick(rows, "cluster")
    sized = [row for row in clusters if row["persons"] is not None]
    if not sized:
        return say("summary.cluster.withheld", count=len(clusters))
    largest = max(sized, key=lambda row: int(row["persons"]))
    parts = [
        say(
            "summary.cluster.text",
            count=len(clusters),
            name=largest["cluster_name"],
            persons=largest["persons"],
        )
    ]
    if pairs := shown(clusters, "unplanned_admitted_percent"):
        row, rate = max(pairs, key=lambda pair: pair[1].percent or 0.0)
        parts.append(say("summary.cluster.admitted", name=row["cluster_name"], rate=rate.text))
    return " ".join(parts)


def selection_sentence(rows: Rows) -> str:
    """Which numbers of patterns were tried and which was kept."""
    tried = pick(rows, "cluster_selection")
    counts = [int(row["class_count"]) for row in tried]
    chosen = [int(row["class_count"]) for row in tried if row["is_chosen"] == 1]
    key = "one" if len(tried) == 1 else "text" if chosen else "unmarked"
    values = {"low": min(counts), "high": max(counts), "chosen": chosen[0] if chosen else 0}
    return say(f"summary.cluster_selection.{key}", **values)


def band_sentence(rows: Rows) -> str:
    """Mean predicted risk in the highest and the lowest band."""
    bands = [row for row in pick(rows, "risk_band") if row["mean_predicted_percent"] is not None]
    if not bands:
        return look_up("summary.band.withheld")
    high, low = bands[0], bands[-1]
    return say(
        f"summary.band.{'one' if len(bands) == 1 else 'text'}",
        high=percent_text(high["mean_predicted_percent"]),
        high_name=high["risk_band"],
        low=percent_text(low["mean_predicted_percent"]),
        low_name=low["risk_band"],
    )


def top_tenth_sentence(rows: Rows) -> str:
    """Expected and observed admissions in the tenth with the highest predicted risk, on people kept apart."""
    deciles = sorted(pick(rows, "risk_calibration"), key=lambda row: int(row["decile"]))
    if not deciles:
        return ""
    top, rate = deciles[-1], read_rate(deciles[-1], "observed_percent")
    if top["mean_predicted_percent"] is None or not rate.has_interval:
        return look_up("summary.calibration.withheld")
    return say(
        "summary.calibration.text",
        predicted=f"{top['mean_predicted_percent']:.0f}",
        observed=f"{rate.percent:.0f}",
        lower=f"{rate.lower:.0f}",
        upper=f"{rate.upper:.0f}",
    )


def top_tenth_warning(rows: Rows) -> str:
    """That the highest risks were too high or too low on people kept apart; empty where chance can explain it."""
    deciles = sorted(pick(rows, "risk_calibration"), key=lambda row: int(row["decile"]))
    if not deciles or not _misses(deciles[-1]):
        return ""
    predicted, rate = float(deciles[-1]["mean_predicted_percent"]), read_rate(deciles[-1], "observed_percent")
    key = "too_high" if predicted > float(rate.upper or 0.0) else "too_low"
    return say(f"summary.calibration.{key}", predicted=percent_text(predicted), rate=rate.text)


def calibration_sentence(rows: Rows) -> str:
    """The highest tenth, and how to read the chart of all."""
    deciles = pick(rows, "risk_calibration")
    seen = [row for row in deciles if read_rate(row, "observed_percent").has_interval]
    outside = sum(_misses(row) for row in deciles)
    key = "reading" if outside else "reading_none" if seen else "reading_hidden"
    return f"{top_tenth_sentence(rows)} {say(f'summary.calibration.{key}', outside=outside, shown=len(seen))}"


def _misses(row: Row) -> bool:
    rate, predicted = read_rate(row, "observed_percent"), row["mean_predicted_percent"]
    if predicted is None or rate.lower is None or rate.upper is None:
        return False
    return not rate.lower <= predicted <= rate.upper


def performance_sentence(rows: Rows) -> str:
    """The c-statistic of the model in use, in plain words."""
    found = pick(rows, "risk_performance", group_type="all", is_chosen="yes")
    values = [found[0][f"c_statistic{end}"] for end in ("", "_lower", "_upper")] if found else []
    if not values or None in values:
        return look_up("summary.performance.withheld")
    percent, lower, upper = (f"{100 * float(value or 0):.0f}" for value in values)
    return say(
        "summary.performance.text",
        model=found[0]["model_name"],
        c_percent=percent,
        lower=lower,
        upper=upper,
    )


def subgroup_sentences(rows: Rows, name: Callable[[Row], str]) -> list[str]:
    """Groups for which the model in use is out by more than the limit; or that there is none."""
    groups = [
        row
        for row in pick(rows, "risk_performance", is_chosen="yes")
        if row["group_type"] != "all" and row["observed_expected"] is not None
    ]
    if not groups:
        return []
    limit = CALIBRATION_LIMIT_PERCENT
    under = [name(row) for row in groups if row["observed_expected"] > 1 + limit / 100]
    over = [name(row) for row in groups if row["observed_expected"] < 1 - limit / 100]
    found = [
        say(f"summary.performance.{key}", count=len(names), limit=limit, groups=join_words(names))
        for key, names in (("under", under), ("over", over))
        if names
    ]
    return found or [say("summary.performance.even", limit=limit)]


def need_sentence(indicators: Sequence[Row]) -> str:
    """The indicator of one need that applies to most people for whom it is known."""
    pairs = shown(indicators, "present_percent")
    if not pairs:
        nobody = all(known_of(row) is Known.NOBODY for row in indicators)
        return look_up(f"summary.need.{'nobody' if nobody else 'withheld'}")
    row, rate = max(pairs, key=lambda pair: pair[1].percent or 0.0)
    return say("summary.need.text", indicator=row["indicator_name"], rate=rate.text, applies_to=row["applies_to"])


def unknown_share_sentence(indicators: Sequence[Row]) -> str:
    """The indicators that are known of nobody, and those that are not known for everybody; empty where every one is."""
    found = []
    for key, bands in (("unknown", (Known.FEW, Known.MOST, Known.ALL)), ("unknown_all", (Known.NOBODY,))):
        named = [row for row in indicators if row["known_share"] != "all" and known_of(row) in bands]
        if named:
            names = join_words([f'"{row["indicator_name"]}"' for row in named])
            found.append(say(f"summary.need.{key}", indicators=names))
    return " ".join(found)


def place_sentence(rows: Rows, place: Row, area: str) -> str:
    """How many people with MLTC are registered in a place, beside the whole area."""
    rate = read_rate(place, "mltc_percent")
    if place["mltc_persons"] is None or not rate.is_shown:
        return look_up("summary.place.withheld")
    if place["mltc_persons"] == 0:
        return say("summary.place.none", persons=place["persons"])
    text = say("summary.place.text", mltc=place["mltc_persons"], persons=place["persons"], rate=rate.text)
    everyone = whole_area(rows)
    average = everyone["mltc_percent"] if everyone else None
    if average is None or rate.lower is None or rate.upper is None:
        return text
    key = "above" if rate.lower > average else "below" if rate.upper < average else "near"
    return f"{text} {say(f'summary.place.{key}', area=area, average=percent_text(average))}"


def row_sentences(rows: Rows) -> list[str]:
    """How many rows arrived and were used, which tables did not come, and up to when data run."""
    account = pick(rows, "row_account")
    read = [row for row in account if row["feed_status"] == "read"]
    absent = [str(row["table_name"]) for row in account if row["feed_status"] != "read"]
    rows_in, staged = ([row[column] for row in read] for column in ("rows_in", "rows_staged"))
    key = "withheld" if None in rows_in + staged else "text"
    totals = {"rows_in": 0, "staged": 0} if key == "withheld" else {"rows_in": sum(rows_in), "staged": sum(staged)}
    found = [say(f"summary.rows.{key}", tables=len(read), **totals)]
    key = "absent" if absent else "absent_none"
    found.append(say(f"summary.rows.{key}", count=len(absent), names=join_words(absent)))
    if months := sorted(str(row["latest_month"]) for row in read if row["latest_month"]):
        found.append(say("summary.rows.latest", latest=months[-1]))
    return found


def gate_sentence(rows: Rows) -> str:
    """How many checks failed, by what they do."""
    rules = pick(rows, "gate_rule")
    failed = [row for row in rules if row["status"] == "failed"]
    if not failed:
        return say(f"summary.gate.{'one' if len(rules) == 1 else 'passed'}", total=len(rules))
    counts = {level: sum(row["level"] == level for row in failed) for level in ("stop", "quarantine", "warn")}
    levels = [say(f"summary.gate.{level}", count=count) for level, count in counts.items() if count]
    return say("summary.gate.failed", failed=len(failed), total=len(rules), levels=join_words(levels))
