"""Files of known layouts with the truth about their columns, for the benchmark of `mltc map`."""

import random
import re
import tomllib
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import polars as pl

from benchmarks.mapping_draw import draw_frame
from mltc.contract import load_contract
from mltc.dialect import ColumnMapping, load_dialect
from mltc.mapping.sample import Sample, read_sample
from mltc.mapping.words import fold_name

HEADERS = Path(__file__).with_name("mapping_headers.toml")
DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
# Layouts that share their names are left out together.
FAMILIES = (("hes_apc", "hes_op"), ("sus_plus_apc", "sus_plus_op", "sus_plus_ec"), ("civil_registration",))
Truth = dict[str, dict[str, tuple[str, ...]]]


@dataclass(frozen=True)
class Case:
    """One file. `truth`: right source columns by table and canonical column, empty where the file has none.

    `ignored`: table.column that cannot be judged. `without`: layouts and synonyms that must not be known.
    """

    kind: str
    name: str
    rows: pl.DataFrame
    truth: Truth
    without: frozenset[str]
    ignored: frozenset[str] = frozenset()
    main: tuple[str, ...] = field(default=())

    @property
    def sample(self) -> Sample:
        """As the proposal takes it."""
        return Sample(Path(self.name), "utf-8", ",", True, False, self.rows)


def family_of(layout: str) -> frozenset[str]:
    """The layout with those that share its names."""
    return frozenset(next((family for family in FAMILIES if layout in family), (layout,)))


def read_truth(layout: str, key: str, columns: Sequence[str]) -> tuple[Truth, frozenset[str]]:
    """What a shipped layout says of a file: source columns that are there, and columns it makes from other files."""
    here = {name.casefold(): name for name in columns}
    truth: Truth = {}
    ignored = set()
    for table, parts in load_dialect(layout).table.items():
        for part in (part for part in parts if part.file == key):
            of_table = truth.setdefault(table, {})
            for column in load_contract()[table].columns:
                mapping = part.mappings.get(column)
                if mapping is None:
                    continue
                if _is_made_up(table, column, mapping):
                    ignored.add(f"{table}.{column}")
                    continue
                aliases = {*part.child, *part.lookup}
                names = [name for name in _right_columns(table, column, mapping) if name.split(".")[0] not in aliases]
                if len(names) < len(_right_columns(table, column, mapping)):
                    ignored.add(f"{table}.{column}")
                names += [f"{name}time" for name in names if name.endswith("_date")]  # OMOP has both
                found = tuple(here[name.casefold()] for name in names if name.casefold() in here)
                of_table[column] = tuple(dict.fromkeys((*of_table.get(column, ()), *found)))
    return truth, frozenset(ignored)


def _is_made_up(table: str, column: str, mapping: ColumnMapping) -> bool:
    """Whether the layout makes the column in a way that no single source column shows."""
    several = len(mapping.source_columns) > 1 and load_contract()[table].columns[column].type != "date"
    cut = mapping.sql is not None and ("split_part" in mapping.sql or "regexp" in mapping.sql)
    made = mapping.sql is not None and several and column != "arrival_at"
    return mapping.constant is not None or bool(mapping.label_of_first) or cut or made


def _right_columns(table: str, column: str, mapping: ColumnMapping) -> list[str]:
    names = list(mapping.source_columns)
    is_date = load_contract()[table].columns[column].type in {"date", "timestamp"}
    if mapping.sql and is_date and len(names) > 1:
        return [name for name in names if not re.search("time|month|day_of", name, re.I)]
    return names


def draw_cases(seed: int = 1, only: Sequence[str] = ()) -> Iterator[Case]:
    """Headers of real layouts with drawn contents."""
    for number, entry in enumerate(tomllib.loads(HEADERS.read_text(encoding="utf-8"))["file"]):
        if only and entry["name"] not in only:
            continue
        columns = entry["columns"]
        if "layout" in entry:
            truth, ignored = read_truth(entry["layout"], entry["key"], columns)
            without = family_of(entry["layout"])
        else:
            truth = {entry["table"]: {column: tuple(names) for column, names in entry["truth"].items()}}
            ignored, without = frozenset(), frozenset(entry["without"])
        frame = draw_frame(columns, truth, np.random.default_rng([seed, number]))
        yield Case("drawn", entry["name"], frame, truth, without, ignored)


def synthetic_cases(folder: Path) -> Iterator[Case]:
    """Files that `mltc synthesise` writes in each layout, `folder` holding one folder per layout."""
    for layout in ("hes", "sus", "omop"):
        feeds = tomllib.loads((folder / layout / "mltc.toml").read_text(encoding="utf-8"))["feed"]
        for feed in feeds.values():
            yield from _files_of_layout(folder / layout / feed.get("root", "."), feed["dialect"], "synthetic")


def _files_of_layout(root: Path, layout: str, kind: str) -> Iterator[Case]:
    from mltc.sources.locate import matches

    for key, spec in load_dialect(layout).file.items():
        found = sorted(path for path in root.rglob("*.csv") if matches(path.name, spec.path or key, anchored=False))
        if found:
            sample = read_sample(found[-1])
            truth, ignored = read_truth(layout, key, sample.columns)
            if truth:
                yield Case(kind, found[-1].name, sample.rows, truth, family_of(layout), ignored)


def real_cases(work: Path) -> Iterator[Case]:
    """Samples that others made, where they lie beside the repository."""
    if (DATA / "opensafely_tpp").is_dir():
        yield from _files_of_layout(DATA / "opensafely_tpp", "opensafely_tpp", "real")
    archive = DATA / "omop_synthea27" / "Synthea27Nj_5.4.zip"
    if archive.exists():
        with zipfile.ZipFile(archive) as packed:
            packed.extractall(work)
        yield from _files_of_layout(work, "omop_5_4", "real")
    for name, table, truth in REAL:
        if (DATA / name).exists():
            rows = read_sample(DATA / name).rows
            yield Case("real", Path(name).name, rows, {table: dict(truth)}, frozenset())


REAL: tuple[tuple[str, str, Mapping[str, tuple[str, ...]]], ...] = (
    ("clinosim/encounters.csv", "hospital_episode", {
        "person_id": ("patient_id",), "spell_id": ("encounter_id",), "admission_date": ("admission_datetime",),
        "discharge_date": ("discharge_datetime",)}),
    ("clinosim/patients.csv", "person", {"person_id": ("patient_id",), "sex": ("sex",)}),
    ("clinosim/lab_results.csv", "gp_event", {
        "person_id": ("patient_id",), "event_date": ("result_datetime",), "value": ("value",),
        "value_unit": ("unit",)}),
    ("clinosim/prescriptions.csv", "gp_prescription", {
        "person_id": ("patient_id",), "name": ("drug_name",), "days": ("duration_days",)}),
    ("synthea_gp/conditions.csv", "gp_event", {
        "person_id": ("PATIENT",), "event_date": ("START",), "code": ("CODE",)}),
    ("synthea_gp/medications.csv", "gp_prescription", {
        "person_id": ("PATIENT",), "issue_date": ("START",), "name": ("DESCRIPTION",), "code": ("CODE",)}),
    ("synthea_gp/patients.csv", "person", {
        "person_id": ("ID",), "birth_date": ("BIRTHDATE",), "death_date": ("DEATHDATE",), "sex": ("GENDER",),
        "ethnic_category": ("ETHNICITY", "RACE")}),
    ("bnssg_explorer/attributes.csv", "person", {
        "person_id": ("id",), "sex": ("demog.Sex at birth",), "ethnic_category": ("demog.Ethnicity",),
        "imd_decile": ("socio.IMD_Decile",)}),
)  # fmt: skip


def scramble(case: Case, seed: int) -> Case:
    """The same file with its columns called otherwise: shortened words, another style, a prefix."""
    chance = random.Random(f"{seed} {case.name}")  # noqa: S311 - no secret
    style, prefix = chance.choice(("snake", "camel", "upper", "spaces")), chance.choice(("", "", "src_", "t1_", "x"))
    renamed: dict[str, str] = {}
    for name in case.rows.columns:
        new = prefix + _restyle(name, style, chance)
        while fold_name(new) in {fold_name(other) for other in renamed.values()}:
            new += "_b"
        renamed[name] = new
    truth = {
        table: {column: tuple(renamed[name] for name in names) for column, names in of_table.items()}
        for table, of_table in case.truth.items()
    }
    return replace(case, kind="scrambled", rows=case.rows.rename(renamed), truth=truth)


def _restyle(name: str, style: str, chance: random.Random) -> str:
    parts = re.findall(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|\d+", name) or [name]
    words = [_shorten(part.lower(), chance) for part in parts]
    if style == "camel":
        return "".join(word.capitalize() for word in words)
    if style == "upper":
        return "_".join(words).upper()
    return (" " if style == "spaces" else "_").join(words)


def _shorten(word: str, chance: random.Random) -> str:
    """One word in four loses its vowels, one in four its end."""
    if len(word) <= 4 or (draw := chance.random()) >= 0.5:
        return word
    return word[0] + re.sub("[aeiou]", "", word[1:]) if draw < 0.25 else word[:4]
