"""What was written of the people of a chunk who are alive and registered on the index date, for the truth of needs.

Days count from 1970-01-01. Nothing here, or in the other modules of the truth of needs, calls the SQL of the product;
codes are looked up in its lists, since a code is all that an entry of the record is.
"""

import calendar
from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl

from mltc.codelists import Codelists
from mltc.synthetic.arrays import NEVER, to_dates
from mltc.synthetic.chunk import Chunk
from mltc.synthetic.needs import NeedRows
from mltc.synthetic.register_truth import find_registered
from mltc.synthetic.settings import SyntheticSettings
from mltc.synthetic.spells import PROVIDERS, UNPLANNED_METHODS, Spells
from mltc.synthetic.window import EPOCH, Window


@dataclass(frozen=True)
class Written:
    """Records of the people of a chunk, `person` being the place in the chunk.

    people: person, person_id, birth_date, age_years, sex, imd_decile, ethnic_category, is_care_home. listed: person,
    list, kind, day, known (from which day) and is_gp for every code of a verified list. values: person, measure, day,
    value. care: person, process, day. tests: person, code, day. issues: person, code, medicine, day, days.
    consultations: person, day, clinician, role, status. spells: person, spell, admission, end (NEVER while in),
    is_unplanned, is_birth, is_day_case, is_open, provider, specialty. diagnoses: person, spell, code and admission, in
    their order. The others are the rows of their tables with `day`.
    """

    codelists: Codelists
    index_date: date
    months: int
    people: pl.DataFrame
    listed: pl.DataFrame
    values: pl.DataFrame
    care: pl.DataFrame
    tests: pl.DataFrame
    issues: pl.DataFrame
    consultations: pl.DataFrame
    outpatient: pl.DataFrame
    emergency: pl.DataFrame
    spells: pl.DataFrame
    diagnoses: pl.DataFrame
    mental_health: pl.DataFrame
    community: pl.DataFrame
    waiting: pl.DataFrame

    @property
    def index_day(self) -> int:
        """The index date as a day."""
        return (self.index_date - EPOCH).days

    def back(self, months: int) -> int:
        """The same day of the month `months` before the index date, the last of a shorter month."""
        number = self.index_date.year * 12 + self.index_date.month - 1 - months
        year, month = number // 12, number % 12 + 1
        day = min(self.index_date.day, calendar.monthrange(year, month)[1])
        return (date(year, month, day) - EPOCH).days

    def within(self, months: int) -> pl.Expr:
        """Rows whose `day` lies in the months up to the index date."""
        return (pl.col("day") > self.back(months)) & (pl.col("day") <= self.index_day)

    def is_known(self, months: int) -> bool:
        """Whether the feeds had begun when so many months before the index date did."""
        return self.months >= months


def gather_written(
    chunk: Chunk, settings: SyntheticSettings, window: Window, spells: Spells, diagnosed: pl.DataFrame,
    frames: dict[str, pl.DataFrame], needs: NeedRows,
) -> Written:  # fmt: skip
    """The records of the people who are alive and registered on the index date."""
    here = pl.Series(find_registered(chunk))
    keep = pl.col("person").is_in(here.arg_true().cast(pl.Int64).implode())
    codelists = chunk.facts.codelists
    narrow = ("person", "code", "code_system", "value", "event_date", "recorded_date")
    entries = frames["gp_event"].select(narrow).filter(keep, pl.col("code_system") == "snomed")
    added = needs.added["gp_event"].select(narrow).filter(keep, pl.col("code_system") == "snomed")
    care = needs.care.filter(keep, pl.col("process").is_not_null()).select("person", "process", "day")
    events = pl.concat([entries, added]).with_columns(day=day_of("event_date"))
    events = events.with_columns(known=pl.max_horizontal("day", day_of("recorded_date")))
    verified = codelists.verified_codes.filter(pl.col("code_system") == "snomed").select("code", "key", "kind")
    coded = events.join(verified, on="code", how="inner")
    listed = coded.select("person", "kind", "day", "known", list="key", is_gp=pl.lit(True))
    processes = codelists.care_processes["key"]
    always = entries.with_columns(day=day_of("event_date")).join(verified.filter(pl.col("kind") == "code"), on="code")
    always = always.filter(pl.col("key").is_in(processes.implode())).select("person", "day", process="key")
    stays = list_spells(spells).filter(keep)
    diagnoses = diagnosed.select(spell=pl.col("owner").cast(pl.Int64), code="code").join(
        stays.select("spell", "person", "admission", "end", "is_open", "is_unplanned"), on="spell", how="inner"
    )
    consultations = pl.concat([frames["gp_consultation"], needs.added["gp_consultation"]]).filter(keep)
    measured = coded.filter(pl.col("kind") == "measure", pl.col("value").is_not_null())
    return Written(
        codelists=codelists,
        index_date=settings.index_date,
        months=settings.months,
        people=describe_people(chunk, window, frames["person"]).filter(keep),
        listed=pl.concat([listed, list_diagnoses(codelists, diagnoses)]),
        values=measured.select("person", "day", "value", measure="key"),
        care=pl.concat([always.select("person", "process", "day"), care]),
        tests=events.select("person", "code", "day"),
        issues=pl.concat([frames["gp_prescription"], needs.added["gp_prescription"]]).filter(keep).select(
            "person", "code", "days", medicine=pl.col("code").str.slice(0, 9), day=day_of("issue_date")
        ),
        consultations=consultations.select(
            "person", "status", clinician="clinician_id", role="clinician_role", day=day_of("consultation_date")
        ),
        outpatient=frames["outpatient"].filter(keep).with_columns(day=day_of("appointment_date")),
        emergency=frames["emergency"].filter(keep).with_columns(day=day_of("arrival_at")),
        spells=stays,
        diagnoses=diagnoses,
        mental_health=needs.tables["mental_health_contact"].filter(keep).with_columns(day=day_of("contact_date")),
        community=needs.tables["community_contact"].filter(keep).with_columns(day=day_of("contact_date")),
        waiting=needs.tables["waiting_list"].filter(keep).with_columns(
            day=day_of("snapshot_date"), clock=day_of("clock_start")
        ),
    )  # fmt: skip


def day_of(column: str) -> pl.Expr:
    """Days since 1970-01-01 of a column of dates or times."""
    return pl.col(column).cast(pl.Date).to_physical().cast(pl.Int64)


def describe_people(chunk: Chunk, window: Window, persons: pl.DataFrame) -> pl.DataFrame:
    """What is known of each person themselves; an unknown home has no decile."""
    born = pl.Series(to_dates(chunk.people.birth_day)).cast(pl.Date)
    today = date.fromordinal(EPOCH.toordinal() + window.index_day)
    before = (born.dt.month().cast(pl.Int64) * 100 + born.dt.day().cast(pl.Int64)) > today.month * 100 + today.day
    return pl.DataFrame(
        {
            "person": np.arange(chunk.people.count),
            "person_id": chunk.people.ids,
            "birth_date": born,
            "age_years": today.year - born.dt.year().cast(pl.Int64) - before.cast(pl.Int64),
            "sex": persons["sex"],
            "imd_decile": pl.select(
                pl.when(persons["lsoa_code"].is_not_null() | persons["imd_decile"].is_not_null()).then(
                    pl.Series(chunk.people.imd)
                )
            ).to_series(),
            "ethnic_category": persons["ethnic_category"],
            "is_care_home": persons["is_care_home"],
        }
    )


def list_spells(spells: Spells) -> pl.DataFrame:
    """One row per spell."""
    return pl.DataFrame(
        {
            "person": spells.person,
            "spell": np.arange(spells.count),
            "admission": spells.admission,
            "end": spells.discharge,
            "is_unplanned": spells.method.is_in(UNPLANNED_METHODS),
            "is_birth": spells.method == "31",
            "is_day_case": spells.patient_class == "2",
            "provider": pl.Series(PROVIDERS).gather(spells.provider),
            "specialty": spells.specialty,
        }
    ).with_columns(is_open=pl.col("end") >= int(NEVER))


def list_diagnoses(codelists: Codelists, diagnoses: pl.DataFrame) -> pl.DataFrame:
    """Hospital diagnoses that lists of ICD-10 prefixes hold, on the day of admission."""
    prefixes = codelists.verified_codes.filter(pl.col("code_system") == "icd10").select("code", "key").rows()
    held = [
        (code, key) for code in diagnoses["code"].unique().sort() for prefix, key in prefixes
        if code.rstrip("X").startswith(prefix.rstrip("X"))
    ]  # fmt: skip
    names = pl.DataFrame(held, {"code": pl.String, "list": pl.String}, orient="row").unique(maintain_order=True)
    found = diagnoses.join(names, on="code", how="inner")
    known = pl.when("is_open").then("admission").otherwise("end")
    return found.select("person", kind=pl.lit("code"), day="admission", known=known, list="list", is_gp=pl.lit(False))
