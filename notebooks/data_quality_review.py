"""What came in and what became of it: rows by fate, rules that failed, practices that stopped sending, drift against
the last accepted run, prevalence that is hard to believe. For analysts, inside the ICB only: exact counts, do not share.

    uv run marimo edit notebooks/data_quality_review.py -- --out out/demo
"""

import marimo

app = marimo.App(width="medium", app_title="Data quality reviewed")


@app.cell
def _():
    from pathlib import Path

    import altair as alt
    import marimo as mo

    from mltc.run_history import read_history
    from mltc.audit import open_recorded

    out = Path(mo.cli_args().get("out") or "out/demo")
    warehouse = open_recorded(out, "notebook data_quality_review")
    mo.md(f"# Data quality reviewed\nWarehouse: `{out / 'warehouse.duckdb'}`. Exact counts: do not share.")
    return alt, mo, out, read_history, warehouse


@app.cell
def _(mo, out, read_history):
    runs = [
        {
            "run": run.run,
            "began": run.started_at[:16],
            "ended": run.ending,
            "minutes": None if run.seconds is None else round(run.seconds / 60, 1),
            "rows_in": (run.rows or {}).get("rows_in"),
            "why": run.reason or run.error or "",
        }
        for run in reversed(read_history(out))
    ]
    mo.vstack([mo.md("## Runs"), mo.ui.table(runs, selection=None) if runs else mo.md("No history of runs.")])
    return (runs,)


@app.cell
def _(mo, warehouse):
    account = warehouse.read(
        """
        select *, rows_in - rows_staged - rows_dropped - rows_quarantined - rows_duplicate - rows_opted_out as missing
        from meta.row_account
        order by rows_in desc
        """
    )
    mo.vstack(
        [
            mo.md(f"## Rows in and where they went\nRows that nothing accounts for: {account['missing'].abs().sum()}."),
            mo.ui.table(account, selection=None),
        ]
    )
    return (account,)


@app.cell
def _(mo, warehouse):
    rules = warehouse.read(
        """
        select table_name, rule, level, rows_failed, rows_checked, round(100.0 * rows_failed / rows_checked, 2) as percent,
            why, affects, mend
        from meta.gate_result
        where status = 'failed'
        order by case level when 'stop' then 1 when 'quarantine' then 2 else 3 end, rows_failed desc
        """
    )
    set_aside = warehouse.read(
        "select table_name, sum(rows_quarantined) as rows from meta.row_account group by all having rows > 0 order by rows desc"
    )
    mo.vstack(
        [
            mo.md(f"## {rules.height} rules failed"),
            mo.ui.table(rules, selection=None),
            mo.md("## Rows set aside"),
            mo.ui.table(set_aside, selection=None),
        ]
    )
    return rules, set_aside


@app.cell
def _(alt, mo, warehouse):
    coverage = warehouse.read(
        """
        select table_name, month, status, count(*) as practices
        from meta.practice_coverage
        where status <> 'ok'
        group by all
        order by month
        """
    )
    drawn = (
        alt.Chart(coverage)
        .mark_bar()
        .encode(
            x=alt.X("month:O", title="Month"),
            y=alt.Y("practices:Q", title="Practices"),
            color=alt.Color("status:N", title=None),
            row=alt.Row("table_name:N", title=None),
        )
        .properties(height=80)
    )
    abstained = warehouse.read("select * from meta.practice_abstention order by all limit 100")
    mo.vstack(
        [
            mo.md("## Practices that sent less, or nothing"),
            drawn if coverage.height else mo.md("Every practice sent what it usually sends."),
            mo.md("## Practices whose people get no risk"),
            mo.ui.table(abstained, selection=None),
        ]
    )
    return abstained, coverage


@app.cell
def _(mo, warehouse):
    drift = warehouse.read(
        """
        select table_name, column_name, rule, change, last_value, this_value
        from meta.drift
        order by rule, table_name, column_name
        limit 50
        """
    )
    lag = warehouse.read("select * from meta.feed_lag order by all")
    unlikely = warehouse.read(
        """
        select level, place_code, condition, persons, persons_with_condition, round(expected, 1) as expected,
            round(ratio, 2) as ratio, status, source
        from meta.plausibility
        where status <> 'ok'
        order by abs(ln(nullif(ratio, 0))) desc nulls first
        """
    )
    mo.vstack(
        [
            mo.md("## Drift against the last accepted run"),
            mo.ui.table(drift, selection=None),
            mo.md("## How late each feed is"),
            mo.ui.table(lag, selection=None),
            mo.md("## Recorded prevalence that is hard to believe"),
            mo.ui.table(unlikely, selection=None),
        ]
    )
    return drift, lag, unlikely


if __name__ == "__main__":
    app.run()
