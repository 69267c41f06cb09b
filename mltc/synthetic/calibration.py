"""Fits `hazard_scale` in `data/conditions.csv`: run `python -m mltc.synthetic.calibration` after a change.

A large synthetic population is run with the current scales; each scale is multiplied by how far the GP coded
prevalence among people alive and registered at the index date is from `target_percent`, until it settles.
"""

from dataclasses import replace

import numpy as np
import polars as pl

from mltc.synthetic.arrays import NEVER, Floats
from mltc.synthetic.coding import draw_coded
from mltc.synthetic.facts import DATA, ConditionFacts, load_condition_facts
from mltc.synthetic.illness import build_rates, draw_onsets
from mltc.synthetic.people import draw_people
from mltc.synthetic.places import make_places
from mltc.synthetic.process import run_process
from mltc.synthetic.settings import SyntheticSettings
from mltc.synthetic.window import make_window

ROUNDS = 6
CHUNKS = 4
CHUNK_PERSONS = 50_000


def measure_prevalence(facts: ConditionFacts, chunks: int, persons: int, seed: int) -> Floats:
    """GP coded prevalence (percent) of each condition at the index date, over its target's ages."""
    settings = SyntheticSettings()
    window = make_window(settings.index_date, settings.months)
    places = make_places(np.random.default_rng([seed, 0]), chunks * persons)
    youngest = facts.column("target_min_age")[None, :]
    with_condition, population = np.zeros(len(facts.keys)), np.zeros(len(facts.keys))
    for chunk in range(chunks):
        random = np.random.default_rng([seed, chunk + 1])
        people = draw_people(random, places, window, chunk * persons, persons, seed)
        rates = build_rates(people, facts)
        onset = draw_onsets(random, people, facts, rates, window.index_day)
        course = run_process(random, people, facts, rates, onset, window)
        here = (course.death_day == NEVER) & (people.leave_day == NEVER)
        counted = here[:, None] & (people.age_on(window.index_day)[:, None] >= youngest)
        with_condition += (counted & draw_coded(random, people, places, facts, onset)).sum(axis=0)
        population += counted.sum(axis=0)
    return np.asarray(100 * with_condition / population, dtype=np.float64)


def fit_scales(facts: ConditionFacts, rounds: int, chunks: int, persons: int, seed: int) -> Floats:
    """Scales that bring the coded prevalence to target."""
    target = facts.column("target_percent") / facts.column("gp_recall") / 100
    for round_number in range(rounds):
        found = measure_prevalence(facts, chunks, persons, seed + round_number)
        found = found / facts.column("gp_recall") / 100
        wanted = np.log1p(-np.minimum(target, 0.95)) / np.log1p(-np.clip(found, 1e-6, 0.95))
        scale = facts.column("hazard_scale") * np.clip(wanted, 0.02, 10) ** (1.0 if round_number < 2 else 0.5)
        facts = replace(facts, table=facts.table.with_columns(pl.Series("hazard_scale", scale)))
    return facts.column("hazard_scale")


def write_scales() -> None:
    """Fits and writes `hazard_scale` back to `data/conditions.csv`."""
    facts = load_condition_facts()
    fitted = dict(zip(facts.keys, fit_scales(facts, ROUNDS, CHUNKS, CHUNK_PERSONS, 7), strict=True))
    path = DATA / "conditions.csv"
    table = pl.read_csv(path, infer_schema=False)
    texts = [f"{fitted[key]:.6g}" if key in fitted else "" for key in table["condition"]]
    table.with_columns(pl.Series("hazard_scale", texts)).write_csv(path)


if __name__ == "__main__":
    write_scales()
