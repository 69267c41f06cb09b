"""Fits `hazard_scale` and `imd_ratio` in `data/conditions.csv`.

Run `python -m mltc.synthetic.calibration` after a change to the generator or to the targets. A large synthetic
population is run with the current figures, again and again with other people. Each scale is multiplied by how far the
GP coded prevalence among people alive and registered at the index date is from `target_percent`, and each deprivation
ratio by how far the gradient at equal age is from that of the condition's register in `data/published_registers.csv`,
until both settle. Ratios of conditions without a register stay.
"""

from dataclasses import replace

import numpy as np
import polars as pl

from mltc.synthetic.arrays import NEVER, Floats
from mltc.synthetic.facts import DATA, ConditionFacts, load_condition_facts
from mltc.synthetic.illness import build_rates, draw_onsets
from mltc.synthetic.known import draw_known
from mltc.synthetic.marginals import Registered, fit_gradient, read_published
from mltc.synthetic.people import draw_people
from mltc.synthetic.places import make_places
from mltc.synthetic.process import run_process
from mltc.synthetic.settings import SyntheticSettings
from mltc.synthetic.window import make_window

ROUNDS = 8
FULL_STEPS = 3  # rounds before the steps are halved, so that the last ones average out chance
CHUNKS = 6
CHUNK_PERSONS = 50_000
FITTED = ("hazard_scale", "imd_ratio")


def draw_registered(facts: ConditionFacts, chunks: int, persons: int, seed: int) -> Registered:
    """People alive and registered at the index date, with what the GP record codes."""
    settings = SyntheticSettings()
    window = make_window(settings.index_date, settings.months)
    places = make_places(np.random.default_rng([seed, 0]), chunks * persons)
    parts = []
    for chunk in range(chunks):
        random = np.random.default_rng([seed, chunk + 1])
        people = draw_people(random, places, window, chunk * persons, persons, seed)
        rates = build_rates(people, facts)
        onset = draw_onsets(random, people, facts, rates, window.index_day)
        known = draw_known(random, people, places, facts, onset)
        course = run_process(random, people, facts, rates, onset, known, window)
        here = (course.death_day == NEVER) & (people.leave_day == NEVER)
        columns = (people.age_on(window.index_day), people.sex, people.imd, people.practice, known.coded)
        parts.append([column[here] for column in columns])
    age, sex, imd, practice, coded = (np.concatenate(part) for part in zip(*parts, strict=True))
    return Registered(age, sex, imd, practice, coded, facts.keys)


def measure_prevalence(people: Registered, facts: ConditionFacts) -> Floats:
    """GP coded prevalence (percent) of each condition over its target's ages."""
    counted = people.age[:, None] >= facts.column("target_min_age")[None, :]
    return np.asarray(100 * (people.coded & counted).sum(axis=0) / counted.sum(axis=0), dtype=np.float64)


def measure_gradients(people: Registered, facts: ConditionFacts) -> tuple[Floats, Floats]:
    """Log deprivation ratio of each condition's register, found and published; both 0 where it has none."""
    found, published = np.zeros(len(facts.keys)), np.zeros(len(facts.keys))
    for row in read_published("published_registers").iter_rows(named=True):
        old_enough = people.age >= row["minimum_age"]
        has = people.has_any(row["conditions"])
        slope, _ = fit_gradient(people.age[old_enough], people.imd[old_enough], has[old_enough])
        for key in row["conditions"].split("|"):
            if key in facts.keys and row["is_same_definition"] == "yes":
                found[facts.position(key)] = slope
                published[facts.position(key)] = np.log(row["imd_multiplier"])
    return found, published


def improve(facts: ConditionFacts, people: Registered, step: float) -> ConditionFacts:
    """Facts whose scales and ratios are moved towards their targets; step 1 goes all the way."""
    recall = facts.column("gp_recall")
    target = facts.column("target_percent") / recall / 100
    found = measure_prevalence(people, facts) / recall / 100
    wanted = np.log1p(-np.minimum(target, 0.95)) / np.log1p(-np.clip(found, 1e-6, 0.95))
    scale = facts.column("hazard_scale") * np.clip(wanted, 0.02, 10) ** step
    slope, published = measure_gradients(people, facts)
    ratio = facts.column("imd_ratio") * np.exp(step * (published - slope))
    return replace(facts, table=facts.table.with_columns(hazard_scale=pl.Series(scale), imd_ratio=pl.Series(ratio)))


def fit(facts: ConditionFacts, rounds: int, chunks: int, persons: int, seed: int) -> ConditionFacts:
    """Facts that bring coded prevalence and deprivation gradients to target."""
    for number in range(rounds):
        people = draw_registered(facts, chunks, persons, seed + number)
        facts = improve(facts, people, 1.0 if number < FULL_STEPS else 0.5)
    return facts


def write_fitted() -> None:
    """Fits and writes the two columns back to `data/conditions.csv`."""
    facts = fit(load_condition_facts(), ROUNDS, CHUNKS, CHUNK_PERSONS, 7)
    path = DATA / "conditions.csv"
    table = pl.read_csv(path, infer_schema=False)
    for name in FITTED:
        values = dict(zip(facts.keys, facts.column(name), strict=True))
        texts = [
            f"{values[key]:.6g}" if key in values else old for key, old in table.select("condition", name).iter_rows()
        ]
        table = table.with_columns(pl.Series(name, texts))
    table.write_csv(path)


if __name__ == "__main__":
    write_fitted()
