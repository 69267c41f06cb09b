"""How near the risk model in use comes to the true risk, on the people who validate it. Synthetic populations only.

    mltc demo --persons 200000 --out out/demo200
    python -m benchmarks.risk_truth out/demo200

Reads a finished run and the truth beside its extracts (truth/risk.parquet: each person's true probability of an
unplanned admission in the next 12 months). The true risk knows what no record tells (a person's frailty), so that no
model of the records can reach it: "what the records allow" is a large tree model that was taught the true probability
itself, on the people of recalibration, and is the fairer yardstick. "Expected" c-statistics are those that the true
probabilities lead one to expect: free of the chance of who was admitted.

Target at 200,000 persons: at least 99 % of the c-statistic that the true risk itself reaches, calibration slope 0.95 to
1.05, ICI under 0.005, and no group with over 200 expected events whose observed/expected is outside 0.9 to 1.1. Exits
with 1 where the target is missed. Rewrites benchmarks/RISK_TRUTH.md unless `--no-write`.
"""

import argparse
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl

RESULTS = Path(__file__).parent / "RISK_TRUTH.md"
LEAST_SHARE, SLOPES, MOST_ICI = 0.99, (0.95, 1.05), 0.005


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
    """Expected c-statistics: of the true risk, of what the records allow, of the model in use."""

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


def measure_nearness(out: Path) -> Nearness:
    """From a finished run. Raises ValueError where nobody was scored for the main outcome, or there is no truth."""
    from flows.steps.risk_read import know_outcome, read_groups, read_part
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
            "select model, is_chosen, persons, events, measure, estimate, lower, upper from risk.performance "
            "where outcome = $outcome and measure in ('c_statistic', 'calibration_slope', 'ici') "
            "order by sort_key, measure",
            {"outcome": main.key},
        )
        parts = [know_outcome(read_part(warehouse, name), main) for name in ("validation", "recalibration")]
    date = parts[0]["index_date"][0]
    truth = pl.read_parquet(out / "extracts" / "truth" / "risk.parquet").filter(pl.col("as_of") == date)
    known = truth.select("person_id", "probability")
    people, teaching = (part.join(known, on="person_id", how="inner", maintain_order="left") for part in parts)
    if people.is_empty():
        raise ValueError(f"{out}: the truth says nothing of the people who validate on {date}.")
    candidate = _load(out, main.key, version.removeprefix(f"{main.key}-"))
    expected = _expect(candidate, people, teaching)
    outcome = people[f"outcome_{main.key}"]
    return _compare(version, candidate, people, outcome, read_groups(people), candidates, expected)


def _expect(candidate: Any, people: pl.DataFrame, teaching: pl.DataFrame) -> dict[str, float]:
    """Expected c-statistics of the true risk, of what the records allow and of the model in use."""
    import numpy as np
    from sklearn.ensemble import HistGradientBoostingRegressor

    from mltc.risk_catalogue import load_features
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

    records = taught.predict(build_matrix(people, names))
    scores = {"true": true, "records": records, "in use": candidate.predict_risk(people)}
    return {name: expect(score) for name, score in scores.items()}


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
    from models.validation import build_subgroup_table

    observed = outcome.cast(pl.Float64).to_numpy()
    risk = candidate.predict_risk(people)
    table = build_subgroup_table(observed, risk, groups, replicate_count=20)
    row = table.row(0, named=True)
    wrong = table.filter((pl.col("group_type") != "all") & (pl.col("warning").str.ends_with("by much")))
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


def describe(found: Nearness) -> str:
    """The result as Markdown."""
    wide = found.candidates.pivot("measure", index=["model", "is_chosen"], values="estimate")
    rows = [
        f"| {row['model']}{' (in use)' if row['is_chosen'] == 'yes' else ''} | {row['c_statistic']:.4f} "
        f"| {row['calibration_slope']:.3f} | {row['ici']:.4f} |"
        for row in wide.iter_rows(named=True)
    ]
    verdict = "Target met." if not found.misses else f"Target missed: {'; '.join(found.misses)}."
    return "\n".join(
        [
            "# The risk model against the true risk",
            "",
            f"Unplanned admission in 12 months, {found.persons:,} people of held-out practices, {found.events:,} with "
            f"the outcome; model {found.model}. Measured {datetime.now(tz=UTC):%Y-%m-%d} by "
            "`benchmarks/risk_truth.py`.",
            "",
            "| model | c-statistic | calibration slope | ICI |",
            "|---|---|---|---|",
            *rows,
            f"| the true risk | {found.true_c_statistic:.4f} | 1 | 0 |",
            "",
            f"Expected c-statistic: the true risk {found.expected['true']:.4f}, what the records allow "
            f"{found.expected['records']:.4f}, in use {found.expected['in use']:.4f} ({found.share_of_records:.2%} of "
            "what the records allow).",
            "",
            f"In use: {found.share:.2%} of the c-statistic of the true risk. {verdict}",
            "",
        ]
    )


def main() -> None:
    """Measure, tell, write; exit 1 where the target is missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path, help="folder of a finished run of a synthetic population")
    parser.add_argument("--no-write", action="store_true", help="leave benchmarks/RISK_TRUTH.md alone")
    arguments = parser.parse_args()
    found = measure_nearness(arguments.out)
    text = describe(found)
    print(text)
    if not arguments.no_write:
        RESULTS.write_text(text, encoding="utf-8", newline="\n")
    sys.exit(1 if found.misses else 0)


if __name__ == "__main__":
    main()
