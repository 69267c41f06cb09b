"""Makes the people of a synthetic ICB chunk by chunk; each chunk has a seed of its own."""

import os
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import polars as pl

from mltc.synthetic.arrays import NEVER, Bools, Ints, to_dates
from mltc.synthetic.attendances import make_emergency, make_outpatient
from mltc.synthetic.care import NO_CODE
from mltc.synthetic.chunk import Chunk
from mltc.synthetic.contacts import make_consultations
from mltc.synthetic.defects import MAIN_DATES, inject_defects
from mltc.synthetic.entries import Entries, join_entries
from mltc.synthetic.facts import ConditionFacts, load_condition_facts
from mltc.synthetic.gp_diagnoses import draw_gp_entries, draw_resolutions
from mltc.synthetic.gp_events import make_gp_events
from mltc.synthetic.hospital import diagnose_spells, list_hospital_entries, make_deaths, make_episodes
from mltc.synthetic.illness import build_rates, draw_onsets
from mltc.synthetic.known import draw_known
from mltc.synthetic.medicines import make_prescriptions
from mltc.synthetic.need_truth import tell_needs
from mltc.synthetic.need_written import gather_written
from mltc.synthetic.needs import NEED_STREAMS, NEED_TABLES, make_need_rows, merge_rows
from mltc.synthetic.people import draw_people, find_practices
from mltc.synthetic.places import Places, make_places
from mltc.synthetic.process import run_process
from mltc.synthetic.registers import draw_homes, make_opt_outs, make_persons, make_registrations
from mltc.synthetic.settings import SyntheticSettings
from mltc.synthetic.spells import join_spells, make_planned, make_unplanned
from mltc.synthetic.spoilers import Spoiling
from mltc.synthetic.truth import STOPPED_MONTHS, make_truth
from mltc.synthetic.window import Window, make_window, step_back
from mltc.synthetic.writing import contract_table, shape_frame

CHUNK_PERSONS = 25_000
MOST_WORKERS = 4  # a chunk of 60 months takes half a gigabyte
TABLES = (
    "person", "registration", "opt_out", "gp_event", "gp_prescription", "gp_consultation",
    "hospital_episode", "outpatient", "emergency", "death", *NEED_TABLES,
)  # fmt: skip
STREAMS = (
    "people", "illness", "process", "coding", "home", "events", "contacts", "medicines", "spells", "defects",
    *NEED_STREAMS,  # new ones at the end, so that those before them stay what they were
)  # fmt: skip


@dataclass(frozen=True)
class Plan:
    """What every chunk shares; made from the settings alone."""

    settings: SyntheticSettings
    window: Window
    places: Places
    facts: ConditionFacts


@dataclass(frozen=True)
class SpoiltChunk:
    """The tables of one chunk with the contract's columns and defects, and the truth behind them."""

    tables: dict[str, pl.DataFrame]
    truths: dict[str, pl.DataFrame]


def make_plan(settings: SyntheticSettings) -> Plan:
    """Window, places and facts of a synthetic ICB."""
    return Plan(
        settings=settings,
        window=make_window(settings.index_date, settings.months),
        places=make_places(np.random.default_rng([settings.seed, 0]), settings.persons),
        facts=load_condition_facts(),
    )


def make_spoilt_chunks(plan: Plan, workers: int | None) -> Iterator[SpoiltChunk]:
    """All chunks in order, made by `workers` threads while the caller writes the one before.

    Threads, because most of the time goes into NumPy and polars, which let other threads run, and a chunk then
    reaches the writer without a copy. As many chunks as there are workers are held at once, and the one that is
    being written.
    """
    workers = workers or min(os.cpu_count() or 1, MOST_WORKERS)
    held: deque[Future[SpoiltChunk]] = deque()
    pool = ThreadPoolExecutor(workers, thread_name_prefix="chunk")
    try:
        for number in range(-(-plan.settings.persons // CHUNK_PERSONS)):
            if len(held) > workers - 1:
                yield held.popleft().result()
            held.append(pool.submit(make_spoilt_chunk, plan, number))
        while held:
            yield held.popleft().result()
    finally:
        pool.shutdown(cancel_futures=True)


def make_spoilt_chunk(plan: Plan, number: int) -> SpoiltChunk:
    """Makes and spoils one chunk of persons; row numbers of its log count within the chunk."""
    settings, window = plan.settings, plan.window
    seeds = np.random.SeedSequence([settings.seed, number + 1]).spawn(len(STREAMS))
    randoms = {name: np.random.default_rng(seed) for name, seed in zip(STREAMS, seeds, strict=True)}
    first = number * CHUNK_PERSONS
    count = min(CHUNK_PERSONS, settings.persons - first)
    chunk = make_chunk(randoms, settings, window, plan.places, plan.facts, first, count)
    tables, entries, added, needs = make_tables(randoms, chunk, settings, window)
    entries = entries.keep(~(entries.is_gp & find_stopped(entries.person, entries.known, chunk, settings)))
    births = pl.DataFrame({"person_id": chunk.people.ids, "birth_date": to_dates(chunk.people.birth_day)})
    deaths = tables["death"].select("person_id", "death_date")
    as_text = settings.file_format == "csv"
    logs = []
    rank = rank_persons(chunk)
    for name in TABLES:
        spoiling = Spoiling(randoms["defects"], name, births, deaths, window.index_day, as_text)
        sent = drop_stopped(tables.pop(name), name, chunk, settings)
        tables[name], log = inject_defects(spoiling, shape_frame(sent, contract_table(name)), settings.defect_rate)
        if name in added:
            more = drop_stopped(added.pop(name), name, chunk, settings)
            shaped = shape_frame(more, contract_table(name))
            tables[name], log = merge_rows(tables[name], log, key_rows(sent, rank), shaped, key_rows(more, rank))
        logs.append(log)
        if name == "person":  # who has no right birth date any more cannot be told from one born later
            births = births.join(tables[name], on=["person_id", "birth_date"], how="semi")
    truths = {**make_truth(chunk, window, settings.index_date, entries), "need": needs, "defects": pl.concat(logs)}
    return SpoiltChunk(tables, truths)


def make_chunk(
    randoms: dict[str, np.random.Generator], settings: SyntheticSettings, window: Window, places: Places,
    facts: ConditionFacts, first: int, count: int,
) -> Chunk:  # fmt: skip
    """The persons of a chunk with everything that happens to them."""
    people = draw_people(randoms["people"], places, window, first, count, settings.seed)
    rates = build_rates(people, facts)
    onset = draw_onsets(randoms["illness"], people, facts, rates, window.index_day)
    known = draw_known(randoms["coding"], people, places, facts, onset)
    course = run_process(randoms["process"], people, facts, rates, onset, known, window)
    onset[onset > course.death_day[:, None]] = NEVER  # what would have begun after death never did
    coded = known.coded & (onset < NEVER)
    recorded = np.where(known.conditions < course.end_day[:, None], known.conditions, NEVER)
    resolved, ended = draw_resolutions(randoms["coding"], facts, recorded, course.start_day, course.end_day)
    return Chunk(people, places, facts, onset, coded, recorded, resolved, ended, known.deficits.days, course)


def make_tables(
    randoms: dict[str, np.random.Generator], chunk: Chunk, settings: SyntheticSettings, window: Window
) -> tuple[dict[str, pl.DataFrame], Entries, dict[str, pl.DataFrame], pl.DataFrame]:
    """Every person-level table of a chunk, by person and date, and which of their records code a condition.

    Then the rows that are put into three of these tables once they have their defects, and the truth of needs.
    """
    care_home, housebound = draw_homes(randoms["home"], chunk, window)
    unplanned = make_unplanned(randoms["spells"], chunk, window)
    spells = join_spells(unplanned, make_planned(randoms["spells"], chunk, window))
    diagnosed = diagnose_spells(randoms["spells"], chunk, spells)
    first, again = draw_gp_entries(randoms["events"], chunk)
    frames = {
        "person": make_persons(randoms["home"], chunk, window, care_home, housebound),
        "registration": make_registrations(chunk),
        "opt_out": make_opt_outs(randoms["home"], chunk, window),
        "gp_event": make_gp_events(randoms["events"], chunk, first, again),
        "gp_prescription": make_prescriptions(randoms["medicines"], chunk),
        "gp_consultation": make_consultations(randoms["contacts"], chunk, housebound),
        "hospital_episode": make_episodes(randoms["spells"], chunk, window, spells, diagnosed),
        "outpatient": make_outpatient(randoms["contacts"], chunk),
        "emergency": make_emergency(randoms["contacts"], chunk, spells),
        "death": make_deaths(randoms["home"], chunk),
    }
    needs = make_need_rows(randoms, chunk, window, spells, frames)
    truth = tell_needs(gather_written(chunk, settings, window, spells, diagnosed, frames, needs))
    rank = rank_persons(chunk)
    ordered = {name: order_rows(frame, chunk, rank) for name, frame in {**frames, **needs.tables}.items()}
    added = {name: order_rows(keep_carried(frame, settings), chunk, rank) for name, frame in needs.added.items()}
    return ordered, join_entries([first, again, list_hospital_entries(spells, diagnosed)]), added, truth


def keep_carried(frame: pl.DataFrame, settings: SyntheticSettings) -> pl.DataFrame:
    """Added entries as the layout can carry them: only the contract's own says which terminology a code is of."""
    if settings.layout == "canonical" or "code_system" not in frame.columns:
        return frame
    foreign = pl.when(pl.col("code_system") != "snomed")
    return frame.with_columns(
        code=foreign.then(pl.lit(NO_CODE)).otherwise("code"),
        code_system=foreign.then(pl.lit("snomed")).otherwise("code_system"),
    )


def rank_persons(chunk: Chunk) -> pl.Series:
    """Place of each person of the chunk by id, from 1."""
    return chunk.people.ids.rank("ordinal").cast(pl.Int64)


def key_rows(frame: pl.DataFrame, rank: pl.Series) -> Ints:
    """A number per row that rises by person id and first date."""
    dated = next((name for name, kind in frame.schema.items() if kind in (pl.Date, pl.Datetime)), None)
    key = rank.gather(frame["person"]).to_numpy() * 10**6
    if dated is not None:
        key = key + frame[dated].cast(pl.Date).to_physical().fill_null(0).to_numpy() + 10**5
    return np.asarray(key, dtype=np.int64)


def order_rows(frame: pl.DataFrame, chunk: Chunk, rank: pl.Series) -> pl.DataFrame:
    """Rows by person id and first date; equal ones stay as they were made, which the seed fixes."""
    # one piece: gathering text from many is slow
    ordered = frame.rechunk()[np.argsort(key_rows(frame, rank), kind="stable")]
    return ordered.with_columns(chunk.people.ids.gather(ordered["person"]).alias("person_id"))


def drop_stopped(frame: pl.DataFrame, table: str, chunk: Chunk, settings: SyntheticSettings) -> pl.DataFrame:
    """Without what the stopped practice would have sent in the last months."""
    if not table.startswith("gp_"):
        return frame
    column = "recorded_date" if table == "gp_event" else MAIN_DATES[table]
    day = frame[column].to_numpy().astype("datetime64[D]").astype(np.int64)
    return frame.filter(~find_stopped(frame["person"].to_numpy(), day, chunk, settings))


def find_stopped(person: Ints, day: Ints, chunk: Chunk, settings: SyntheticSettings) -> Bools:
    """GP entries that never came, because the practice of the day had stopped; none where there are no defects."""
    stop = step_back(settings.index_date, STOPPED_MONTHS) if settings.defect_rate else settings.index_date
    late = day >= np.datetime64(stop, "D").astype(np.int64)
    return np.asarray(late & (find_practices(chunk.people, person, day) == chunk.places.stopped), dtype=np.bool_)
