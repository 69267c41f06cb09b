"""The people of one chunk with everything that happens to them, before any record of it is written."""

from dataclasses import dataclass

import numpy as np

from mltc.synthetic.arrays import DAY_SPAN, Bools, Floats, Ints, draw_days, expand_counts
from mltc.synthetic.facts import ConditionFacts
from mltc.synthetic.people import DAYS_A_YEAR, People
from mltc.synthetic.places import Places
from mltc.synthetic.process import Course


@dataclass(frozen=True)
class Chunk:
    """Everything that is known of one chunk when its records are written.

    coded: (persons, conditions) condition has a code in the GP record. recorded: day of that first entry,
    NEVER where there is none before the person's records end. resolved: day on which the GP record says that the
    condition is over; ended: the same day where it did not come back, from which nobody codes or treats it.
    deficit_days: (persons, deficits) day of the first record of each deficit of `data/deficits.csv`.
    """

    people: People
    places: Places
    facts: ConditionFacts
    onset: Ints
    coded: Bools
    recorded: Ints
    resolved: Ints
    ended: Ints
    deficit_days: Ints
    course: Course

    @property
    def years(self) -> Floats:
        """Person-years in the window."""
        length = np.maximum(self.course.end_day - self.course.start_day, 0)
        return np.asarray(length / DAYS_A_YEAR, dtype=np.float64)

    @property
    def middle(self) -> Ints:
        """Middle day of each person's records."""
        return (self.course.start_day + np.maximum(self.course.end_day, self.course.start_day)) // 2

    @property
    def condition_count(self) -> Ints:
        """Coded conditions half-way through the person's records."""
        return np.asarray((self.recorded < self.middle[:, None]).sum(axis=1), dtype=np.int64)

    def find_active(self, person: Ints, day: Ints) -> Bools:
        """(rows, conditions): the person has the condition on the day, and may have it written down."""
        return (self.onset[person] <= day[:, None]) & (self.ended[person] > day[:, None])

    def scatter(self, random: np.random.Generator, yearly: Floats) -> tuple[Ints, Ints]:
        """Person and day of Poisson events at a yearly rate per person, inside the person's records."""
        counts = random.poisson(np.maximum(yearly, 0) * self.years)
        person, _ = expand_counts(counts)
        return person, draw_days(random, self.course.start_day[person], self.course.end_day[person] - 1)

    def scatter_once(self, random: np.random.Generator, yearly: Floats) -> tuple[Ints, Ints]:
        """As `scatter`, but at most once per person and day, by person and day."""
        person, day = self.scatter(random, yearly)
        person, day = np.divmod(np.unique(person * DAY_SPAN + day), DAY_SPAN)
        return person, day
