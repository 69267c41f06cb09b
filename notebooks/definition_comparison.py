"""The published definitions side by side on the same people: how many, who is only in one, and which conditions make
the difference. For analysts, inside the ICB only: the counts here are exact and must not leave the building.

    uv run marimo edit notebooks/definition_comparison.py -- --out out/demo
"""

import marimo

app = marimo.App(width="medium", app_title="MLTC definitions compared")


@app.cell
def _():
    from pathlib import Path

    import altair as alt
    import marimo as mo

    from mltc.audit import open_recorded

    out = Path(mo.cli_args().get("out") or "out/demo")
    warehouse = open_recorded(out, "notebook definition_comparison")
    mo.md(f"# Definitions compared\nWarehouse: `{out / 'warehouse.duckdb'}`. Exact counts: do not share.")
    return alt, mo, warehouse


@app.cell
def _(mo, warehouse):
    size = warehouse.read(
        """
        select
            mltc.definition,
            definition.title,
            count(*) as persons,
            count(*) filter (where mltc.is_mltc) as mltc_persons,
            round(100.0 * count(*) filter (where mltc.is_mltc) / count(*), 1) as mltc_percent,
            count(*) filter (where mltc.is_complex_mltc) as complex_mltc_persons,
            round(avg(mltc.condition_count) filter (where mltc.is_mltc), 2) as mean_conditions,
            (select count(*) from codelist.membership as member where member.definition = mltc.definition) as conditions
        from register.mltc as mltc
        inner join codelist.definition as definition on definition.definition = mltc.definition
        group by all
        order by mltc_percent desc
        """
    )
    mo.vstack([mo.md("## How many live with MLTC"), mo.ui.table(size, selection=None)])
    return (size,)


@app.cell
def _(alt, mo, warehouse):
    pairs = warehouse.read(
        """
        select
            definition,
            other_definition,
            both_persons,
            only_persons,
            other_only_persons,
            round(kappa, 2) as kappa
        from register.definition_concordance
        order by all
        """
    )
    heat = (
        alt.Chart(pairs)
        .mark_rect()
        .encode(
            x=alt.X("definition:N", title=None),
            y=alt.Y("other_definition:N", title=None),
            color=alt.Color("kappa:Q", title="Kappa", scale=alt.Scale(domain=[0, 1])),
            tooltip=["definition", "other_definition", "both_persons", "only_persons", "other_only_persons", "kappa"],
        )
        .properties(width=400, height=280, title="Agreement on who has MLTC, beyond chance")
    )
    mo.vstack(
        [
            mo.md(
                "## Who is in one and not in another\n`only_persons` have MLTC by the first definition alone. Kappa: 1 "
                "is full agreement, 0 is as much as chance gives (Cohen, 1960)."
            ),
            mo.ui.table(pairs, selection=None),
            heat,
        ]
    )
    return (pairs,)


@app.cell
def _(mo, warehouse):
    by_age = warehouse.read(
        """
        select
            mltc.definition,
            person.age_band,
            count(*) as persons,
            round(100.0 * count(*) filter (where mltc.is_mltc) / count(*), 1) as mltc_percent
        from register.mltc as mltc
        inner join register.person as person on person.person_id = mltc.person_id
        group by all
        """
    ).pivot("definition", index="age_band", values="mltc_percent", sort_columns=True)
    mo.vstack([mo.md("## MLTC, %, by age"), mo.ui.table(by_age.sort("age_band"), selection=None)])
    return (by_age,)


@app.cell
def _(mo, warehouse):
    conditions = warehouse.read(
        """
        select
            status.condition,
            string_agg(distinct member.definition, ', ' order by member.definition) as counted_by,
            count(distinct member.definition) as definitions,
            count(distinct status.person_id) as persons
        from register.person_condition as status
        inner join codelist.membership as member on member.condition = status.condition
        group by all
        having count(distinct member.definition) < (select count(*) from codelist.definition)
        order by persons desc
        limit 25
        """
    )
    mo.vstack([mo.md("## Conditions that not every definition counts"), mo.ui.table(conditions, selection=None)])
    return (conditions,)


if __name__ == "__main__":
    app.run()
