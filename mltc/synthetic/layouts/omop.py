"""The synthetic ICB as an OMOP Common Data Model 5.4."""

from pathlib import Path

import polars as pl

from mltc.synthetic.layouts import omop_clinical as clinical
from mltc.synthetic.layouts import omop_persons as people
from mltc.synthetic.layouts import omop_visits as visits
from mltc.synthetic.layouts.files import FileLayout, day_text
from mltc.synthetic.layouts.local import LOCAL, NATIONAL, add_local
from mltc.synthetic.layouts.omop_vocabulary import Vocabulary, number_persons
from mltc.synthetic.layouts.registry import Counter
from mltc.synthetic.settings import SyntheticSettings

CDM = "omop"
CARRIED = ("person", *NATIONAL)


class OmopLayout(FileLayout):
    """Tables of the CDM as files, with the concepts that they use.

    Every GP entry belongs to a visit on the day on which it was recorded. Admission method, patient class,
    discharge method, attendance and department have no column in the CDM: visit_source_value holds them. It has
    no place for registrations with a practice, opt-outs, missed GP contacts, deprivation, care homes and
    practices: those lie in `local/` as canonical files (deprivation and care home as `address`). Who is housebound
    and what things cost is not written.
    """

    def __init__(self, folder: Path, settings: SyntheticSettings) -> None:
        super().__init__(folder, settings)
        self.index_date = settings.index_date
        self.vocabulary = Vocabulary()
        self.counters: dict[str, Counter] = {}

    def write(self, chunk_tables: dict[str, pl.DataFrame]) -> None:
        """Adds the rows of a chunk to every file."""
        add_local(self.files, chunk_tables, CARRIED)
        if "person" not in chunk_tables:
            return
        tables = {name: number_frame(chunk_tables[name]) for name in CARRIED}
        self.add_persons(tables["person"])
        self.add_inpatients(tables["hospital_episode"])
        self.add_visits(visits.describe_appointments(tables["outpatient"]))
        self.add_emergencies(tables["emergency"])
        self.add_entries(tables["gp_event"])
        self.add_medicines(tables["gp_prescription"])
        self.files.add(f"{CDM}/death", clinical.shape_deaths(tables["death"]))

    def close(self) -> None:
        """Writes what the rows refer to, and ends all files."""
        self.vocabulary.write(self.files, CDM)
        super().close()

    def add(self, table: str, frame: pl.DataFrame) -> pl.Series:
        """Adds rows to a table with the next `<table>_id` before them; the numbers given."""
        numbers = self.counters.setdefault(table, Counter()).take(len(frame))
        self.files.add(f"{CDM}/{table}", frame.select(numbers.alias(f"{table}_id"), pl.all()))
        return numbers

    def date(self, days: pl.Series) -> pl.Series:
        """Days as the file format has them."""
        return day_text(days) if self.files.file_format == "csv" else days.cast(pl.Date)

    def prepare(self, frame: pl.DataFrame, day: str, system: str | pl.Series, codes: pl.Series) -> pl.DataFrame:
        """The frame with `on` and `concept`."""
        if isinstance(system, str):
            system = pl.Series([system], dtype=pl.String).new_from_index(0, len(frame))
        concept = self.vocabulary.number_codes(system, codes)
        return frame.with_columns(self.date(frame[day]).alias("on"), concept.alias("concept"))

    def add_persons(self, frame: pl.DataFrame) -> None:
        """Persons, as often as they come, and once each what is known of them elsewhere."""
        self.files.add(f"{CDM}/person", people.shape_persons(frame, self.vocabulary))
        once = frame.unique("person_id", keep="first", maintain_order=True)
        self.add("observation_period", people.shape_periods(once, self.index_date))
        self.files.add(f"{LOCAL}/address", people.shape_addresses(once))

    def add_visits(self, described: pl.DataFrame) -> pl.Series:
        """Visits; the numbers given."""
        start, end = self.date(described["start"]), self.date(described["end"])
        doctor = self.vocabulary.specialties.number(described["specialty"])
        site = self.vocabulary.sites.number(described["site"])
        return self.add("visit_occurrence", visits.shape_visits(described, start, end, doctor, site))

    def add_inpatients(self, episodes: pl.DataFrame) -> None:
        """Spells as visits, episodes as their details, diagnoses and procedures."""
        spells = visits.find_spells(episodes)
        numbered = spells.with_columns(self.add_visits(visits.describe_spells(spells)).alias("visit_occurrence_id"))
        keys = list(visits.SPELL)
        known = numbered.select(*keys, "visit_occurrence_id")
        found = episodes.join(known, on=keys, how="left", nulls_equal=True, maintain_order="left")
        start, end = self.date(found["episode_start"]), self.date(found["episode_end"])
        doctor = self.vocabulary.specialties.number(found["specialty"])
        site = self.vocabulary.sites.number(found["provider_code"])
        details = self.add("visit_detail", visits.shape_details(found, start, end, doctor, site))
        found = found.with_columns(details.alias("visit_detail_id"), pl.col("admission_date").alias("day"))
        listed = list_codes(found, "diagnoses")
        coded = self.prepare(listed, "day", "icd10", clinical.dot_codes(listed["code"]))
        self.add("condition_occurrence", clinical.shape_diagnoses(coded, is_standard=False))
        listed = list_codes(found, "procedures")
        coded = self.prepare(listed, "day", "opcs4", listed["code"])
        self.add("procedure_occurrence", clinical.shape_procedures(coded))

    def add_emergencies(self, frame: pl.DataFrame) -> None:
        """Attendances as visits, and their diagnoses."""
        numbers = self.add_visits(visits.describe_attendances(frame)).alias("visit_occurrence_id")
        listed = list_codes(
            frame.with_columns(numbers, clinical.NO_DETAIL, pl.col("arrival_at").alias("day")), "diagnoses"
        )
        coded = self.prepare(listed, "day", "snomed", listed["code"])
        self.add("condition_occurrence", clinical.shape_diagnoses(coded, is_standard=True))

    def add_entries(self, events: pl.DataFrame) -> None:
        """GP entries, each with the visit of the day on which it was recorded."""
        keys = ["person_id", "recorded_date", "practice_code"]
        contacts = events.unique(keys, keep="first", maintain_order=True).select(keys)
        visit = self.add_visits(visits.describe_contacts(contacts)).alias("visit_occurrence_id")
        found = events.join(contacts.with_columns(visit), on=keys, how="left", nulls_equal=True, maintain_order="left")
        coded = self.prepare(found, "event_date", found["code_system"], found["code"])
        conditions, measurements, observations = clinical.split_entries(coded)
        self.add("condition_occurrence", clinical.shape_conditions(conditions))
        self.add("measurement", clinical.shape_measurements(measurements))
        self.add("observation", clinical.shape_observations(observations))

    def add_medicines(self, frame: pl.DataFrame) -> None:
        """Issues of medicines."""
        self.vocabulary.learn_names(frame["code"], frame["name"])
        coded = self.prepare(frame, "issue_date", frame["code_system"], frame["code"])
        self.add("drug_exposure", clinical.shape_medicines(coded))


def number_frame(frame: pl.DataFrame) -> pl.DataFrame:
    """A canonical table with person numbers in place of pseudonyms, which become `pseudonym`."""
    numbers = number_persons(frame["person_id"])
    return frame.rename({"person_id": "pseudonym"}).with_columns(numbers.alias("person_id"))


def list_codes(frame: pl.DataFrame, column: str) -> pl.DataFrame:
    """One row per code of a list column, with its position from 1."""
    kept = ["person_id", "visit_occurrence_id", "visit_detail_id", "day"]
    positions = pl.int_ranges(1, pl.col(column).list.len() + 1, dtype=pl.Int64).alias("position")
    listed = frame.filter(pl.col(column).list.len() > 0)
    return listed.select(*kept, pl.col(column).alias("code"), positions).explode("code", "position")
