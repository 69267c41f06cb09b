"""Writes a synthetic ICB, chunk after chunk, so that memory does not grow with the population."""

from collections.abc import Callable
from pathlib import Path

import polars as pl

from mltc.errors import ConfigError
from mltc.synthetic.chunks import CHUNK_PERSONS, make_plan, make_spoilt_chunks
from mltc.synthetic.layouts.carried import mark_not_carried
from mltc.synthetic.residence import make_neighbourhoods
from mltc.synthetic.settings import SyntheticSettings
from mltc.synthetic.truth import TRUTHS, log_stopped_feed
from mltc.synthetic.writing import ROW_NUMBER, LayoutWriter, TableWriter, contract_table, shape_frame


def write_synthetic_icb(
    settings: SyntheticSettings,
    folder: Path,
    progress: Callable[[str], None] | None = None,
    workers: int | None = None,
) -> dict[str, int]:
    """Writes the extracts of a synthetic ICB and the truth behind them; returns rows per file or table of the layout.

    FOLDER holds the files of the layout: <table>.parquet or .csv with the canonical columns, or those of another.
    FOLDER/truth/ holds, always as Parquet, `person` (age, sex, deprivation and practice on the index date),
    `pattern` (latent pattern and frailty), `onset` (true onset per person and condition, and whether and when it was
    coded), `register` (conditions of delphi-2022 that its rules find on the index date), `risk` (true probability
    of an unplanned admission in the 12 months from the index date, and from 12 months before it), `need` (what each
    indicator of need must say of each person with MLTC) and `defects` (every injected defect: canonical table, row
    number from 1, kind). The same settings give the same bytes, however many `workers` (threads) there are. Existing
    files of the same names are replaced.
    """
    (folder / "truth").mkdir(parents=True, exist_ok=True)
    plan = make_plan(settings)
    layout = find_layout(settings)(folder, settings)
    truths = {name: TableWriter(folder / "truth" / name, "parquet") for name in TRUTHS}
    numbering = Numbering()
    try:
        organisation = shape_frame(plan.places.organisation, contract_table("organisation"))
        neighbourhood = make_neighbourhoods(plan.places.residences, plan.places.organisation)
        neighbourhood = shape_frame(neighbourhood, contract_table("neighbourhood_lsoa"))
        layout.write(numbering.number({"organisation": organisation, "neighbourhood_lsoa": neighbourhood}))
        for number, spoilt in enumerate(make_spoilt_chunks(plan, workers)):
            log = numbering.shift(spoilt.truths.pop("defects"))
            truths["defects"].write(mark_not_carried(settings.layout, log))
            layout.write(numbering.number(spoilt.tables))
            for name, frame in spoilt.truths.items():
                truths[name].write(frame)
            if progress is not None:
                done = min((number + 1) * CHUNK_PERSONS, settings.persons)
                progress(f"{done:,} of {settings.persons:,} persons")
        if settings.defect_rate:
            truths["defects"].write(log_stopped_feed(settings.index_date, plan.places))
    finally:
        layout.close()
        for writer in truths.values():
            writer.close()
    return layout.rows


def find_layout(settings: SyntheticSettings) -> type[LayoutWriter]:
    """The writer of the layout; raises ConfigError when there is none yet."""
    from mltc.synthetic.layouts import LAYOUTS

    if settings.layout not in LAYOUTS:
        raise ConfigError(f"synthetic ICB: no layout {settings.layout!r}; there are {', '.join(sorted(LAYOUTS))}")
    return LAYOUTS[settings.layout]


class Numbering:
    """Numbers the rows of every table across chunks, from 1."""

    def __init__(self) -> None:
        self.rows: dict[str, int] = {}

    def shift(self, log: pl.DataFrame) -> pl.DataFrame:
        """The log of the next chunk with row numbers of the whole table; call it before `number`."""
        offset = pl.col("table").replace_strict(self.rows, default=0, return_dtype=pl.Int64)
        return log.with_columns(pl.col("row_number") + offset)

    def number(self, tables: dict[str, pl.DataFrame]) -> dict[str, pl.DataFrame]:
        """The tables of the next chunk with `row_number` before their own columns."""
        numbered = {}
        for name, frame in tables.items():
            first = self.rows.get(name, 0) + 1
            numbers = pl.int_range(first, first + len(frame), eager=True).alias(ROW_NUMBER)
            numbered[name] = frame.select(numbers, pl.all())
            self.rows[name] = first - 1 + len(frame)
        return numbered
