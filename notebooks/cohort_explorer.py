"""Who lives with MLTC in a warehouse: counts by age, deprivation and condition. For analysts, inside the ICB only:
the counts here are exact and must not leave the building.

    uv run marimo edit notebooks/cohort_explorer.py -- --out out/demo --definition delphi-2022
"""

import marimo

app = marimo.App(width="medium", app_title="MLTC cohort explorer")


@app.cell
def _():
    from pathlib import Path

    import marimo as mo

    from mltc.audit import open_recorded

    out = Path(mo.cli_args().get("out") or "out/demo")
    warehouse = open_recorded(out, "notebook cohort_explorer")
    definition = mo.cli_args().get("definition") or "delphi-2022"
    mo.md(
        f"# Cohort explorer\nWarehouse: `{out / 'warehouse.duckdb'}`. Definition: {definition}. Exact counts: do not share."
    )
    return definition, mo, warehouse


@app.cell
def _(definition, mo, warehouse):
    people = warehouse.read(
        """
        select
            person.age_band,
            person.imd_quintile,
            count(*) as persons,
            count(*) filter (where mltc.is_mltc) as mltc_persons,
            round(100.0 * count(*) filter (where mltc.is_mltc) / count(*), 1) as mltc_percent
        from register.person as person
        inner join register.mltc as mltc
            on mltc.person_id = person.person_id and mltc.definition = $definition
        group by all
        order by all
        """,
        {"definition": definition},
    )
    mo.vstack([mo.md("## By age and deprivation"), mo.ui.table(people, selection=None)])
    return (people,)


@app.cell
def _(definition, mo, warehouse):
    pairs = warehouse.read(
        """
        select
            first.condition as condition,
            second.condition as with_condition,
            count(*) as persons
        from register.person_condition as first
        inner join register.person_condition as second
            on second.person_id = first.person_id and second.condition > first.condition
        inner join codelist.membership as counted
            on counted.condition = first.condition and counted.definition = $definition
        inner join codelist.membership as with_counted
            on with_counted.condition = second.condition and with_counted.definition = $definition
        group by all
        order by persons desc
        limit 25
        """,
        {"definition": definition},
    )
    mo.vstack([mo.md("## Conditions that go together most often"), mo.ui.table(pairs, selection=None)])
    return (pairs,)


@app.cell
def _(mo, warehouse):
    needs = warehouse.read(
        """
        select catalogue.need_name, catalogue.indicator_name, indicator.state, count(*) as persons
        from needs.person_indicator as indicator
        inner join codelist.indicator as catalogue on catalogue.indicator = indicator.indicator
        group by all
        order by all
        """
    )
    mo.vstack([mo.md("## Needs, with not known apart from absent"), mo.ui.table(needs, selection=None)])
    return (needs,)


if __name__ == "__main__":
    app.run()
