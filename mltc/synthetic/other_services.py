"""Contacts with mental health and community services."""

import numpy as np
import polars as pl

from mltc.synthetic.arrays import NEVER, Bools, Floats, draw_by_row, to_dates
from mltc.synthetic.chunk import Chunk

MENTAL = ("depression", "anxiety", "schizophrenia", "bipolar_disorder", "ptsd", "eating_disorder", "dementia")
MENTAL_PROVIDERS, COMMUNITY_PROVIDERS = ("RZ9M",), ("RZ9C", "RZ9D")  # made up
MENTAL_SERVICES = ("Adult community mental health", "Talking therapies", "Crisis resolution", "Older people")
COMMUNITY_SERVICES = ("District nursing", "Podiatry", "Physiotherapy", "Community rehabilitation", "Diabetes team")
STATUSES = ("attended", "dna", "cancelled", None)
UNTOLD = 0.004  # contacts of which nothing says whether they were kept (assumption)
CANCELLED = 0.06


def make_mental_health_contacts(random: np.random.Generator, chunk: Chunk) -> pl.DataFrame:
    """Rows of `mental_health_contact`: a third of people with a mental condition is under a service (assumption)."""
    held = np.zeros(chunk.people.count, dtype=np.int64)
    for key in MENTAL:
        position = chunk.facts.position(key)
        held += (chunk.recorded[:, position] < NEVER) if position >= 0 else 0
    under: Bools = (held > 0) & (random.random(chunk.people.count) < 0.33)
    yearly = under * 4.0 * random.gamma(1.0, 1.0, chunk.people.count)
    return make_contacts(random, chunk, yearly, MENTAL_SERVICES, MENTAL_PROVIDERS, 0.18)


def make_community_contacts(random: np.random.Generator, chunk: Chunk) -> pl.DataFrame:
    """Rows of `community_contact`: more with age, frailty and conditions (assumption)."""
    age = chunk.people.age_on(chunk.middle)
    chance = 0.03 + 0.006 * np.maximum(age - 55, 0) + 0.04 * np.minimum(chunk.condition_count, 6)
    under = random.random(chunk.people.count) < chance
    yearly = under * 5.0 * np.exp(0.3 * chunk.people.frailty) * random.gamma(1.0, 1.0, chunk.people.count)
    return make_contacts(random, chunk, yearly, COMMUNITY_SERVICES, COMMUNITY_PROVIDERS, 0.06)


def make_contacts(
    random: np.random.Generator, chunk: Chunk, yearly: Floats, services: tuple[str, ...], providers: tuple[str, ...],
    missed: float,
) -> pl.DataFrame:  # fmt: skip
    """At most one contact a day; some people miss many, others none, around a share of `missed`."""
    person, day = chunk.scatter_once(random, yearly)
    own = np.minimum(missed * random.gamma(1.0, 1.0, chunk.people.count), 0.8)[person]
    chances = np.column_stack(
        [1 - own * (1 - CANCELLED) - CANCELLED - UNTOLD, own * (1 - CANCELLED), own * 0 + CANCELLED, own * 0 + UNTOLD]
    )
    return pl.DataFrame(
        {
            "person": person,
            "contact_date": pl.Series(to_dates(day)).cast(pl.Date),
            "service": pl.Series(services).gather(random.integers(0, len(services), len(person))),
            "provider_code": pl.Series(providers).gather(random.integers(0, len(providers), len(person))),
            "status": pl.Series(STATUSES, dtype=pl.String).gather(draw_by_row(random, np.maximum(chances, 0))),
        }
    )
