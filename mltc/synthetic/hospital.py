"""Rows of `hospital_episode` and `death`."""

import numpy as np
import polars as pl

from mltc.synthetic.arrays import NEVER, Bools, Floats, Ints, draw_by_row, draw_from, expand_counts, to_dates
from mltc.synthetic.chunk import Chunk
from mltc.synthetic.diagnoses import draw_diagnoses, gather_lists, style_codes
from mltc.synthetic.entries import Entries
from mltc.synthetic.facts import load_data
from mltc.synthetic.journal import choose_codes
from mltc.synthetic.people import DAYS_A_YEAR
from mltc.synthetic.spells import PROVIDERS, Spells
from mltc.synthetic.window import Window

EPISODE_SHARES = np.array([0.62, 0.28, 0.10])  # one, two, three episodes in a stay of two nights or more


def name_main(random: np.random.Generator, chunk: Chunk, spells: Spells) -> pl.Series:
    """Main diagnosis code of each spell."""
    causes = load_data("acute_causes")["icd10"]
    acute = causes.gather(np.maximum(-1 - spells.primary, 0))
    chronic = choose_codes(random, chunk.facts.icd10, np.maximum(spells.primary, 0), 0.85)
    flags = pl.Series(spells.primary < 0)
    free = pl.select(pl.when(flags).then(acute).otherwise(chronic)).to_series()
    return pl.select(pl.when(spells.fixed != "").then(spells.fixed).otherwise(free)).to_series()


def diagnose_spells(random: np.random.Generator, chunk: Chunk, spells: Spells) -> pl.DataFrame:
    """Diagnoses of every spell (`owner`), the same in each of its episodes."""
    fixed = (spells.fixed != "").to_numpy()
    main = np.maximum(spells.primary, -1)
    recall = chunk.facts.column("hospital_recall")[None, :] * np.where(fixed, 0.7, 1.0)[:, None]
    primary = name_main(random, chunk, spells)
    return draw_diagnoses(random, chunk, spells.person, spells.admission, primary, main, recall)


def list_hospital_entries(spells: Spells, diagnoses: pl.DataFrame) -> Entries:
    """Conditions among the diagnoses, known from the discharge (from the admission while the spell is open)."""
    coded = diagnoses.filter(pl.col("condition") >= 0)
    spell, condition = coded["owner"].to_numpy(), coded["condition"].to_numpy().astype(np.int64)
    day, discharge = spells.admission[spell], spells.discharge[spell]
    known = np.where(discharge == NEVER, day, np.maximum(discharge, day))
    return Entries(spells.person[spell], condition, day, known, np.zeros(len(spell), dtype=np.bool_))


def make_episodes(
    random: np.random.Generator, chunk: Chunk, window: Window, spells: Spells, diagnosed: pl.DataFrame
) -> pl.DataFrame:
    """One row per finished consultant episode, all of them for a spell that is still open too."""
    person, day = spells.person, spells.admission
    diagnoses = style_codes(gather_lists(diagnosed), spells.provider)
    until = np.where(spells.discharge == NEVER, window.index_day, spells.discharge)
    stay = until - day
    count = np.where(stay >= 2, 1 + draw_from(random, EPISODE_SHARES, spells.count), 1)
    spell, order = expand_counts(count)
    last = order == count[spell] - 1
    step = stay[spell] / count[spell]
    start = day[spell] + np.floor(order * step).astype(np.int64)
    end = np.where(last, spells.discharge[spell], day[spell] + np.floor((order + 1) * step).astype(np.int64))
    number = np.arange(spells.count) - np.searchsorted(person, person, side="left")
    ids = chunk.people.ids.gather(person) + "-" + pl.Series(number + 1).cast(pl.String)
    done, died = spells.discharge != NEVER, spells.died
    return pl.DataFrame(
        {
            "person": person[spell],
            "spell_id": ids.gather(spell),
            "episode_order": order + 1,
            "admission_date": to_dates(day[spell]),
            "discharge_date": to_dates(spells.discharge[spell]),
            "episode_start": to_dates(start),
            "episode_end": to_dates(end),
            "admission_method": spells.method.gather(spell),
            "admission_source": pl.Series(["19"]).new_from_index(0, len(spell)),
            "discharge_destination": choose_text(~done, "98", died, "79", "19").gather(spell),
            "discharge_method": choose_text(~done, "8", died, "4", "1").gather(spell),
            "patient_class": spells.patient_class.gather(spell),
            "specialty": spells.specialty.gather(spell),
            "provider_code": pl.Series(PROVIDERS).gather(spells.provider).gather(spell),
            "diagnoses": diagnoses.gather(spell),
            "procedures": list_codes(spells.procedure).gather(spell),
            "cost_gbp": np.round(cost_spells(random, spells, stay)[spell] / count[spell], 2),
        }
    )


def choose_text(first: Bools, yes: str, second: Bools, then: str, otherwise: str) -> pl.Series:
    """`yes` where first, else `then` where second, else `otherwise`."""
    return pl.Series([otherwise, then, yes]).gather(np.where(first, 2, np.where(second, 1, 0)))


def list_codes(code: pl.Series) -> pl.Series:
    """A list of one code, or of none where it is empty."""
    frame = pl.DataFrame({"code": code})
    one, none = pl.concat_list("code"), pl.lit([], dtype=pl.List(pl.String))
    return frame.select(pl.when(pl.col("code") == "").then(none).otherwise(one).alias("code"))["code"]


def cost_spells(random: np.random.Generator, spells: Spells, stay: Ints) -> Floats:
    """Pounds: a start, and a price a night (assumption, order of NHS reference costs)."""
    planned = spells.method.is_in(["11", "12", "13"]).to_numpy()
    base = np.where(planned, np.where(stay > 0, 3200.0, 900.0), 750.0)
    return np.asarray((base + 430.0 * stay) * random.lognormal(0, 0.25, spells.count), dtype=np.float64)


def make_deaths(random: np.random.Generator, chunk: Chunk) -> pl.DataFrame:
    """One row per death while registered; the cause is a condition, the deadlier the likelier, or acute."""
    person = np.flatnonzero(chunk.course.death_day < NEVER)
    day = chunk.course.death_day[person]
    age = (day - chunk.people.birth_day[person]) / DAYS_A_YEAR
    causes = load_data("acute_causes")
    fits = (age[:, None] >= causes["age_from"].to_numpy()) & (age[:, None] < causes["age_to"].to_numpy())
    deadly = causes["icd10"].str.starts_with("R").not_().to_numpy()
    acute = causes["icd10"].gather(draw_by_row(random, fits * deadly * causes["weight"].to_numpy() + 1e-9))
    risk = np.expm1(chunk.facts.column("death_log_ratio"))
    active: Floats = np.where(chunk.find_active(person, day), risk, 0.0)
    main = draw_by_row(random, active)
    use_acute = (random.random(len(person)) < 0.2) | (active.sum(axis=1) == 0)
    main = np.where(use_acute, -1, main)
    chronic = choose_codes(random, chunk.facts.icd10, np.maximum(main, 0), 0.85)
    primary = pl.select(pl.when(pl.Series(use_acute)).then(acute).otherwise(chronic)).to_series()
    recall = np.full((1, len(chunk.facts.keys)), 0.45)
    written = draw_diagnoses(random, chunk, person, day, primary, main, recall)
    plain = style_codes(gather_lists(written), np.zeros(len(person), dtype=np.int64))
    return pl.DataFrame(
        {
            "person": person,
            "death_date": to_dates(day),
            "underlying_cause": plain.list.first(),
            "causes": plain,
        }
    )
