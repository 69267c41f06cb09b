"""The handbook: entries of the files, and what they find in the last good warehouse where there is one."""

from collections.abc import Sequence
from dataclasses import replace
from difflib import get_close_matches
from pathlib import Path

from mltc.codelists import Codelists
from mltc.codelists.records import Condition
from mltc.errors import ConfigError
from mltc.handbook.counts import FEED_NAMES, check_warehouse, count_codes, find_gaps, read_found, read_index_date
from mltc.handbook.entry import CodeCount, CodeList, DefinitionFacts, Entry, Handbook, Population
from mltc.handbook.facts import build_entry, read_definitions, read_files
from mltc.handbook.near import NearData, find_near
from mltc.paths import CODELISTS
from mltc.warehouse import Warehouse, read_value

Counts = dict[tuple[str, str, str, str], CodeCount]


def build_handbook(
    codelists: Codelists,
    conditions: Sequence[Condition],
    warehouse: Warehouse | None,
    *,
    area: str = "",
    is_synthetic: bool = False,
    no_counts: str = "",
    folder: Path = CODELISTS,
) -> Handbook:
    """Entries of these conditions in registry order, with counts where a warehouse is given.

    `no_counts` says why there are none. Counts are of the lists as the files have them now; persons found by the
    condition are of the last run, and `Population.changed` names the definitions that have changed since.
    """
    files = read_files(folder)
    entries = [build_entry(condition, codelists, files) for condition in conditions]
    definitions = read_definitions(codelists, folder)
    if warehouse is None:
        return Handbook(entries, definitions, files, codelists.version, None, no_counts)
    check_warehouse(warehouse)
    gaps = find_gaps(warehouse)
    population = Population(
        index_date=read_index_date(warehouse),
        persons=int(read_value(warehouse, "select count(*) from register.person")),
        area=area,
        is_synthetic=is_synthetic,
        gaps=[FEED_NAMES[feed] for feed in gaps],
        changed=find_changed(warehouse, definitions),
    )
    counted = count_entries(entries, codelists, warehouse, population, gaps)
    return Handbook(counted, definitions, files, codelists.version, population)


def count_entries(
    entries: list[Entry], codelists: Codelists, warehouse: Warehouse, population: Population, gaps: list[str]
) -> list[Entry]:
    """The entries with their counts and near-miss codes."""
    counts = count_codes(warehouse, codelists.codes, population.index_date, gaps)
    found = read_found(warehouse, population.index_date)
    data = NearData(warehouse, codelists.codes, [entry.key for entry in entries], population.index_date)
    sizes = {key: (count.persons, count.events) for key, count in counts.items()}
    return [
        replace(
            entry,
            lists=[count_list(item, counts) for item in entry.lists],
            found=found.get(entry.key),
            near=find_near(entry, data, sizes),
        )
        for entry in entries
    ]


def count_list(item: CodeList, counts: Counts) -> CodeList:
    """One list with the count of each code, the codes of most people first in each code system."""
    rows = [replace(row, count=counts.get((item.kind, item.key, row.code_system, row.code))) for row in item.rows]
    rows.sort(key=lambda row: (not row.counts, row.code_system, -row.count.persons if row.count else 0, row.code))
    return replace(item, rows=rows)


def find_changed(warehouse: Warehouse, definitions: list[DefinitionFacts]) -> list[str]:
    """Definitions whose rules or codes differ from those that the warehouse was made with."""
    made = dict(warehouse.read("select definition, version from codelist.definition").iter_rows())
    return [item.key for item in definitions if made.get(item.key) != item.version]


def choose_condition(codelists: Codelists, name: str, definition: str | None) -> list[Condition]:
    """The condition of that key or name, under the rule of `definition` where it is given.

    One name may have several rules (asthma, asthma currently treated): each whose key or name is meant is given.
    Raises ConfigError with the nearest names where there is none.
    """
    asked = name.strip().lower()
    known = [item for item in codelists.parsed if definition is None or definition in item.definitions]
    exact = [item for item in known if asked in (item.key, item.name.lower())]
    if exact:
        return exact
    names = {text: item for item in known for text in (item.key, item.name.lower())}
    close = get_close_matches(asked, names, n=6, cutoff=0.5)
    close += [text for text in names if asked and asked in text and text not in close]
    nearest = list(dict.fromkeys(names[text].key for text in close))[:6]
    where = f" in definition {definition}" if definition else ""
    hint = f"Nearest: {', '.join(nearest)}." if nearest else f"Known: {', '.join(item.key for item in known)}."
    raise ConfigError(f"There is no condition {name!r}{where}. {hint}")


def check_definition(codelists: Codelists, definition: str | None) -> None:
    """Raise ConfigError unless the definition is None or known."""
    known = codelists.definitions["definition"].to_list()
    if definition is not None and definition not in known:
        raise ConfigError(f"There is no definition {definition!r}. Known: {', '.join(known)}.")
