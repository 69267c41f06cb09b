"""What an ICB receives month by month: the same synthetic people, who join, leave, die, move and opt out.

Everything is drawn from the seed, so that a month can be delivered again. Joining, leaving, dying and moving are those
of the synthetic population, seen month by month; a merger, opt-outs, late entries and a name that must never be seen
are added here.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from math import ceil
from pathlib import Path

import polars as pl

from benchmarks.as_known import read_known

CANARY = "CANARYCLINICIAN"
LAST_DAY = date(2026, 10, 1)
LEAVERS_STAY = 183  # days after which a practice no longer sends somebody who has left or died
OPT_OUT_SHARE, RETURN_SHARE = 0.004, 0.25  # of everybody in a month; of those who opted out, six months later
LATE_SHARE = 0.003  # entries of the last year that a practice sends late, and as many that it withdraws
SEED = 20261122


@dataclass(frozen=True)
class Plan:
    """Months, from 1, of what happens; None where it does not."""

    months: int = 24
    merger: int | None = 7
    failing: int | None = 4
    corrected: int | None = 10
    codelists: int | None = 13
    missed: int | None = 16
    rotation: int | None = 19

    @classmethod
    def over(cls, months: int) -> "Plan":
        """The same things, closer together where there are fewer months. Eight are the fewest that keep them apart."""
        usual = cls()
        at = {name: ceil(month * months / usual.months) for name, month in vars(usual).items() if name != "months"}
        return cls(months, **at)

    def day(self, number: int) -> date:
        """Index date of a month: the last of them is that of the synthetic people."""
        count = LAST_DAY.year * 12 + LAST_DAY.month - 1 - (self.months - number)
        return date(count // 12, count % 12 + 1, 1)


@dataclass(frozen=True)
class World:
    """`source`: extracts of everybody up to the last month."""

    source: Path
    plan: Plan

    @property
    def merged(self) -> tuple[str, str]:
        """The practice that ends in the merger, and the one that takes its people over."""
        practices = pl.read_parquet(self.source / "organisation.parquet")["practice_code"].unique().sort()
        return practices[0], practices[1]

    def deliver(self, target: Path, number: int, *, is_corrected: bool = False) -> dict[str, int]:
        """Write the extracts of a month into `target`; rows by table."""
        target.mkdir(parents=True, exist_ok=True)
        day, rows = self.plan.day(number), {}
        gone = self._list_gone(day)
        for path in sorted(self.source.glob("*.parquet")):
            frame = read_known(self.source, path.stem, day).collect()
            if path.stem == "waiting_list":
                frame = self._shift_waiting(day)
            if "person_id" in frame.columns and path.stem != "opt_out":
                frame = frame.filter(~pl.col("person_id").is_in(gone).fill_null(value=False))
            frame = self._change(path.stem, frame, number, is_corrected=is_corrected)
            frame.write_parquet(target / path.name)
            rows[path.stem] = frame.height
        if self._is_merged(number):
            rows["organisation_succession"] = self._write_succession(target)
        return rows

    def list_opted_out(self, number: int) -> set[str]:
        """Persons who have opted out of every use by a month, beside those who had from the beginning."""
        people = self._list_people()
        return {
            person
            for month in range(1, number + 1)
            for person in _draw(people, OPT_OUT_SHARE, month)
            if not (number - month >= 6 and person in _draw(people, RETURN_SHARE, 1_000))
        }

    def list_known_out(self, number: int) -> set[str]:
        """Of those, whom the other files name as well."""
        sent = read_known(self.source, "person", self.plan.day(number)).select("person_id").collect()["person_id"]
        return self.list_opted_out(number) & set(sent.drop_nulls()) - set(self._list_gone(self.plan.day(number)))

    def _is_merged(self, number: int) -> bool:
        return self.plan.merger is not None and number >= self.plan.merger

    def _list_people(self) -> pl.Series:
        return pl.read_parquet(self.source / "person.parquet")["person_id"].drop_nulls().unique().sort()

    def _list_gone(self, day: date) -> list[str]:
        """People whose every registration ended, or who died, long before the day."""
        before = day - timedelta(days=LEAVERS_STAY)
        stays = pl.read_parquet(self.source / "registration.parquet").group_by("person_id")
        ends = stays.agg(pl.col("registered_to").fill_null(date.max).max().alias("end"))
        dead = pl.read_parquet(self.source / "death.parquet").filter(pl.col("death_date") < before)
        left = ends.filter(pl.col("end") < before)["person_id"]
        return pl.concat([left, dead["person_id"]]).drop_nulls().unique().to_list()

    def _shift_waiting(self, day: date) -> pl.DataFrame:
        """The list of the last month, as long before the day as it was then: only one was drawn."""
        back = (LAST_DAY - day).days
        rows = pl.read_parquet(self.source / "waiting_list.parquet")
        return rows.with_columns(pl.col("clock_start", "snapshot_date") - timedelta(days=back))

    def _change(self, table: str, rows: pl.DataFrame, number: int, *, is_corrected: bool) -> pl.DataFrame:
        if table == "opt_out":
            return self._state_opt_outs(rows, number)
        if table == "gp_consultation":
            return _plant_canary(rows)
        if table == "gp_event" and self.plan.corrected:
            return self._correct(self._merge(table, rows, number), number, is_corrected=is_corrected)
        return self._merge(table, rows, number) if self._is_merged(number) else rows

    def _state_opt_outs(self, rows: pl.DataFrame, number: int) -> pl.DataFrame:
        is_out = pl.col("person_id").is_in(list(self.list_opted_out(number))).fill_null(value=False)
        return rows.with_columns(
            pl.when(is_out).then(pl.lit("dissent")).otherwise("type1").alias("type1"),
            pl.when(is_out).then(pl.lit("opted_out")).otherwise("national").alias("national"),
        )

    def _merge(self, table: str, rows: pl.DataFrame, number: int) -> pl.DataFrame:
        """From the merger on, people and new entries of the one practice are those of the other."""
        if not self._is_merged(number):
            return rows
        old, new = self.merged
        day = self.plan.day(self.plan.merger or 0)
        if table == "organisation":
            end = pl.when(pl.col("practice_code") == old).then(day - timedelta(days=1)).otherwise("effective_to")
            return rows.with_columns(end.alias("effective_to"))
        if table == "person":
            return rows.with_columns(pl.col("practice_code").replace(old, new))
        if table == "registration":
            return _move_registrations(rows, old, new, day)
        if table == "gp_event":
            is_later = pl.coalesce("recorded_date", "event_date") >= day
            code = pl.when(is_later).then(pl.col("practice_code").replace(old, new)).otherwise("practice_code")
            return rows.with_columns(code.alias("practice_code"))
        return rows

    def _correct(self, rows: pl.DataFrame, number: int, *, is_corrected: bool) -> pl.DataFrame:
        """Entries that come late, with the correction, and entries that are withdrawn by it."""
        done = number > (self.plan.corrected or 0) or is_corrected
        place = (pl.struct("person_id", "event_date", "code").hash(SEED) % 100_000) / 100_000
        is_recent = pl.col("event_date") >= self.plan.day(self.plan.corrected or 1) - timedelta(days=365)
        is_late = (place < LATE_SHARE) & is_recent
        is_withdrawn = (place >= 1 - LATE_SHARE) & is_recent
        return rows.filter(~(is_withdrawn if done else is_late).fill_null(value=False))

    def _write_succession(self, target: Path) -> int:
        old, new = self.merged
        day = self.plan.day(self.plan.merger or 0)
        row = {"code": old, "successor_code": new, "effective_date": day, "kind": "merger"}
        pl.DataFrame([{"organisation_type": "practice", **row}]).write_parquet(
            target / "organisation_succession.parquet"
        )
        return 1


def _draw(people: pl.Series, share: float, key: int) -> set[str]:
    """A share of the people, the same whenever it is drawn with the same key."""
    place = (people.hash(SEED + key) % 100_000) / 100_000
    return set(people.filter(place < share))


def _plant_canary(rows: pl.DataFrame) -> pl.DataFrame:
    """One clinician has a name that must be seen nowhere."""
    clinicians = rows["clinician_id"].drop_nulls().unique().sort()
    return rows.with_columns(pl.col("clinician_id").replace(clinicians[0], CANARY)) if len(clinicians) else rows


def _move_registrations(rows: pl.DataFrame, old: str, new: str, day: date) -> pl.DataFrame:
    """A registration that stands on the day ends at the one practice and begins at the other."""
    stands = (pl.col("practice_code") == old) & (pl.col("registered_to") >= day).fill_null(value=True)
    is_later = stands & (pl.col("registered_from") >= day)
    is_moved = (stands & ~is_later).fill_null(value=False)
    moved = rows.filter(is_moved).with_columns(pl.lit(new).alias("practice_code"), pl.lit(day).alias("registered_from"))
    stayed = rows.with_columns(
        pl.when(is_moved).then(pl.lit(day - timedelta(days=1))).otherwise("registered_to").alias("registered_to"),
        pl.when(is_later).then(pl.lit(new)).otherwise("practice_code").alias("practice_code"),
    )
    return pl.concat([stayed, moved])
