"""Condition patterns for whoever has to judge them: why so many, how sure, what marks each, what it shares with other
methods, and whether it is the one of last month. For analysts, inside the ICB only: exact counts, do not share.

    uv run marimo edit notebooks/cluster_review.py -- --out out/demo --stratum all
"""

import marimo

app = marimo.App(width="medium", app_title="MLTC patterns reviewed")


@app.cell
def _():
    from pathlib import Path

    import altair as alt
    import marimo as mo

    from mltc.audit import open_recorded

    out = Path(mo.cli_args().get("out") or "out/demo")
    stratum = mo.cli_args().get("stratum") or "all"
    warehouse = open_recorded(out, "notebook cluster_review")
    notes = warehouse.read("select note from meta.run_note where area = 'clusters' order by note")["note"].to_list()
    mo.md(
        f"# Patterns reviewed\nWarehouse: `{out / 'warehouse.duckdb'}`. People: {stratum}. Exact counts: do not share."
        + "".join(f"\n\n{note}" for note in notes)
    )
    return alt, mo, stratum, warehouse


@app.cell
def _(alt, mo, stratum, warehouse):
    selection = warehouse.read(
        """
        select class_count, bic, entropy, smallest_share, stability_ari, is_converged, is_admissible, is_chosen
        from clusters.selection
        where stratum = $stratum
        order by class_count
        """,
        {"stratum": stratum},
    )
    curve = (
        alt.Chart(selection)
        .mark_line(point=True)
        .encode(
            x=alt.X("class_count:O", title="Number of patterns"),
            y=alt.Y("bic:Q", title="BIC (lower is better)", scale=alt.Scale(zero=False)),
            tooltip=["class_count", "bic", "entropy", "stability_ari", "is_chosen"],
        )
        .properties(width=500, height=240)
    )
    mo.vstack([mo.md("## Why so many"), mo.ui.table(selection, selection=None), curve])
    return (selection,)


@app.cell
def _(mo, stratum, warehouse):
    marks = warehouse.read(
        """
        select
            cluster_name,
            any_value(persons) as persons,
            round(any_value(stability_ari), 2) as stability_ari,
            string_agg(
                condition || ' ' || round(observed_expected, 1), ', ' order by observed_expected desc
            ) filter (where probability >= 0.1 and observed_expected >= 1.5) as marked_by
        from clusters.profile
        where stratum = $stratum
        group by cluster_name
        order by persons desc
        """,
        {"stratum": stratum},
    )
    mo.vstack(
        [
            mo.md(
                "## What marks each\nConditions that at least a tenth of its people have, at least 1.5 times as often "
                "as all people with MLTC, with that ratio."
            ),
            mo.ui.table(marks, selection=None),
        ]
    )
    return (marks,)


@app.cell
def _(alt, mo, stratum, warehouse):
    profile = warehouse.read(
        """
        select cluster_name, condition, probability, observed_expected, exclusivity, persons_with_condition
        from clusters.profile
        where stratum = $stratum
        """,
        {"stratum": stratum},
    )
    heat = (
        alt.Chart(profile)
        .mark_rect()
        .encode(
            x=alt.X("cluster_name:N", title=None),
            y=alt.Y("condition:N", title=None),
            color=alt.Color("probability:Q", title="Share with it"),
            tooltip=["cluster_name", "condition", "probability", "observed_expected", "exclusivity"],
        )
    )
    mo.vstack([mo.md("## Conditions by pattern"), heat])
    return (profile,)


@app.cell
def _(mo, stratum, warehouse):
    certainty = warehouse.read(
        """
        select
            cluster_name,
            count(*) as persons,
            round(avg(certainty), 3) as mean_certainty,
            round(100.0 * count(*) filter (where not is_certain) / count(*), 1) as uncertain_percent
        from clusters.person_cluster
        where stratum = $stratum
        group by cluster_name
        order by persons desc
        """,
        {"stratum": stratum},
    )
    methods = warehouse.read(
        "select method, class_count, largest_share, adjusted_rand, silhouette from clusters.comparison "
        "where stratum = $stratum order by method",
        {"stratum": stratum},
    )
    events = warehouse.read(
        "select stratum, cluster_id, cluster_name, status, distance from clusters.event order by all"
    )
    mo.vstack(
        [
            mo.md("## How sure, person by person"),
            mo.ui.table(certainty, selection=None),
            mo.md("## Other methods on the same people"),
            mo.ui.table(methods, selection=None),
            mo.md("## Against last month"),
            mo.ui.table(events, selection=None),
        ]
    )
    return certainty, events, methods


if __name__ == "__main__":
    app.run()
