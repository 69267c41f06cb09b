"""The figures and codes that the generator runs on, read from `data/` and from the code lists.

Every file in `data/` says in its column `source` or `target_source` where a figure comes from; `assumption`
means that it was chosen to be plausible and was not read in a source.
"""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from mltc.codelists import Codelists, load_codelists
from mltc.synthetic.arrays import Floats

DATA = Path(__file__).parent / "data"
CODE_COLUMNS = ("code", "icd10", "snomed", "opcs4", "specialty", "main_snomed", "main_icd10", "follows")

# Latent patterns: what most published clusterings of UK primary care agree on (Zhu 2020 BMC Med 18:78;
# Bisquera 2021 Lancet Reg Health Eur), plus the people in whom little clusters.
PATTERNS = ("mostly_well", "cardiometabolic", "respiratory", "mental_pain", "musculoskeletal", "frailty_neuro")
PATTERN_SHARES = np.array([0.50, 0.16, 0.08, 0.11, 0.10, 0.05])
# log odds of a pattern for each 10 points of IMD score above the mean (assumption)
PATTERN_DEPRIVATION = np.array([-0.08, 0.05, 0.25, 0.22, 0.0, 0.05])
WELL_RATIO = 0.4  # hazard of every condition in `mostly_well`, against 1 outside a condition's own patterns

# Middle IMD 2025 score of each decile, most deprived first (bounds of practice deciles: DLUHC IMD 2025)
IMD_SCORES = np.array([46.0, 34.5, 29.0, 25.0, 21.8, 19.0, 16.3, 13.7, 11.2, 7.5])
IMD_MEAN = float(IMD_SCORES.mean())


@dataclass(frozen=True)
class ConditionFacts:
    """Conditions with codes, in the order of `data/conditions.csv`; arrays are one entry per condition.

    pattern_ratio: (patterns, conditions) hazard ratios. follows: position of the condition that must come
    first, or -1. hazard_scale: cumulative onset hazard at age 80 in the reference person, fitted so that GP
    coded prevalence meets `target_percent` (see mltc.synthetic.calibration). snomed and icd10: the codes that a
    condition is written with, none of which stands for another one too; claimed: every SNOMED CT code that stands
    for any of them.
    """

    keys: tuple[str, ...]
    table: pl.DataFrame
    pattern_ratio: Floats
    follows: tuple[int, ...]
    snomed: tuple[tuple[str, ...], ...]
    icd10: tuple[tuple[str, ...], ...]
    claimed: frozenset[str]
    codelists: Codelists

    def column(self, name: str) -> Floats:
        """One numeric column of the table."""
        return self.table[name].cast(pl.Float64).to_numpy().astype(np.float64)

    def position(self, key: str) -> int:
        """Place of a condition, or -1 when it has no codes."""
        return self.keys.index(key) if key in self.keys else -1


def load_data(name: str) -> pl.DataFrame:
    """One file of `data/`, codes as text, empty cells as null."""
    path = DATA / f"{name}.csv"
    found = pl.read_csv(path, infer_schema=False).columns
    return pl.read_csv(path, schema_overrides={column: pl.String for column in found if column in CODE_COLUMNS})


def load_condition_facts() -> ConditionFacts:
    """Facts of every condition of `data/conditions.csv` that has verified codes in the code lists."""
    table, codelists = load_data("conditions"), load_codelists()
    listed = read_codes(codelists, table["condition"].to_list())
    codes = drop_shared(listed)
    table = table.filter(pl.col("condition").is_in([key for key in codes if all(codes[key])]))
    keys = tuple(table["condition"])
    main_snomed = [text.split("|") if text else [] for text in table["main_snomed"].fill_null("")]
    main_icd10 = [[text] if text else [] for text in table["main_icd10"].fill_null("")]
    return ConditionFacts(
        keys=keys,
        table=table,
        pattern_ratio=build_pattern_ratios(table),
        follows=tuple(keys.index(key) if key in keys else -1 for key in table["follows"].fill_null("")),
        snomed=tuple(order_codes(codes[key][0], main) for key, main in zip(keys, main_snomed, strict=True)),
        icd10=tuple(order_codes(codes[key][1], main) for key, main in zip(keys, main_icd10, strict=True)),
        claimed=frozenset(code for snomed, _ in listed.values() for code in snomed),
        codelists=codelists,
    )


def read_codes(
    codelists: Codelists, lists: Collection[str], kind: str = "code"
) -> dict[str, tuple[list[str], list[str]]]:
    """Verified SNOMED CT codes and ICD-10 prefixes of those of `lists` that have any, by list."""
    verified = codelists.verified_codes.filter(pl.col("kind") == kind, pl.col("key").is_in(list(lists)))
    found: dict[str, tuple[list[str], list[str]]] = {key: ([], []) for key in verified["key"].unique().sort()}
    for key, system, code in verified.select("key", "code_system", "code").sort("key", "code").iter_rows():
        found[key][system == "icd10"].append(code)
    return found


def drop_shared(codes: dict[str, tuple[list[str], list[str]]]) -> dict[str, tuple[list[str], list[str]]]:
    """Without codes that stand for two conditions, so that a record of one is not a record of the other.

    An ICD-10 code stands for every condition with a prefix of it: I110 for hypertension (I11) and heart failure.
    """
    uses = Counter(code for snomed, _ in codes.values() for code in snomed)
    prefixes = {key: tuple(icd10) for key, (_, icd10) in codes.items()}
    kept = {}
    for key, (snomed, icd10) in codes.items():
        others = tuple(prefix for other, listed in prefixes.items() if other != key for prefix in listed)
        own = [code for code in snomed if uses[code] == 1]
        kept[key] = (own, [code for code in icd10 if not code.startswith(others)])
    return kept


def order_codes(codes: list[str], main: list[str]) -> tuple[str, ...]:
    """The usual codes first (a longer code stands for the prefix that covers it), then the others."""
    covered = [code for code in main if any(code.rstrip("X").startswith(listed) for listed in codes)]
    return tuple(dict.fromkeys([*covered, *codes]))


def build_pattern_ratios(table: pl.DataFrame) -> Floats:
    """Hazard ratio of each condition in each pattern."""
    ratios = np.ones((len(PATTERNS), len(table)))
    ratios[0, :] = WELL_RATIO
    columns = (("pattern", "pattern_ratio"), ("second_pattern", "second_ratio"))
    for name, ratio in columns:
        for position, (pattern, value) in enumerate(table.select(name, ratio).iter_rows()):
            if pattern:
                ratios[PATTERNS.index(pattern), position] = value
    return ratios
