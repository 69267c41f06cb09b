"""Drawn contents for the columns of a layout of which only the header is known."""

import string
from collections.abc import Mapping, Sequence

import numpy as np
import polars as pl

from mltc.contract import load_contract

ROWS = 400
FORMATS = ("%Y-%m-%d", "%Y-%m-%d", "%d/%m/%Y", "%Y%m%d", "%d-%b-%Y", "%Y-%m-%d 00:00:00")
ICD10 = ("I10X", "E119", "J449", "N183", "F329", "I48X", "C509", "M179", "Z867", "J181", "R55X", "K590")
OPCS4 = ("W371", "H221", "G459", "X403", "Z943", "E491", "Y534", "K634")
SNOMED = ("73211009", "38341003", "195967001", "13645005", "49436004", "84114007", "414545008", "230690007", "22298006")
DMD = ("322236009", "319284003", "317334001", "325072002", "329652003", "376698008")
BNF = ("0212000B0AAABAB", "0601022B0AAABAB", "0205051R0AAADAD", "0407010H0AAAMAM")
MEDICINES = (
    "Atorvastatin 20mg tablets",
    "Metformin 500mg tablets",
    "Ramipril 5mg capsules",
    "Paracetamol 500mg tablets",
)
SEXES = (("1", "2"), ("M", "F"), ("Male", "Female"), ("1", "2", "9"))
WORDS = ("Heart failure clinic", "Community nursing team", "Letter received today", "Seen by the nurse")
START = np.datetime64("2019-01-01")


def draw_frame(
    columns: Sequence[str], truth: Mapping[str, Mapping[str, Sequence[str]]], rng: np.random.Generator
) -> pl.DataFrame:
    """A frame of text for a header. `truth`: source columns by table and canonical column; the rest is filler."""
    days = START + rng.integers(0, 2_000, ROWS)
    way = str(rng.choice(FORMATS))
    drawn: dict[str, list[str | None]] = {}
    for table, of_table in truth.items():
        for column, names in of_table.items():
            for name in names:
                if name in columns and name not in drawn:
                    drawn[name] = _draw_column(table, column, days, way, rng)
    for name in columns:
        if name not in drawn:
            drawn[name] = _draw_filler(name, days, way, rng)
    return pl.DataFrame({name: drawn[name] for name in columns}, schema=dict.fromkeys(columns, pl.String))


def _draw_column(table: str, column: str, days: np.ndarray, way: str, rng: np.random.Generator) -> "list[str | None]":
    spec = load_contract()[table].columns[column]
    values = _values(table, column, days, way, rng)
    empty = 0.0 if spec.required else float(rng.choice([0.0, 0.05, 0.3]))
    return _with_gaps(values, empty, rng)


def _values(table: str, column: str, days: np.ndarray, way: str, rng: np.random.Generator) -> list[str]:  # noqa: PLR0911
    spec = load_contract()[table].columns[column]
    shaped = _shaped(table, column, rng)
    if shaped is not None:
        return shaped
    if spec.type in {"date", "timestamp"}:
        later = {"discharge_date": 5, "episode_end": 3, "registered_to": 900, "death_date": 900, "recorded_date": 2,
                 "address_to": 900, "end_date": 60, "episode_start": 1, "snapshot_date": 200}  # fmt: skip
        if column == "birth_date":
            return _write(START - rng.integers(0, 90 * 365, ROWS), way)
        return _write(days + rng.integers(0, 1 + later.get(column, 0), ROWS), way)
    if column == "sex":
        return [str(code) for code in rng.choice(SEXES[rng.integers(len(SEXES))], ROWS)]
    if spec.allowed:
        return [str(code) for code in rng.choice(spec.allowed[:8], ROWS)]
    if spec.type == "integer":
        return [str(number) for number in rng.integers(int(spec.minimum or 1), int(spec.maximum or 28) + 1, ROWS)]
    if spec.type == "number":
        return [f"{number:.1f}" for number in rng.gamma(3.0, 20.0, ROWS)]
    if spec.type == "boolean":
        return [str(flag) for flag in rng.choice(["true", "false"], ROWS)]
    return [str(text) for text in rng.choice(WORDS, ROWS)]


def _shaped(table: str, column: str, rng: np.random.Generator) -> list[str] | None:
    """Codes of their usual shape; None for other columns."""
    lists: dict[str, Sequence[str]] = {
        "diagnoses": ICD10 if table == "hospital_episode" else SNOMED, "procedures": OPCS4, "causes": ICD10,
        "underlying_cause": ICD10, "acuity": SNOMED, "disposal": SNOMED, "gp_event.code": SNOMED,
        "gp_prescription.code": BNF if rng.random() < 0.3 else DMD, "gp_prescription.name": MEDICINES,
        "provider_code": ("RA7", "RVJ", "RA701", "RH801"), "specialty": ("300", "110", "430", "320", "100"),
        "practice_code": ("L81001", "L81022", "L81037", "M83001"), "value_unit": ("mmol/L", "kg", "mmHg", "%"),
        "clinician_role": ("GP", "Nurse", "Pharmacist"), "episodicity": ("First", "New", "Review"),
        "admission_source": ("19", "51", "54"), "discharge_destination": ("19", "54", "79"), "mode": ("01", "02", "03"),
    }  # fmt: skip
    codes = lists.get(f"{table}.{column}") or lists.get(column)
    if codes:
        return [str(code) for code in rng.choice(codes, ROWS)]
    if column == "lsoa_code":
        return [f"E0101{number}" for number in rng.integers(4000, 4999, ROWS)]
    if column in {"person_id", "spell_id", "pathway_id", "clinician_id"}:
        few = {"person_id": 250 if table != "person" else 10**9, "clinician_id": 20}.get(column, 10**9)
        keys = rng.integers(0, few, ROWS) * 7_919 + 10**7
        return [str(key) for key in keys]
    return None


def _draw_filler(name: str, days: np.ndarray, way: str, rng: np.random.Generator) -> "list[str | None]":
    """Something that such a column may hold, by its name; much of it is empty."""
    folded = name.casefold()
    empty = float(rng.choice([0.0, 0.2, 0.6, 1.0]))
    if "date" in folded or folded.endswith(("start", "end")):
        return _with_gaps(_write(days + rng.integers(-60, 60, ROWS), way), empty, rng)
    if "guid" in folded or folded.endswith("id") or "identifier" in folded or "key" in folded:
        return _with_gaps([str(key) for key in rng.integers(10**6, 10**9, ROWS)], empty, rng)
    if "age" in folded or "number" in folded or "count" in folded or "duration" in folded:
        return _with_gaps([str(number) for number in rng.integers(0, 90, ROWS)], empty, rng)
    kind = rng.integers(5)
    letters = list(string.ascii_uppercase)
    fillers = (
        lambda: [str(code) for code in rng.choice(["1", "2", "3", "9"], ROWS)],
        lambda: [str(code) for code in rng.choice(["Y", "N"], ROWS)],
        lambda: ["".join(rng.choice(letters, 3)) for _ in range(ROWS)],
        lambda: [str(text) for text in rng.choice(WORDS, ROWS)],
        lambda: [f"{number:.2f}" for number in rng.gamma(2.0, 200.0, ROWS)],
    )
    return _with_gaps(fillers[kind](), empty, rng)


def _write(days: np.ndarray, way: str) -> list[str]:
    return pl.Series(days.astype("datetime64[D]")).dt.strftime(way).to_list()


def _with_gaps(values: Sequence[str], share: float, rng: np.random.Generator) -> "list[str | None]":
    gone = rng.random(ROWS) < share
    return [None if missing else value for value, missing in zip(values, gone, strict=True)]
