"""The same places by each definition of MLTC, to be shown one at a time."""

from dataclasses import dataclass

from mltc.disclosure import PublishedTable
from mltc.report.figures import Row, Rows, pick
from mltc.report.filters import Filter, make_options
from mltc.report.views import TableView, table_view
from mltc.report.wording import look_up, say

COLUMNS = ("geography_name", "persons", "mltc_persons", "mltc_percent")


@dataclass(frozen=True)
class DefinitionSection:
    """One definition: the key that the filter knows it by, its name, and its places."""

    key: str
    name: str
    table: TableView


def definition_sections(tables: dict[str, PublishedTable], rows: Rows) -> list[DefinitionSection]:
    """A section per definition, that of the release first; none where the table was not published."""
    by_name: dict[str, list[Row]] = {}
    for row in pick(rows, "definition"):
        by_name.setdefault(str(row["definition_name"]), []).append(row)
    options = make_options("definition", list(by_name))
    return [
        DefinitionSection(
            option.key,
            option.words,
            table_view(tables["definition"], found, COLUMNS, f"table-{option.key}", caption=option.words),
        )
        for option, found in zip(options, by_name.values(), strict=True)
    ]


def definition_filter(rows: Rows) -> Filter | None:
    """The list of definitions; that of the release is chosen at first. None where there is nothing to choose."""
    names = list(dict.fromkeys(str(row["definition_name"]) for row in pick(rows, "definition")))
    if len(names) < 2:
        return None
    options = make_options("definition", names)
    label, every = look_up("filter.definition"), look_up("filter.all_definitions")
    return Filter("definition", label, every, options, chosen=options[0].key)


def definition_note(rows: Rows) -> str:
    """Which definition the rest of the report counts by."""
    own = pick(rows, "definition", is_release_definition="yes")
    return say("filter.definitions_note", name=own[0]["definition_name"]) if own else ""
