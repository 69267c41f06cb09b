"""Risk models for whoever has to accept them: every gate, every measure with its interval, calibration by tenth and by
group, months that have come true, drift, and reasons. For analysts, inside the ICB only: exact counts, do not share.

    uv run marimo edit notebooks/model_review.py -- --out out/demo --outcome unplanned_admission
"""

import marimo

app = marimo.App(width="medium", app_title="Risk models reviewed")


@app.cell
def _():
    from pathlib import Path

    import altair as alt
    import marimo as mo

    from mltc.audit import open_recorded

    out = Path(mo.cli_args().get("out") or "out/demo")
    outcome = mo.cli_args().get("outcome") or "unplanned_admission"
    warehouse = open_recorded(out, "notebook model_review")

    def read(query):
        """Rows of a query that asks for one outcome."""
        return warehouse.read(query, {"outcome": outcome})

    mo.md(f"# Risk model reviewed: {outcome}\nWarehouse: `{out / 'warehouse.duckdb'}`. Exact counts: do not share.")
    return alt, mo, read, warehouse


@app.cell
def _(mo, read, warehouse):
    outcomes = warehouse.read(
        "select outcome, outcome_name, model_version, decision from risk.outcome order by sort_key"
    )
    alarms = read("select alarm from risk.alarm where outcome = $outcome")
    steps = read("select step, is_passed, decision from risk.selection where outcome = $outcome order by sort_key")
    mo.vstack(
        [
            mo.md("## What was decided, and by which gates"),
            mo.ui.table(outcomes, selection=None),
            mo.ui.table(steps, selection=None),
            mo.md("## Alarms" if alarms.height else "No alarm of leakage."),
            mo.ui.table(alarms, selection=None),
        ]
    )
    return alarms, outcomes, steps


@app.cell
def _(mo, read):
    performance = read(
        """
        select model_name, is_chosen, persons, events, measure, round(estimate, 4) as estimate,
            round(lower, 4) as lower, round(upper, 4) as upper
        from risk.performance
        where outcome = $outcome
        order by sort_key, measure
        """
    )
    mo.vstack([mo.md("## On people it has not seen"), mo.ui.table(performance, selection=None)])
    return (performance,)


@app.cell
def _(alt, mo, read):
    calibration = read(
        """
        select kind, position, persons, events, predicted, observed, lower, upper
        from risk.calibration
        where outcome = $outcome
        order by kind, position
        """
    )
    points = alt.Chart(calibration).transform_filter(alt.datum.kind == "tenth")
    smooth = alt.Chart(calibration).transform_filter(alt.datum.kind == "smooth").mark_line()
    drawn = (
        points.mark_rule().encode(x="predicted:Q", y=alt.Y("lower:Q", title="Observed"), y2="upper:Q")
        + points.mark_point().encode(x=alt.X("predicted:Q", title="Predicted"), y="observed:Q")
        + smooth.encode(x="predicted:Q", y="observed:Q")
    ).properties(width=420, height=320)
    groups = read(
        """
        select group_type, group_value, persons, events, measure, round(estimate, 3) as estimate,
            round(lower, 3) as lower, round(upper, 3) as upper, warning
        from risk.subgroup
        where outcome = $outcome
        order by warning desc, group_type, sort_key, measure
        """
    )
    mo.vstack(
        [mo.md("## Calibration, tenths and smoothed"), drawn, mo.md("## By group"), mo.ui.table(groups, selection=None)]
    )
    return calibration, groups


@app.cell
def _(mo, read):
    months = read(
        """
        select model_version, scored_date, known_date, sum(persons) as persons, sum(observed) as observed,
            round(sum(expected), 1) as expected, round(sum(observed) / nullif(sum(expected), 0), 2) as ratio
        from risk.monthly
        where outcome = $outcome
        group by all
        order by scored_date desc
        """
    )
    drift = read(
        """
        select feature, round(stability_index, 3) as stability_index, reading, persons_then, persons_now
        from risk.stability
        where outcome = $outcome
        order by stability_index desc
        limit 25
        """
    )
    reasons = read(
        """
        select feature, direction, count(*) as persons
        from risk.person_reason
        where outcome = $outcome
        group by all
        order by persons desc
        limit 25
        """
    )
    mo.vstack(
        [
            mo.md("## Months that have come true"),
            mo.ui.table(months, selection=None),
            mo.md("## Features that have moved most"),
            mo.ui.table(drift, selection=None),
            mo.md("## What risks rest on most often"),
            mo.ui.table(reasons, selection=None),
        ]
    )
    return drift, months, reasons


@app.cell
def _(mo, read):
    status = read(
        """
        select status, count(*) as persons, round(100 * avg(predicted_risk), 2) as mean_risk_percent
        from risk.person_risk
        where outcome = $outcome
        group by all
        order by persons desc
        """
    )
    change = read(
        """
        select
            count(*) as persons,
            round(100 * avg(risk - last_risk), 3) as mean_change,
            round(100 * avg(from_events), 3) as from_events,
            round(100 * avg(from_ageing), 3) as from_ageing,
            round(100 * avg(from_model), 3) as from_model,
            round(100 * avg(from_codelist), 3) as from_codelist
        from risk.change
        where outcome = $outcome
        """
    )
    mo.vstack(
        [
            mo.md("## Who has a risk, and who has none"),
            mo.ui.table(status, selection=None),
            mo.md("## What changed since last month, percentage points"),
            mo.ui.table(change, selection=None),
        ]
    )
    return change, status


if __name__ == "__main__":
    app.run()
