"""How near the risk model in use comes to the true risk, on the people who validate it. Synthetic populations only.

    python -m benchmarks.risk_truth --persons 200000
    python -m benchmarks.risk_truth --finished out/demo

The first makes a synthetic ICB without defects and runs what the model needs: reading, register, features, candidates,
choice, recalibration, gates. The second reads a finished run of a synthetic ICB. Either reads the truth beside the
extracts (truth/risk.parquet: each person's true probability of an unplanned admission in the next 12 months). "What the
records allow": a large tree model that was taught the true probability itself, on the people of recalibration.
"Expected" c-statistics are those that the true probabilities lead one to expect: free of the chance of who is admitted.

Target at 200,000 persons: at least 99 % of the c-statistic that the true risk itself reaches, calibration slope 0.95 to
1.05, ICI under 0.005, and no group by age, sex, deprivation or ethnicity with over 200 expected events whose
observed/expected is outside 0.9 to 1.1. Exits with 1 where the target is missed. Rewrites benchmarks/RISK_TRUTH.md
unless `--no-write`.
"""

import argparse
import sys
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl

from mltc.run_record import read_code_version

RESULTS = Path(__file__).parent / "RISK_TRUTH.md"
JUDGED = ("age_band", "sex", "imd_quintile", "ethnic_group")
LEAST_SHARE, SLOPES, MOST_ICI = 0.99, (0.95, 1.05), 0.005
CONFIG = """
[icb]
name = "Benchmark"
code = "QZZ"
synthetic = true
[run]
index_date = 2026-10-01
[lawful]
opt_outs_applied_upstream = "No person is real."
[extracts]
root = "extracts"
{sources}
"""


@dataclass(frozen=True)
class Nearness:
    """What the model in use and the true risk reach on the same people; groups that are predicted wrongly."""

    model: str
    persons: int
    events: int
    true_c_statistic: float
    candidates: pl.DataFrame
    c_statistic: float
    slope: float
    ici: float
    wrong_groups: tuple[str, ...]
    expected: dict[str, float]
    """Against the true probabilities: c-statistics of the true risk, of what the records allow and of the model in use;
    slope and distance of the model in use."""
    groups: pl.DataFrame
    """Rows of the subgroup table with over 200 expected events, and `true_expected`."""

    @property
    def expected_share(self) -> float:
        """Expected c-statistic over that of the true risk."""
        return self.expected["in use"] / self.expected["true"]

    @property
    def share_of_records(self) -> float:
        """Expected c-statistic over that of what the records allow."""
        return self.expected["in use"] / self.expected["records"]

    @property
    def share(self) -> float:
        """c-statistic over that of the true risk."""
        return self.c_statistic / self.true_c_statistic

    @property
    def misses(self) -> list[str]:
        """Targets that are missed, in words."""
        told = []
        if self.share < LEAST_SHARE:
            told.append(f"c-statistic {self.share:.1%} of that of the true risk, at least {LEAST_SHARE:.0%} is asked")
        if not SLOPES[0] <= self.slope <= SLOPES[1]:
            told.append(f"calibration slope {self.slope:.3f}, {SLOPES[0]} to {SLOPES[1]} is asked")
        if self.ici >= MOST_ICI:
            told.append(f"ICI {self.ici:.4f}, under {MOST_ICI} is asked")
        if self.wrong_groups:
            told.append(f"observed/expected outside 0.9 to 1.1: {', '.join(self.wrong_groups)}")
        return told


@dataclass(frozen=True)
class Ready:
    """What is held against the truth: the model in use, all candidates, and who validates and who recalibrates."""

    version: str
    candidate: Any
    candidates: pl.DataFrame
    people: pl.DataFrame
    teaching: pl.DataFrame


def fit_main_outcome(folder: Path, persons: int, seed: int) -> Ready:
    """Extracts and truth in `folder`/extracts, and the run up to the model of the main outcome.

    Extracts that are there already are used again, and so is a warehouse whose features are built.
    """
    from flows.steps.risk_fit import fit_outcome
    from flows.steps.risk_read import read_parts
    from mltc.config import load_config
    from mltc.quality.coverage.abstention import read_abstentions
    from mltc.risk_catalogue import load_outcomes, main_outcome
    from mltc.synthetic import SyntheticSettings, write_synthetic_icb
    from mltc.workspace import Workspace

    extracts = folder / "extracts"
    if not (extracts / "truth" / "risk.parquet").exists():
        write_synthetic_icb(SyntheticSettings(persons, seed=seed, defect_rate=0.0), extracts)
    paths = sorted(extracts.glob("*.parquet"))
    sources = "\n".join(f'[source.{path.stem}]\npath = "{path.name}"' for path in paths)
    (folder / "mltc.toml").write_text(CONFIG.format(sources=sources), encoding="utf-8")
    workspace = Workspace(folder / "out", load_config(folder / "mltc.toml"))
    done = folder / "features_built"
    if not done.exists():
        _build_features(workspace)
        done.touch()
    main = main_outcome(load_outcomes())
    with workspace.open_build() as warehouse:
        parts = read_parts(warehouse, workspace.config, read_abstentions(warehouse))
        fitted = fit_outcome(workspace.config, parts, main, None)
    if fitted.winner is None:
        raise ValueError(f"No model of {main.key}: {fitted.decision}")
    candidate = fitted.winner.candidate
    wide = fitted.performance.select(
        pl.col("model"),
        (pl.col("model") == candidate.key).alias("is_chosen"),
        "c_statistic",
        "calibration_slope",
        "ici",
    )
    return Ready(candidate.key, candidate, wide, parts.validation, parts.recalibration)


def _build_features(workspace: Any) -> None:
    """Reading, register, scores, features."""
    from benchmarks.staging import stage_sound_extracts
    from mltc.codelists import load_codelists
    from mltc.derive import prepare_register
    from mltc.warehouse import build_models

    codelists = load_codelists()
    stage_sound_extracts(workspace)
    with workspace.open_build() as warehouse:
        parameters = prepare_register(warehouse, workspace, codelists, "a secret of the benchmark")
        build_models(warehouse, ["register", "scores", "utilisation", "features"], parameters)


def read_finished(out: Path) -> Ready:
    """From the folder of a finished run. Raises ValueError where nobody was scored for the main outcome."""
    from flows.steps.risk_read import know_outcome, read_part
    from mltc.risk_catalogue import load_outcomes, main_outcome
    from mltc.warehouse import open_warehouse

    main = main_outcome(load_outcomes())
    with open_warehouse(out / "warehouse.duckdb", read_only=True) as warehouse:
        version = warehouse.read(
            "select model_version from risk.outcome where outcome = $outcome", {"outcome": main.key}
        )["model_version"][0]
        if version is None:
            raise ValueError(f"{out}: nobody was scored for {main.key}.")
        candidates = warehouse.read(
            "select model, is_chosen = 'yes' as is_chosen, measure, estimate from risk.performance "
            "where outcome = $outcome and measure in ('c_statistic', 'calibration_slope', 'ici') "
            "order by sort_key, measure",
            {"outcome": main.key},
        ).pivot("measure", index=["model", "is_chosen"], values="estimate")
        people, teaching = (know_outcome(read_part(warehouse, name), main) for name in ("validation", "recalibration"))
    return Ready(version, _load(out, main.key, version.removeprefix(f"{main.key}-")), candidates, people, teaching)


def measure_nearness(ready: Ready, extracts: Path) -> Nearness:
    """Beside the truth of `extracts`. Raises ValueError where there is none of the people who validate."""
    from flows.steps.risk_read import know_outcome, read_groups
    from mltc.risk_catalogue import load_outcomes, main_outcome

    main = main_outcome(load_outcomes())
    date = ready.people["index_date"][0]
    truth = pl.read_parquet(extracts / "truth" / "risk.parquet").filter(pl.col("as_of") == date)
    known = truth.select("person_id", "probability")
    people, teaching = (
        know_outcome(part, main).join(known, on="person_id", how="inner", maintain_order="left")
        for part in (ready.people, ready.teaching)
    )
    if people.is_empty():
        raise ValueError(f"{extracts}: the truth says nothing of the people who validate on {date}.")
    expected = _expect(ready.candidate, people, teaching)
    outcome = people[f"outcome_{main.key}"]
    return _compare(ready.version, ready.candidate, people, outcome, read_groups(people), ready.candidates, expected)


def _expect(candidate: Any, people: pl.DataFrame, teaching: pl.DataFrame) -> dict[str, float]:
    """Expected c-statistics of the true risk, of what the records allow and of the model in use."""
    import numpy as np
    from sklearn.ensemble import HistGradientBoostingRegressor

    from mltc.risk_catalogue import load_features
    from models.logistic_fit import fit_logistic
    from models.outcome import compute_log_odds
    from models.risk_features import build_matrix

    names = [each.key for each in load_features() if teaching[each.key].count() > 0]
    taught = HistGradientBoostingRegressor(max_iter=400, max_depth=4, learning_rate=0.06, random_state=0)
    taught.fit(build_matrix(teaching, names), compute_log_odds(teaching["probability"].to_numpy()))
    true = people["probability"].to_numpy()

    def expect(score: Any) -> float:
        ranked = np.unique(score, return_inverse=True)[1]
        admitted, others = np.bincount(ranked, true), np.bincount(ranked, 1 - true)
        below = np.cumsum(others) - others
        return float(admitted @ (below + others / 2) / (true.sum() * (1 - true).sum()))

    records, in_use = taught.predict(build_matrix(people, names)), candidate.predict_risk(people)
    scores = {"true": true, "records": records, "in use": in_use}
    found = {name: expect(score) for name, score in scores.items()}
    design = np.column_stack([np.ones(len(true)), compute_log_odds(in_use)])
    hundredth = (np.argsort(np.argsort(in_use)) * 100 // len(in_use)).astype(np.int64)
    distance = np.abs(np.bincount(hundredth, true - in_use)).sum() / len(true)
    return found | {"slope": float(fit_logistic(design, true).coefficients[1]), "distance": float(distance)}


def _compare(
    version: str,
    candidate: Any,
    people: pl.DataFrame,
    outcome: pl.Series,
    groups: pl.DataFrame,
    candidates: pl.DataFrame,
    expected: dict[str, float],
) -> Nearness:
    from models.discrimination import compute_c_statistic
    from models.outcome import check_predictions
    from models.validation import LEAST_EXPECTED, build_subgroup_table

    observed = outcome.cast(pl.Float64).to_numpy()
    risk = candidate.predict_risk(people)
    table = build_subgroup_table(observed, risk, groups, replicate_count=20)
    row = table.row(0, named=True)
    wrong = table.filter(pl.col("group_type").is_in(JUDGED) & pl.col("warning").str.ends_with("by much"))
    held = table.filter((pl.col("group_type") != "all") & (pl.col("expected") > LEAST_EXPECTED))
    sums = [
        float(people["probability"].filter(groups[each["group_type"]] == each["group_value"]).sum()) / each["expected"]
        for each in held.iter_rows(named=True)
    ]
    true = compute_c_statistic(check_predictions(observed, people["probability"].to_numpy())).estimate
    return Nearness(
        version,
        row["persons"],
        row["events"],
        true,
        candidates,
        row["c_statistic"],
        row["calibration_slope"],
        row["ici"],
        tuple(
            f"{each['group_type']} {each['group_value']} ({each['observed_expected']:.2f})"
            for each in wrong.iter_rows(named=True)
        ),
        expected,
        held.with_columns(true_expected=pl.Series(sums, dtype=pl.Float64)),
    )


def _load(out: Path, outcome: str, version: str) -> Any:
    import json

    from models.registry import load_model
    from models.risk_candidates import Candidate

    place = out / "models" / outcome / version
    manifest = json.loads((place / "manifest.json").read_text(encoding="utf-8"))
    model = load_model((place / "model.skops").read_bytes())
    names = tuple(manifest["feature_names"])
    return Candidate(manifest["model_key"], manifest["model_name"], manifest["complexity"], names, model, 0, 0)


def describe(found: Nearness, command: str) -> str:
    """The result as Markdown."""
    rows = [
        f"| {row['model']}{' (in use)' if row['is_chosen'] else ''} | {row['c_statistic']:.4f} "
        f"| {row['calibration_slope']:.3f} | {row['ici']:.4f} |"
        for row in found.candidates.iter_rows(named=True)
    ]
    verdict = "Target met." if not found.misses else f"Target missed: {'; '.join(found.misses)}."
    groups = [
        f"| {row['group_type']} | {row['group_value']} | {row['events']:,} | {row['expected']:,.0f} "
        f"| {row['observed_expected']:.3f} ({row['observed_expected_lower']:.3f} to "
        f"{row['observed_expected_upper']:.3f}) | {row['true_expected']:.3f} |"
        for row in found.groups.iter_rows(named=True)
    ]
    return "\n".join(
        [
            "# The risk model against the true risk",
            "",
            f"`{command}` on {datetime.now(tz=UTC):%Y-%m-%d}, mltc {read_code_version()}: unplanned admission in 12 "
            f"months, {found.persons:,} people of held-out practices, {found.events:,} with the outcome; model "
            f"{found.model}.",
            "",
            "| model | c-statistic | calibration slope | ICI |",
            "|---|---|---|---|",
            *rows,
            f"| the true risk | {found.true_c_statistic:.4f} | 1 | 0 |",
            "",
            f"In use: {found.share:.2%} of the c-statistic of the true risk. {verdict}",
            "",
            "Free of chance, with true probabilities in the place of who was admitted: c-statistic of the true risk "
            f"{found.expected['true']:.4f}, of what the records allow {found.expected['records']:.4f}, in use "
            f"{found.expected['in use']:.4f}, which is {found.expected_share:.2%} of the true risk and "
            f"{found.share_of_records:.2%} of what the records allow; calibration slope {found.expected['slope']:.3f}; "
            "mean distance between risk and true risk in hundredths of the people by risk "
            f"{found.expected['distance']:.4f}.",
            "",
            "Groups with over 200 expected events: observed/expected with its 95 % interval, and true/expected, which "
            "is free of chance.",
            "",
            "| | group | events | expected | observed/expected | true/expected |",
            "|---|---|---|---|---|---|",
            *groups,
            "",
        ]
    )


def main() -> None:
    """Measure, tell, write; exit 1 where the target is missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--persons", type=int, default=200_000)
    parser.add_argument("--seed", type=int, default=20261001, help="another seed gives other people")
    parser.add_argument("--finished", type=Path, help="folder of a finished run of a synthetic population")
    parser.add_argument("--folder", type=Path, help="where to work; a temporary folder if not given")
    parser.add_argument("--no-write", action="store_true", help="leave benchmarks/RISK_TRUTH.md alone")
    arguments = parser.parse_args()
    if arguments.finished:
        found = measure_nearness(read_finished(arguments.finished), arguments.finished / "extracts")
    else:
        with tempfile.TemporaryDirectory(prefix="mltc-risk-", ignore_cleanup_errors=True) as temporary:
            folder = arguments.folder or Path(temporary)
            folder.mkdir(parents=True, exist_ok=True)
            ready = fit_main_outcome(folder, arguments.persons, arguments.seed)
            found = measure_nearness(ready, folder / "extracts")
    asked = f"--finished {arguments.finished}" if arguments.finished else f"--persons {arguments.persons}"
    text = describe(found, f"python -m benchmarks.risk_truth {asked}")
    print(text)
    if not arguments.no_write:
        RESULTS.write_text(text, encoding="utf-8", newline="\n")
    sys.exit(1 if found.misses else 0)


if __name__ == "__main__":
    main()
