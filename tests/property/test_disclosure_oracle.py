"""Suppression held against τ-ARGUS (pytauargus: the engine of Statistics Netherlands with the HiGHS solver).

τ-ARGUS knows exact tables, so the profile here rounds to the nearest 1: suppression must then protect by itself. Its
audit gives, by an implementation that shares nothing with ours, the interval in which a reader can place each
suppressed count.
"""

from pathlib import Path

import numpy as np
import polars as pl
import pytest
from pytauargus import engine

from mltc.disclosure import PublishedTable, TableSpec, attack, protect
from mltc.disclosure.profile import Profile
from mltc.disclosure.table import RowSumSpec

EXACT = Profile("exact", lowest=1, highest=7, base=1, percent_decimals=1, source="for this test")
TOTAL = "Total"
METADATA = """<SEPARATOR> ";"
<SAFE> S
<UNSAFE> U
<PROTECT> P
network
  <RECODEABLE>
  <TOTCODE> "Total"
age
  <RECODEABLE>
  <TOTCODE> "Total"
persons
  <NUMERIC>
  <DECIMALS> 0
frequency
  <FREQUENCY>
status
  <STATUS>
least
  <NUMERIC> <LOWERPL>
  <DECIMALS> 0
most
  <NUMERIC> <UPPERPL>
  <DECIMALS> 0
"""
BATCH = """<OPENTABLEDATA> "table.tab"
<OPENMETADATA> "table.rda"
<SPECIFYTABLE> "network""age"|"persons"||
<SAFETYRULE>
<READTABLE> 1
"""


def draw_table(seed: int) -> pl.DataFrame:
    """Networks x ages with all totals; no zeros, which τ-ARGUS takes for known to be empty."""
    generator = np.random.default_rng(seed)
    networks, ages = (int(number) for number in generator.integers(3, 6, 2))
    cells = generator.choice([1, 3, 5, 7, 9, 12, 20, 40, 150], size=(networks, ages))
    full = np.vstack([np.column_stack([cells, cells.sum(axis=1)]), [*cells.sum(axis=0), cells.sum()]])
    names = [[*(f"{letter}{n}" for n in range(size)), TOTAL] for letter, size in (("N", networks), ("A", ages))]
    rows = [(network, age, int(full[i, j])) for i, network in enumerate(names[0]) for j, age in enumerate(names[1])]
    return pl.DataFrame(rows, schema=["network", "age", "persons"], orient="row")


def describe(table: pl.DataFrame) -> TableSpec:
    """Every sum of the table: networks to their total in each age, ages to theirs in each network."""
    parts = {name: [value for value in table[name].unique() if value != TOTAL] for name in ("network", "age")}
    sums = tuple(
        RowSumSpec(counts=("persons",), where={over: sorted(parts[over])}, same=(kept,), total_where={over: TOTAL})
        for over, kept in (("network", "age"), ("age", "network"))
    )
    columns = {"network": "Network", "age": "Age", "persons": "Persons"}
    return TableSpec(
        name="drawn", title="Drawn", description="Drawn", dimensions=("network", "age"), counts=("persons",),
        row_sum=sums, columns=columns,
    )  # fmt: skip


def open_in_argus(folder: Path, true: pl.DataFrame, status: list[str]) -> object:
    """The true table in τ-ARGUS, each count safe (s), unsafe (u) or suppressed to protect others (m)."""
    width = EXACT.protection_width
    lines = [
        f"{'' if network == TOTAL else network};{'' if age == TOTAL else age};{persons};{persons};{mark};"
        f"{min(persons, width // 2)};{width - min(persons, width // 2)}"
        for (network, age, persons), mark in zip(true.rows(), status, strict=True)
    ]
    (folder / "table.tab").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (folder / "table.rda").write_text(METADATA, encoding="utf-8")
    (folder / "batch.arb").write_text(BATCH, encoding="utf-8")
    return engine.run_batch(folder / "batch.arb")


def audit(folder: Path, true: pl.DataFrame, status: list[str]) -> list[tuple[float, float, float]]:
    """Value, least and greatest possible value of every suppressed count, as τ-ARGUS finds them.

    Its own `audit` takes the smallest count of the table for the least that any count can be, which no reader knows:
    here the least is 0.
    """
    opened = open_in_argus(folder, true, status)
    problem = str(folder / "table.jj")
    most = float(true["persons"].max())
    assert opened._tau.write_jj_format(0, problem, 0.0, most, False, False, False)
    return [(row["value"], row["min"], row["max"]) for row in engine.audit_jj(problem)]


def statuses(true: pl.DataFrame, hidden: pl.Series) -> list[str]:
    return [
        ("u" if persons <= EXACT.highest else "m") if is_hidden else "s"
        for persons, is_hidden in zip(true["persons"], hidden, strict=True)
    ]


def hide(true: pl.DataFrame, hidden: pl.Series, spec: TableSpec) -> PublishedTable:
    shown = pl.when(~hidden).then(pl.col("persons")).alias("persons")
    return PublishedTable(spec, true.with_columns(shown))


@pytest.fixture(autouse=True)
def _in_own_folder(tmp_path, monkeypatch):
    """Its solvers write logs where they run."""
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("seed", range(25))
def test_argus_cannot_place_what_is_suppressed(seed, tmp_path):
    true = draw_table(seed)
    spec = describe(true)
    published = protect({"drawn": true}, {"drawn": spec}, EXACT)["drawn"].frame
    both = true.join(published, on=["network", "age"], suffix="_shown", maintain_order="left")
    found = audit(tmp_path, true, statuses(true, both["persons_shown"].is_null()))
    assert len(found) == both["persons_shown"].null_count()
    for value, least, most in found:
        assert least <= value <= most
        if value <= EXACT.highest:
            assert min(most, EXACT.highest) - least >= EXACT.protection_width, (value, least, most)


@pytest.mark.parametrize("seed", range(25))
def test_what_argus_works_out_the_attack_works_out(seed, tmp_path):
    """With small counts alone suppressed, both must see what gives them away."""
    true = draw_table(seed)
    spec = describe(true)
    small = true["persons"] <= EXACT.highest
    pinned = sum(most - least < 0.5 for _, least, most in audit(tmp_path, true, statuses(true, small)))
    exposed = attack({"drawn": hide(true, small, spec)}, {"drawn": spec}, EXACT)
    assert len([each for each in exposed if each.upper - each.lower < 0.5]) >= pinned
    assert bool(exposed) >= bool(pinned)


def test_some_tables_are_given_away_by_their_totals(tmp_path):
    """Else the two tests above would show nothing."""
    found = 0
    for seed in range(25):
        true = draw_table(seed)
        folder = tmp_path / str(seed)
        folder.mkdir()
        small = true["persons"] <= EXACT.highest
        found += any(most - least < 0.5 for _, least, most in audit(folder, true, statuses(true, small)))
    assert found >= 5


@pytest.mark.parametrize("seed", range(25))
def test_the_attack_finds_nothing_in_what_argus_protects(seed, tmp_path):
    """Optimal suppression by τ-ARGUS, with the same protection on each side, is safe by our attack too."""
    from pytauargus.batch import Suppress

    true = draw_table(seed)
    spec = describe(true)
    small = true["persons"] <= EXACT.highest
    opened = open_in_argus(tmp_path, true, statuses(true, small))
    opened.suppress(Suppress("OPT", 1, opt_max_time=10))
    suppressed = {(row["cell"]) for row in opened.audit(0)}
    order = {cell: position for position, cell in enumerate(argus_order(true))}
    hidden = pl.Series([order[network, age] in suppressed for network, age, _ in true.rows()])
    assert (hidden | ~small).all()
    exposed = attack({"drawn": hide(true, hidden, spec)}, {"drawn": spec}, EXACT)
    assert [each for each in exposed if each.upper - each.lower < 0.5] == []


def argus_order(true: pl.DataFrame) -> list[tuple[str, str]]:
    """Cells as τ-ARGUS numbers them: row by row, the totals first."""
    names = [[TOTAL, *sorted(value for value in true[name].unique() if value != TOTAL)] for name in ("network", "age")]
    return [(network, age) for network in names[0] for age in names[1]]
