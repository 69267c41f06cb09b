"""The synthetic people beside published figures of England. Reads the truth of a synthetic ICB, or makes a small one.

uv run marimo edit notebooks/synthetic_marginals.py -- --extracts out/demo/extracts
"""

import marimo

app = marimo.App(width="medium", app_title="Synthetic people beside England")


@app.cell
def _():
    from pathlib import Path
    from tempfile import TemporaryDirectory

    import altair as alt
    import marimo as mo

    from mltc.synthetic import SyntheticSettings, marginals, write_synthetic_icb

    extracts = mo.cli_args().get("extracts")
    if extracts:
        people = marginals.load_registered(Path(extracts))
    else:
        with TemporaryDirectory() as folder:
            write_synthetic_icb(SyntheticSettings(persons=10_000, months=36), Path(folder))
            people = marginals.load_registered(Path(folder))
    mo.md(
        f"# Synthetic people beside England\n{len(people.age):,} people alive and registered on the index date. "
        "Found figures come with two standard errors. What is assumed and what is fitted: `docs/synthetic.md`."
    )
    return alt, marginals, mo, people


@app.cell
def _(alt):
    def plot_found(compared, name, title):
        """Points for found with two standard errors, ticks for published, one line per row."""
        frame = compared.with_columns(
            low=compared["found"] - 2 * compared["standard_error"],
            high=compared["found"] + 2 * compared["standard_error"],
        )
        base = alt.Chart(frame).encode(y=alt.Y(f"{name}:N", sort=None, title=None))
        found = base.mark_point(filled=True, color="#005eb8").encode(x=alt.X("found:Q", title=title))
        bars = base.mark_rule(color="#005eb8").encode(x=alt.X("low:Q", title=title), x2="high:Q")
        published = base.mark_tick(color="#d4351c", thickness=3).encode(x=alt.X("published:Q", title=title))
        return (bars + found + published).properties(width=480)

    return (plot_found,)


@app.cell
def _(marginals, mo, people, plot_found):
    totals = marginals.compare_totals(people)
    mo.vstack(
        [
            mo.md("## Totals of QOF registers\nBlue is found, red is published (QOF 2024-25, England)."),
            plot_found(totals.filter("is_same_definition"), "label", "percent of the register's ages"),
            mo.ui.table(totals, selection=None),
        ]
    )
    return


@app.cell
def _(marginals, mo, people, plot_found):
    gradients = marginals.compare_gradients(people)
    crude = marginals.compare_practice_fifths(people)
    mo.vstack(
        [
            mo.md("## Deprivation\nPrevalence ratio per 10 points of IMD score at equal age."),
            plot_found(gradients.filter("is_same_definition"), "label", "ratio per 10 points of IMD score"),
            mo.md("Crude ratio between the most and the least deprived fifth of practices, ages as they are."),
            plot_found(crude.filter("is_same_definition"), "label", "most over least deprived fifth of practices"),
        ]
    )
    return


@app.cell
def _(marginals, mo, people):
    mltc = marginals.compare_mltc(people)
    mo.vstack(
        [
            mo.md(
                "## Two or more conditions\n`found` counts the conditions of the list of 35 that the generator has, "
                "`found_all_conditions` all of its own. Studies differ in list, year and records: only the shape by "
                "age, sex and deprivation can be compared across them."
            ),
            mo.ui.table(mltc, selection=None),
        ]
    )
    return


@app.cell
def _(marginals, mo, people, plot_found):
    structure = marginals.compare_age_sex(people)
    named = structure.with_columns(group=structure["sex"].replace_strict({1: "men ", 2: "women "}) + structure["age"])
    mo.vstack([mo.md("## Age and sex"), plot_found(named, "group", "percent of registered people")])
    return


if __name__ == "__main__":
    app.run()
