"""Charlson index and Hospital Frailty Risk Score of the same diagnoses: here, by pycomorb and by comorbidipy.

    python -m benchmarks.comorbidity --rows 5000000 --write

Each runs three times, in turn, in a process of its own on the same Parquet file, and writes the same two scores for
every person; the time includes reading and writing. Every person's scores are compared. comorbidipy is installed from
PyPI into an environment in the temporary folder: it asks for Python 3.13 and typer, which its scores do not need.
`--write` rewrites benchmarks/COMORBIDITY.md.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, date, datetime
from importlib.metadata import version
from pathlib import Path
from statistics import median

import polars as pl

COMORBIDIPY = "comorbidipy==0.8.0"
ROWS_PER_PERSON = 12
RUNS = 3
SEED = 20261001
INDEX_DATE = date(2026, 10, 1)
RESULTS = Path(__file__).with_name("COMORBIDITY.md")
LISTS = ("charlson_code", "elixhauser_code", "hfrs_weight")


def draw_diagnoses(rows: int, path: Path) -> int:
    """Write `rows` diagnoses of the last two years, half of them with a listed code, none twice in a stay of four.

    Codes are as in cleaned hospital data: upper case, no dot, three to five characters. Gives the number of persons.
    """
    import numpy as np

    from mltc.codelists.lists import read_scores
    from mltc.paths import CODELISTS

    generator = np.random.default_rng(SEED)
    scores = read_scores(CODELISTS)
    listed = pl.concat([scores[name]["code"] for name in LISTS]).unique().sort()
    longer = pl.concat([listed, *(listed + str(digit) for digit in range(10))]).str.slice(0, 5).unique().sort()
    others = pl.Series([f"{letter}{number:03}" for letter in "HKLMNORSTZ" for number in range(1000)])
    rank = np.minimum(generator.zipf(1.3, rows), 10**6)
    is_listed = generator.random(rows) < 0.5
    stay = np.arange(rows) // 4
    stays = int(stay[-1]) + 1
    day = generator.integers(0, 700, stays)
    persons = max(rows // ROWS_PER_PERSON, 1)
    frame = pl.DataFrame(
        {
            "person": generator.integers(0, persons, stays)[stay],
            "day": day[stay],
            "listed": longer.gather((rank * 7919) % len(longer)),
            "other": others.gather((rank * 104729) % len(others)),
            "is_listed": is_listed,
        }
    )
    admitted = pl.lit(INDEX_DATE) - pl.duration(days=pl.col("day") + 10)
    frame.select(
        pl.format("SYN{}", pl.col("person").cast(pl.String).str.zfill(10)).alias("person_id"),
        admitted.alias("admission_date"),
        (admitted + pl.duration(days=5)).alias("known_date"),
        pl.when("is_listed").then("listed").otherwise("other").alias("code"),
    ).write_parquet(path)
    return frame["person"].n_unique()


def score_here(folder: Path) -> None:
    """The SQL of sql/scores over a warehouse that holds the diagnoses and one index date."""
    from mltc.codelists.lists import read_scores
    from mltc.paths import CODELISTS
    from mltc.warehouse import load_models, open_warehouse

    models = load_models()
    with open_warehouse(folder / "here.duckdb") as warehouse:
        for name, frame in read_scores(CODELISTS).items():
            warehouse.write(f"codelist.{name}", frame)
        warehouse.write("meta.index_date", pl.DataFrame({"role": ["current"], "index_date": [INDEX_DATE]}))
        warehouse.write("meta.feed", pl.DataFrame({"has_hospital_episode": [True]}))
        diagnoses = f"select * from read_parquet('{(folder / 'diagnoses.parquet').as_posix()}')"
        warehouse.build("staging.hospital_diagnosis", diagnoses)
        spine = (
            "select distinct $index_date as index_date, person_id, cast(80 as integer) as age_years "
            "from staging.hospital_diagnosis"
        )
        warehouse.build("register.spine", spine, {"index_date": INDEX_DATE})
        for table in ("comorbidity_code", "person_comorbidity", "comorbidity_pattern", "charlson", "hfrs"):
            model = models[f"scores.{table}"]
            warehouse.build(model.name, model.sql, dict.fromkeys(model.binds, 60))
        found = warehouse.read(
            "select person_id, charlson_1987 as charlson, hfrs from scores.charlson join scores.hfrs using (person_id)"
        )
    found.write_parquet(folder / "here.parquet")


def score_by_pycomorb(folder: Path) -> None:
    from pycomorb import CharlsonComorbidityIndex, HospitalFrailtyRiskScore

    diagnoses = read_codes(folder)
    charlson = CharlsonComorbidityIndex(diagnoses.with_columns(age=pl.lit(80)), id_col="person_id")
    hfrs = HospitalFrailtyRiskScore(diagnoses, id_col="person_id")
    charlson.join(hfrs, on="person_id").select(
        "person_id", charlson=pl.col("Charlson Comorbidity Index"), hfrs=pl.col("HFRS Score")
    ).write_parquet(folder / "pycomorb.parquet")


def score_by_comorbidipy(folder: Path) -> None:
    from comorbidipy import comorbidity, hfrs  # type: ignore[import-not-found]  # in its own environment

    diagnoses = read_codes(folder)
    charlson = comorbidity(diagnoses, id_col="person_id", score="charlson", variant="quan", weighting="charlson")
    charlson.join(hfrs(diagnoses, id_col="person_id"), on="person_id").select(
        "person_id", charlson=pl.col("comorbidity_score"), hfrs=pl.col("hfrs_score")
    ).write_parquet(folder / "comorbidipy.parquet")


def read_codes(folder: Path) -> pl.DataFrame:
    return pl.read_parquet(folder / "diagnoses.parquet", columns=["person_id", "code"])


PARTS: dict[str, Callable[[Path], None]] = {
    "here": score_here,
    "pycomorb": score_by_pycomorb,
    "comorbidipy": score_by_comorbidipy,
}


def run_part(part: str, folder: Path) -> None:
    """Run one part and print its figures as the last line. Memory is of the whole process; not known on Windows."""
    wall, cpu = time.perf_counter(), time.process_time()
    PARTS[part](folder)
    seconds, cpu_seconds = time.perf_counter() - wall, time.process_time() - cpu
    peak: float | None = None
    if sys.platform != "win32":
        import resource

        kibibytes = 1024 if sys.platform == "darwin" else 1
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / kibibytes / 1024
    print(json.dumps({"seconds": seconds, "cpu_seconds": cpu_seconds, "peak_mib": peak}))


def measure(part: str, folder: Path, python: Path) -> dict[str, float]:
    """Figures of one part, run by `python` as a script, so that it needs no package that its environment lacks."""
    command = [str(python), str(Path(__file__).resolve()), "--part", part, "--folder", str(folder)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, encoding="utf-8")
    figures: dict[str, float] = json.loads(done.stdout.strip().splitlines()[-1])
    print(part, figures, flush=True)
    return figures


def take_medians(runs: list[dict[str, dict[str, float]]]) -> dict[str, dict[str, float]]:
    """The median of each figure of each part."""
    return {
        part: {
            name: median(run[part][name] for run in runs) for name in runs[0][part] if runs[0][part][name] is not None
        }
        for part in PARTS
    }


def install_comorbidipy(folder: Path) -> Path:
    """An environment with comorbidipy and this environment's version of polars; its Python."""
    subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, f"polars=={version('polars')}"], check=True)
    subprocess.run([*pip, "--no-deps", "--ignore-requires-python", COMORBIDIPY], check=True)
    return python


def compare(folder: Path, part: str) -> tuple[int, int]:
    """Persons whose Charlson index, and whose frailty score to 0.1, are not as here (a person missing is unlike)."""
    here = pl.read_parquet(folder / "here.parquet")
    there = pl.read_parquet(folder / f"{part}.parquet").select(
        "person_id", charlson_there="charlson", hfrs_there=pl.col("hfrs").round(1)
    )
    both = here.join(there, on="person_id", how="full", coalesce=True)
    unlike = [both.filter(pl.col(name).ne_missing(pl.col(f"{name}_there"))).height for name in ("charlson", "hfrs")]
    return unlike[0], unlike[1]


def count_unexplained(folder: Path) -> int:
    """Persons whose frailty score by comorbidipy is not the sum over whole codes: F000 and F009 as F00 twice."""
    from mltc.codelists.lists import read_scores
    from mltc.paths import CODELISTS

    weight = read_scores(CODELISTS)["hfrs_weight"].select("code", "weight")
    per_code = read_codes(folder).unique().with_columns(pl.col("code").str.slice(0, 3))
    predicted = per_code.join(weight, on="code", how="left").group_by("person_id").agg(pl.col("weight").sum().round(1))
    there = pl.read_parquet(folder / "comorbidipy.parquet")
    both = predicted.join(there, on="person_id", how="full", coalesce=True)
    return both.filter(pl.col("weight").ne_missing(pl.col("hfrs").round(1))).height


def describe(
    rows: int,
    persons: int,
    figures: dict[str, dict[str, float]],
    unlike: dict[str, tuple[int, int]],
    unexplained: int,
) -> str:
    names = {
        "here": f"mltc (DuckDB {version('duckdb')})",
        "pycomorb": f"pycomorb {version('pycomorb')}",
        "comorbidipy": COMORBIDIPY.replace("==", " "),
    }
    lines = [
        "# Comorbidity scores side by side",
        "",
        f"`python -m benchmarks.comorbidity --rows {rows} --write` on {datetime.now(UTC):%Y-%m-%d}: "
        f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores shared with other work, Python "
        f"{platform.python_version()}, polars {version('polars')}. {rows:,} diagnoses of {persons:,} persons, drawn "
        f"with seed {SEED}; each in a process of its own, the median of {RUNS} runs in turn, time with reading and "
        "writing Parquet and without starting Python. Where the cores were not free, seconds of processor say more "
        "than wall time.",
        "",
        "| | seconds | of processor | peak MiB | persons with another Charlson | with another HFRS |",
        "|---|---|---|---|---|---|",
    ]
    for part, found in figures.items():
        peak = "not known" if "peak_mib" not in found else f"{found['peak_mib']:,.0f}"
        charlson, hfrs = (f"{count:,} of {persons:,}" for count in unlike[part]) if part in unlike else ("", "")
        lines.append(
            f"| {names[part]} | {found['seconds']:.1f} | {found['cpu_seconds']:.1f} | {peak} | {charlson} | {hfrs} |"
        )
    lines += [
        "",
        "Charlson with the weights of 1987 and the ICD-10 codes of Quan 2005; frailty score to 0.1. In the same time "
        "mltc also loads a warehouse on disk, reads the dates of each diagnosis for its look-backs, finds the "
        "categories of Elixhauser and of SHMI and gives two more Charlson weightings and the age-adjusted index; the "
        "others get the codes alone and hold everything in memory.",
        "",
        "Where comorbidipy's frailty score is another one, it adds the weight of a three-character code once for each "
        "longer code (F000 and F009 as F00 twice); Gilbert 2018 counts it once. That sum gives comorbidipy's score for "
        + ("every person." if unexplained == 0 else f"all but {unexplained:,} of {persons:,} persons."),
        "",
    ]
    return "\n".join(lines)


def main() -> None:
    arguments = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    arguments.add_argument("--rows", type=int, default=500_000)
    arguments.add_argument("--write", action="store_true", help="rewrite benchmarks/COMORBIDITY.md")
    arguments.add_argument("--part", choices=[*PARTS], help=argparse.SUPPRESS)
    arguments.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    given = arguments.parse_args()
    if given.part:
        run_part(given.part, given.folder)
        return
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        pythons = {part: Path(sys.executable) for part in PARTS}
        pythons["comorbidipy"] = install_comorbidipy(folder / "comorbidipy")
        persons = draw_diagnoses(given.rows, folder / "diagnoses.parquet")
        runs = [{part: measure(part, folder, pythons[part]) for part in PARTS} for _ in range(RUNS)]
        unlike = {part: compare(folder, part) for part in PARTS if part != "here"}
        unexplained = count_unexplained(folder)
    text = describe(given.rows, persons, take_medians(runs), unlike, unexplained)
    print(text)
    if given.write:
        RESULTS.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
