"""Tables of cohorts and places: standardised prevalence, inequality, use and cost, months, outlook, recorded."""

from collections.abc import Callable, Mapping, Sequence

from mltc.disclosure import PublishedTable
from mltc.report.figures import Row, Rows, pick, read_rate
from mltc.report.views import TableView, cell_text, table_view
from mltc.report.wording import look_up

Tables = Mapping[str, PublishedTable]
TOP_PERCENT = 5  # of people, in top_5_percent
NEAR, FAR = 1, 2  # funnel_position outside the 95 % and the 99.8 % limits


def place_tables(tables: Tables, rows: Rows) -> list[TableView]:
    """MLTC by sub-ICB location and PCN with age and sex taken out."""
    kinds = ("sub_icb", "pcn")
    found = [row for kind in kinds for row in pick(rows, "standardised", geography_type=kind, cohort="mltc")]
    columns = ("geography_name", "persons", "cohort_persons", "standardised_percent", "ratio", "funnel_position")
    words = {"standardised_percent": _ranged("standardised_percent", 1), "ratio": _ranged("ratio", 2)}
    return _views(tables, "standardised", found, columns, words | {"funnel_position": funnel_words})


def inequality_tables(tables: Tables, rows: Rows) -> list[TableView]:
    """Inequality of each measure in the whole area."""
    found = pick(rows, "inequality", geography_type="icb")
    columns = ("measure", "breakdown", "unit", "slope_index", "relative_index", "mean_difference", "rmad_percent")
    words = {
        "measure": lambda row: look_up(f"cohort.measure.{row['measure']}"),
        "breakdown": lambda row: look_up(f"cohort.breakdown.{row['breakdown']}"),
        "slope_index": _ranged("slope_index", 1),
        "relative_index": _ranged("relative_index", 2),
    }
    return _views(tables, "inequality", found, columns, words)


def projection_tables(tables: Tables, rows: Rows) -> list[TableView]:
    """People to expect in the years to come."""
    columns = ("cohort", "year", "expected_persons", "assumption")
    words = {
        "cohort": lambda row: look_up(f"cohort.measure.{row['cohort']}"),
        "expected_persons": _ranged("expected_persons", 0),
    }
    return _views(tables, "projection", pick(rows, "projection"), columns, words)


def activity_tables(tables: Tables, rows: Rows) -> list[TableView]:
    """What everyone and people of each cohort use in the whole area."""
    found = pick(rows, "activity", geography_type="icb")
    columns = ("activity_name", "cohort", "users_percent", "mean_per_head", "gbp_per_head", "top_5_percent")
    ordered = sorted(found, key=lambda row: (row["sort_key"], COHORTS.index(row["cohort"])))
    words = {"cohort": lambda row: look_up(f"cohort.measure.{row['cohort']}"), "top_5_percent": _top(tables)}
    return _views(tables, "activity", ordered, columns, words)


def is_used_by_few(row: Row) -> bool:
    """Whether fewer than 5 % of people have any of an activity, so that the 5 % with most have all of it."""
    users = read_rate(row, "users_percent").percent
    return users is not None and users < TOP_PERCENT


def _top(tables: Tables) -> Callable[[Row], str]:
    def words(row: Row) -> str:
        if row["top_5_percent"] is not None and is_used_by_few(row):
            return look_up("cohort.top.all")
        return cell_text(tables["activity"], row, "top_5_percent")

    return words


def xmr_tables(tables: Tables, rows: Rows) -> list[TableView]:
    """The last month of each series, and every month that is more than chance."""
    told = [row for row in pick(rows, "month") if row["is_latest"] == "yes" or row["variation"] in ("higher", "lower")]
    columns = ("series", "month", "events", "rate_per_1000", "mean_per_1000", "variation")
    words = {
        "series": lambda row: look_up(f"cohort.series.{row['series']}"),
        "variation": lambda row: look_up(f"cohort.variation.{row['variation'].replace(' ', '_')}"),
    }
    return _views(tables, "month", told, columns, words)


def recorded_tables(tables: Tables, rows: Rows) -> list[TableView]:
    """Practices and conditions outside the 95 % limits around the published prevalence, lowest first."""
    far = [row for row in pick(rows, "recorded_published") if abs(row["funnel_position"] or 0) >= NEAR]
    columns = ("condition_name", "geography_name", "recorded_persons", "ratio", "funnel_position")
    ordered = sorted(far, key=lambda row: (row["ratio"], str(row["condition"]), str(row["geography_code"])))
    return _views(
        tables,
        "recorded_published",
        ordered,
        columns,
        {"ratio": _ranged("ratio", 2), "funnel_position": funnel_words},
    )


COHORTS = ("registered", "mltc", "complex_mltc", "physical_mental")


def funnel_words(row: Row) -> str:
    """Where a place lies against the limits of chance, in words; the mark where that is withheld or not available."""
    position = row["funnel_position"]
    if position is None:
        return row.text("funnel_position")
    side = "high" if position > 0 else "low"
    key = "within" if not position else f"{side}_far" if abs(position) >= FAR else side
    return look_up(f"cohort.funnel.{key}")


def _ranged(name: str, decimals: int) -> Callable[[Row], str]:
    """A measure with its interval in one cell, "1.19 (1.04 to 1.35)"."""

    def words(row: Row) -> str:
        values = [row[f"{name}{end}"] for end in ("", "_lower", "_upper")]
        if None in values:
            return row.text(name)
        figure, lower, upper = (f"{float(value):,.{decimals}f}" for value in values)
        return f"{figure} ({lower} to {upper})"

    return words


def _views(
    tables: Tables,
    name: str,
    rows: Sequence[Row],
    columns: Sequence[str],
    words: Mapping[str, Callable[[Row], str]],
) -> list[TableView]:
    """One table, or none where there is no row."""
    if not rows:
        return []
    return [table_view(tables[name], rows, columns, f"table-{name.replace('_', '-')}", labels=words)]
