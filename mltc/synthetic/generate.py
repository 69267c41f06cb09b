"""Makes a synthetic ICB chunk by chunk and writes it."""

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import polars as pl

from mltc.synthetic.arrays import NEVER, to_dates
from mltc.synthetic.attendances import make_emergency, make_outpatient
from mltc.synthetic.coding import draw_coded
from mltc.synthetic.contacts import make_consultations
from mltc.synthetic.defects import DEFECT_SCHEMA, MAIN_DATES, Spoiling, inject_defects
from mltc.synthetic.facts import PATTERNS, ConditionFacts, load_condition_facts
from mltc.synthetic.gp_events import Chunk, make_gp_events, record_diagnoses
from mltc.synthetic.hospital import make_deaths, make_episodes
from mltc.synthetic.illness import build_rates, draw_onsets
from mltc.synthetic.medicines import make_prescriptions
from mltc.synthetic.people import draw_people
from mltc.synthetic.places import Places, make_places
from mltc.synthetic.process import run_process
from mltc.synthetic.registers import draw_homes, make_opt_outs, make_persons, make_registrations
from mltc.synthetic.settings import SyntheticSettings
from mltc.synthetic.spells import join_spells, make_planned, make_unplanned
from mltc.synthetic.window import Window, make_window, step_back
from mltc.synthetic.writing import TableWriter, contract_table, shape_frame

CHUNK_PERSONS = 25_000
STOPPED_MONTHS = 3  # the feed of one practice ends this many months before the index date
TABLES = (
    "person", "registration", "opt_out", "gp_event", "gp_prescription", "gp_consultation",
    "hospital_episode", "outpatient", "emergency", "death",
)  # fmt: skip
TRUTHS = ("pattern", "onset", "risk", "defects")
STREAMS = ("people", "illness", "process", "coding", "home", "events", "contacts", "medicines", "spells", "defects")


def write_synthetic_icb(
    settings: SyntheticSettings, folder: Path, progress: Callable[[str], None] | None = None
) -> dict[str, int]:
    """Writes the extracts of a synthetic ICB and the truth behind them; returns rows per table.

    FOLDER/<table>.parquet or .csv with the canonical columns, and FOLDER/truth/ with `pattern` (latent pattern
    and frailty per person), `onset` (true onset per person and condition), `risk` (true probability of an
    unplanned admission in the 12 months from the index date, and from 12 months before it) and `defects`
    (every injected defect: table, row number from 1, kind), always as Parquet. The same settings give the
    same bytes. Existing files of the same names are replaced.
    """
    (folder / "truth").mkdir(parents=True, exist_ok=True)
    window = make_window(settings.index_date, settings.months)
    places = make_places(np.random.default_rng([settings.seed, 0]), settings.persons)
    facts = load_condition_facts()
    writers = {name: TableWriter(folder / name, settings.file_format) for name in (*TABLES, "organisation")}
    truths = {name: TableWriter(folder / "truth" / name, "parquet") for name in TRUTHS}
    writers["organisation"].write(shape_frame(places.organisation, contract_table("organisation")))
    try:
        for number, first in enumerate(range(0, settings.persons, CHUNK_PERSONS)):
            count = min(CHUNK_PERSONS, settings.persons - first)
            write_chunk(settings, window, places, facts, number, first, count, writers, truths)
            if progress is not None:
                progress(f"{first + count:,} of {settings.persons:,} persons")
        truths["defects"].write(log_stopped_feed(settings.index_date, places))
    finally:
        for writer in (*writers.values(), *truths.values()):
            writer.close()
    return {name: writer.rows for name, writer in writers.items()}


def write_chunk(
    settings: SyntheticSettings, window: Window, places: Places, facts: ConditionFacts, number: int, first: int,
    count: int, writers: dict[str, TableWriter], truths: dict[str, TableWriter],
) -> None:  # fmt: skip
    """Makes, spoils and writes one chunk of persons."""
    seeds = np.random.SeedSequence([settings.seed, number + 1]).spawn(len(STREAMS))
    randoms = {name: np.random.default_rng(seed) for name, seed in zip(STREAMS, seeds, strict=True)}
    chunk = make_chunk(randoms, settings, window, places, facts, first, count)
    tables = make_tables(randoms, chunk, window)
    births = pl.DataFrame({"person_id": chunk.people.ids, "birth_date": to_dates(chunk.people.birth_day)})
    deaths = tables["death"].select("person_id", "death_date")
    for name in TABLES:
        as_text = settings.file_format == "csv"
        spoiling = Spoiling(randoms["defects"], name, births, deaths, window.index_day, as_text)
        shaped = shape_frame(drop_stopped(tables.pop(name), name, chunk, settings), contract_table(name))
        spoilt, log = inject_defects(spoiling, shaped, settings.defect_rate)
        truths["defects"].write(log.with_columns(pl.col("row_number") + writers[name].rows))
        writers[name].write(spoilt)
    write_truth(chunk, truths)


def make_chunk(
    randoms: dict[str, np.random.Generator], settings: SyntheticSettings, window: Window, places: Places,
    facts: ConditionFacts, first: int, count: int,
) -> Chunk:  # fmt: skip
    """The persons of a chunk with everything that happens to them."""
    people = draw_people(randoms["people"], places, window, first, count, settings.seed)
    rates = build_rates(people, facts)
    onset = draw_onsets(randoms["illness"], people, facts, rates, window.index_day)
    course = run_process(randoms["process"], people, facts, rates, onset, window)
    onset[onset > course.death_day[:, None]] = NEVER  # what would have begun after death never did
    coded = draw_coded(randoms["coding"], people, places, facts, onset)
    recorded = record_diagnoses(randoms["coding"], people, places, coded, onset, course.end_day)
    return Chunk(people, places, facts, onset, coded, recorded, course)


def make_tables(randoms: dict[str, np.random.Generator], chunk: Chunk, window: Window) -> dict[str, pl.DataFrame]:
    """Every person-level table of a chunk, by person and date."""
    care_home, housebound = draw_homes(randoms["home"], chunk, window)
    unplanned = make_unplanned(randoms["spells"], chunk, window)
    spells = join_spells(unplanned, make_planned(randoms["spells"], chunk, window))
    frames = {
        "person": make_persons(randoms["home"], chunk, window, care_home, housebound),
        "registration": make_registrations(chunk),
        "opt_out": make_opt_outs(randoms["home"], chunk, window),
        "gp_event": make_gp_events(randoms["events"], chunk),
        "gp_prescription": make_prescriptions(randoms["medicines"], chunk),
        "gp_consultation": make_consultations(randoms["contacts"], chunk, housebound),
        "hospital_episode": make_episodes(randoms["spells"], chunk, window, spells),
        "outpatient": make_outpatient(randoms["contacts"], chunk),
        "emergency": make_emergency(randoms["contacts"], chunk, spells),
        "death": make_deaths(randoms["home"], chunk),
    }
    rank = chunk.people.ids.rank("ordinal").cast(pl.Int64)
    return {name: order_rows(frame, chunk, rank) for name, frame in frames.items()}


def order_rows(frame: pl.DataFrame, chunk: Chunk, rank: pl.Series) -> pl.DataFrame:
    """Rows by person id and first date; equal ones stay as they were made, which the seed fixes."""
    dated = next((name for name, kind in frame.schema.items() if kind in (pl.Date, pl.Datetime)), None)
    key = rank.gather(frame["person"]).to_numpy() * 10**6
    if dated is not None:
        key = key + frame[dated].cast(pl.Date).to_physical().fill_null(0).to_numpy() + 10**5
    ordered = frame[np.argsort(key, kind="stable")]
    return ordered.with_columns(chunk.people.ids.gather(ordered["person"]).alias("person_id"))


def drop_stopped(frame: pl.DataFrame, table: str, chunk: Chunk, settings: SyntheticSettings) -> pl.DataFrame:
    """Without what the stopped practice would have sent in the last months."""
    if not table.startswith("gp_"):
        return frame
    stop = step_back(settings.index_date, STOPPED_MONTHS)
    people, person = chunk.people, frame["person"].to_numpy()
    column = "recorded_date" if table == "gp_event" else MAIN_DATES[table]
    day = frame[column].to_numpy().astype("datetime64[D]").astype(np.int64)
    practice = np.where(day < people.move_day[person], people.former[person], people.practice[person])
    late = day >= np.datetime64(stop, "D").astype(np.int64)
    return frame.filter(~((practice == chunk.places.stopped) & late))


def log_stopped_feed(index_date: date, places: Places) -> pl.DataFrame:
    """The one coverage defect: the practice and the last day of its feed."""
    last = step_back(index_date, STOPPED_MONTHS) - timedelta(days=1)
    detail = f"{places.codes[places.stopped]} until {last.isoformat()}"
    row = {"table": ["gp_event"], "row_number": [None], "kind": ["feed_stopped"], "detail": [detail]}
    return pl.DataFrame(row, schema=DEFECT_SCHEMA)


def write_truth(chunk: Chunk, truths: dict[str, TableWriter]) -> None:
    """What is true of the chunk's persons, whatever the records say."""
    ids = chunk.people.ids
    pattern = pl.DataFrame(
        {"person_id": ids, "pattern": pl.Series(PATTERNS).gather(chunk.people.pattern), "frailty": chunk.people.frailty}
    )
    truths["pattern"].write(pattern.sort("person_id"))
    person, condition = np.nonzero(chunk.onset < NEVER)
    onset = pl.DataFrame(
        {
            "person_id": ids.gather(person),
            "condition": pl.Series(chunk.facts.keys).gather(condition),
            "onset_date": to_dates(chunk.onset[person, condition]),
            "is_coded": chunk.recorded[person, condition] < NEVER,
        }
    )
    truths["onset"].write(onset.sort("person_id", "condition"))
    risks = [
        pl.DataFrame({"person_id": ids, "as_of": to_dates(np.full(len(ids), day)), "probability": risk}).filter(
            pl.col("probability").is_not_nan()
        )
        for day, risk in sorted(chunk.course.risk.items())
    ]
    truths["risk"].write(pl.concat(risks).sort("as_of", "person_id"))
