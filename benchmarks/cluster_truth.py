"""Do clusters find the latent patterns of the synthetic ICB? Beside the best that anyone could do.

    python -m benchmarks.cluster_truth --persons 20000 200000
    python -m benchmarks.cluster_truth --persons 200000 --months 6
    python -m benchmarks.cluster_truth --warehouse out/demo/warehouse.duckdb --truth out/demo/extracts/truth

Every synthetic person has one of six patterns for life; conditions begin at a rate that pattern, age and sex set. The
best classifier knows the pattern of everyone when it is fitted: it has the model of the clusters, its parameters are
those of the true classes, and it assigns people by recorded conditions, age and sex as the clusters do. It was fitted
to the very people that it assigns, so that with few of them it is better than true parameters would be. Both are
compared with the truth by the adjusted Rand index over the people with MLTC. With --months, the step is run month by
month as well (benchmarks/cluster_months.py). Rewrites benchmarks/CLUSTERS.md.
"""

import argparse
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import psutil

from benchmarks.cluster_months import describe_months, list_dates, make_register, run_months

RESULTS = Path(__file__).parent / "CLUSTERS.md"


def main() -> None:
    """Measure every size and write the table."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--persons", type=int, nargs="*", default=[])
    arguments.add_argument("--months", type=int, default=0, help="also month by month, for the largest size")
    arguments.add_argument("--folder", type=Path, help="a place for extracts and warehouses; temporary if not given")
    arguments.add_argument("--warehouse", type=Path, help="a warehouse with a register; needs --truth")
    arguments.add_argument("--truth", type=Path, help="the folder truth/ of its synthetic extracts")
    given = arguments.parse_args()
    rows: list[dict[str, Any]] = []
    months: list[dict[str, Any]] = []
    for persons in given.persons:
        with tempfile.TemporaryDirectory(prefix="mltc-clusters-", ignore_cleanup_errors=True) as temporary:
            folder = (given.folder or Path(temporary)) / str(persons)
            dates = list_dates(given.months if given.months and persons == max(given.persons) else 1)
            warehouse, truth = make_register(folder, persons, dates)
            rows += measure(warehouse, truth)
            if len(dates) > 1:
                months = describe_months(list(run_months(warehouse, folder / "months", dates)))
    if given.warehouse:
        rows += measure(given.warehouse, given.truth)
    write_results(rows, months)
    print(RESULTS.read_text(encoding="utf-8"))


def measure(warehouse: Path, truth: Path) -> list[dict[str, Any]]:
    """One row per stratum."""
    from sklearn.metrics import adjusted_rand_score

    from flows.steps.cluster import fit_strata
    from flows.steps.cluster_matrix import read_matrix
    from mltc.config import load_config
    from mltc.paths import CONFIG
    from mltc.warehouse import open_warehouse

    config = load_config(CONFIG / "demo.toml")
    with open_warehouse(warehouse, read_only=True) as opened:
        matrix = read_matrix(opened, config)
    patterns = pl.read_parquet(truth / "pattern.parquet", columns=["person_id", "pattern"])
    began, used = time.perf_counter(), time.process_time()
    strata = fit_strata(config, matrix)
    seconds, cpu = time.perf_counter() - began, time.process_time() - used
    rows = []
    for stratum, found in strata.items():
        inside = matrix.select(stratum)
        labels = inside.persons.join(patterns, on="person_id", how="left", maintain_order="left")["pattern"]
        described = inside.persons["is_mltc"].to_numpy()
        row: dict[str, Any] = {"persons": matrix.persons.height, "stratum": stratum, "mltc": int(described.sum())}
        rows.append(row | {"seconds": seconds, "cpu": cpu})
        if isinstance(found, ValueError):
            continue
        true = labels.to_numpy()[described]
        ours = adjusted_rand_score(true, found.labels)
        best = adjusted_rand_score(true, assign_best(found, inside, labels.to_numpy())[described])
        chosen = next(each for each in found.model.selection_ if each["is_chosen"])
        rows[-1] |= {
            "classes": found.model.class_count_,
            "is_shared": found.model.is_shared_,
            "ours": ours,
            "best": best,
            "ratio": ours / best,
            "stability": chosen["stability_ari"],
            "true_classes": len(np.unique(true)),
        }
        print(rows[-1])
    return rows


def assign_best(found: Any, matrix: Any, patterns: np.ndarray) -> np.ndarray:
    """(persons,): the most probable pattern, by the model of the clusters with the parameters of the true patterns."""
    from models.latent_class import fit_one_class
    from models.latent_em import Expected, Parameters, compute_log_joint, maximise
    from models.strata import _group

    used = [matrix.conditions.index(name) for name in found.conditions if name not in found.implied]
    ages, sexes = matrix.persons["age_years"].to_numpy(), matrix.persons["sex"].to_numpy()
    covariates, cell = _group(ages, sexes)
    everyone = np.hstack([matrix.values[:, used], covariates[cell]])
    one = np.ones(len(everyone))
    rows, inverse = found.model._place(everyone, one, one)
    names = np.unique(patterns)
    members = np.stack([np.bincount(inverse, weights=patterns == name, minlength=len(rows.weights)) for name in names])
    expected = Expected(
        np.stack([members[:, place].sum(axis=1) for place in rows.cells]),
        np.stack([members[:, place] @ rows.patterns[place] for place in rows.cells]),
    )
    common = fit_one_class(rows).coefficients
    start = np.concatenate([np.repeat(common[:1], len(names), axis=0), common[1:]])
    true: Parameters = maximise(rows, expected, start, steps=25)
    return compute_log_joint(rows, true).argmax(axis=1)[inverse]


def write_results(rows: list[dict[str, Any]], months: list[dict[str, Any]]) -> None:
    """The page."""
    from mltc.run_record import read_code_version

    lines = [
        "# Clusters against the latent patterns of the synthetic ICB",
        "",
        f"`uv run python -m benchmarks.cluster_truth` on {datetime.now(tz=UTC):%Y-%m-%d}: {psutil.cpu_count()} cores, "
        f"mltc {read_code_version()}. Adjusted Rand index with the true pattern over people with MLTC; best: the same "
        "model with the parameters of the true patterns. Taken over: the age band uses the classes of all ages. "
        "Seconds: all strata together, with bootstrap and comparison.",
        "",
        "| persons | stratum | with MLTC | classes (true) | taken over | ours | best | ours / best | stability | "
        "seconds (CPU) |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    for row in rows:
        head = f"| {row['persons']:,} | {row['stratum']} | {row['mltc']:,} |"
        tail = f" {row['seconds']:.0f} ({row['cpu']:.0f}) |"
        if "ours" not in row:
            lines.append(f"{head} too few | | | | | |{tail}")
            continue
        lines.append(
            f"{head} {row['classes']} ({row['true_classes']}) | {'yes' if row['is_shared'] else 'no'} | "
            f"{row['ours']:.3f} | {row['best']:.3f} | {row['ratio']:.1%} | {row['stability']:.2f} |{tail}"
        )
    lines += _describe_months(months) if months else []
    RESULTS.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _describe_months(months: list[dict[str, Any]]) -> list[str]:
    count = len(months[0]["classes"])
    lines = [
        "",
        f"## {count} months",
        "",
        "The register of the same people as of the first of each month, with 3 % leaving and 3 % joining every month; "
        "each month starts from what the last one left. Persons kept: of the people with MLTC in two months in a row, "
        "those with the same cluster id, in the worst month. The others have other conditions than a month ago, or are "
        "nearly as probable in two clusters.",
        "",
        "| stratum | with MLTC, last month | classes by month | taken over | ids and names the same | "
        "new or vanished | persons kept |",
        "|---|---|---|---|---|---|---|",
    ]
    for row in months:
        lines.append(
            f"| {row['stratum']} | {row['mltc']:,} | {', '.join(map(str, row['classes']))} | "
            f"{'yes' if all(row['is_shared']) else 'no' if not any(row['is_shared']) else 'some months'} | "
            f"{'yes' if row['is_same'] else 'no'} | {sum(row['changes'])} | {row['persons_kept']:.1%} |"
        )
    return lines


if __name__ == "__main__":
    main()
