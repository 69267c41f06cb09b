"""How good the proposals of `mltc map` are, each layout judged without being known; rewrites MAPPING.md.

uv run python -m benchmarks.mapping [--persons 600] [--tune]

"Precision of sure": of the proposals that are called sure, the share that is right. "Recall": of the canonical columns
that the file has, the share whose right source column is proposed, whatever the confidence.
"""

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np

from benchmarks.mapping_cases import Case, draw_cases, real_cases, scramble, synthetic_cases
from mltc.mapping.confidence import FEATURES, LIKELY, SURE, describe_evidence
from mltc.mapping.proposal import FileProposal, propose_sample

RESULTS = Path(__file__).with_name("MAPPING.md")
BINS = (0.0, 0.2, 0.4, 0.6, 0.8, 0.9, 0.95, 1.0)


@dataclass(frozen=True)
class Judged:
    """One proposed or missed column: `right` is None where nothing was proposed for a column that the file has."""

    kind: str
    case: str
    place: str
    has_source: bool
    right: bool | None
    confidence: float
    features: tuple[float, ...]


def judge_case(case: Case) -> tuple[list[Judged], bool]:
    """Every column of the tables of the case, and whether its table was guessed."""
    proposal = propose_sample(case.sample, list(case.truth), case.without)
    best = next(iter(proposal.beliefs))
    return list(_judge(case, proposal)), best in case.truth


def _judge(case: Case, proposal: FileProposal) -> Iterator[Judged]:
    for table in proposal.tables:
        truth = case.truth[table.table]
        for item in table.columns:
            place = f"{table.table}.{item.column}"
            right = set(truth.get(item.column, ()))
            if place in case.ignored or item.column == "code_system":
                continue
            if item.item is None or item.mapping is None:
                if right:
                    yield Judged(case.kind, case.name, place, True, None, 0.0, ())
                continue
            sources, evidence = set(item.mapping.source_columns), describe_evidence(item.item)
            yield Judged(
                case.kind, case.name, place, bool(right), sources <= right, item.confidence or 0.0,
                tuple(evidence[name] for name in FEATURES),
            )  # fmt: skip


def summarise(judged: Iterable[Judged]) -> dict[str, float]:
    """Figures of a set of judged columns."""
    judged = list(judged)
    proposed = [item for item in judged if item.right is not None]
    sure = [item for item in proposed if item.confidence >= SURE]
    likely = [item for item in proposed if item.confidence >= LIKELY]
    right = sum(bool(item.right) for item in proposed)
    there = sum(item.has_source for item in judged)
    squares = [(item.confidence - float(bool(item.right))) ** 2 for item in proposed]
    return {
        "columns": there,
        "recall": right / max(1, there),
        "precision of sure": sum(bool(item.right) for item in sure) / max(1, len(sure)),
        "share sure": len(sure) / max(1, there),
        "precision of likely or sure": sum(bool(item.right) for item in likely) / max(1, len(likely)),
        "Brier score": float(np.mean(squares)) if squares else 0.0,
    }


def judge_all(cases: Iterable[Case]) -> tuple[list[Judged], dict[str, list[bool]]]:
    """Judged columns of all cases, and per kind whether the tables were guessed."""
    found: list[Judged] = []
    tables: dict[str, list[bool]] = {}
    for case in cases:
        judged, guessed = judge_case(case)
        if not guessed:
            print(f"table not guessed: {case.kind} {case.name}")
        found += judged
        tables.setdefault(case.kind, []).append(guessed)
    return found, tables


def fit_weights(judged: Iterable[Judged]) -> dict[str, float]:
    """Weights of mltc.mapping.confidence by logistic regression on the judged proposals."""
    from sklearn.linear_model import LogisticRegression

    proposed = [item for item in judged if item.right is not None]
    X = np.array([item.features for item in proposed])
    y = np.array([bool(item.right) for item in proposed])
    model = LogisticRegression(C=1.0, max_iter=2_000).fit(X, y)
    return {"constant": float(model.intercept_[0]), **dict(zip(FEATURES, map(float, model.coef_[0]), strict=True))}


def calibration(judged: Iterable[Judged]) -> list[tuple[str, int, float, float]]:
    """Per bin of confidence: label, proposals, mean confidence, share right."""
    proposed = [item for item in judged if item.right is not None]
    rows = []
    for low, high in pairwise(BINS):
        inside = [item for item in proposed if low <= item.confidence < high or (high == 1.0 and item.confidence == 1)]
        if inside:
            mean = float(np.mean([item.confidence for item in inside]))
            share = sum(bool(item.right) for item in inside) / len(inside)
            rows.append((f"{100 * low:.0f}-{100 * high:.0f} %", len(inside), mean, share))
    return rows


def collect(persons: int, folder: Path, scrambles: int) -> Iterator[Case]:
    """Every case in its own names and, `scrambles` times, in scrambled ones."""
    for layout in ("hes", "sus", "omop"):
        if (folder / layout).exists():
            continue
        code = "from flows.cli import main; main()"
        arguments = ["--persons", str(persons), "--months", "36", "--layout", layout, "--format", "csv"]
        subprocess.run(
            [sys.executable, "-c", code, "synthesise", *arguments, "--out", str(folder / layout)],
            check=True, stdout=subprocess.DEVNULL,
        )  # fmt: skip
    cases = [*synthetic_cases(folder), *real_cases(folder / "omop_real"), *draw_cases()]
    yield from cases
    for case in cases:
        yield from (scramble(case, seed) for seed in range(1, scrambles + 1))


def report(judged: list[Judged], tables: dict[str, list[bool]]) -> str:
    """The figures as Markdown."""
    kinds = {
        "synthetic": "files of `mltc synthesise`, layout left out",
        "real": "samples that others made, layout left out",
        "drawn": "headers of real layouts, drawn contents, layout left out",
        "scrambled": "all of them twice with scrambled names, layout left out",
    }
    lines = ["| files | " + " | ".join(("table guessed", *summarise(judged))) + " |", "|---" * 8 + "|"]
    for kind, told in kinds.items():
        of_kind = [item for item in judged if item.kind == kind]
        if of_kind:
            found = summarise(of_kind)
            cells = [f"{sum(tables[kind])} of {len(tables[kind])}", f"{found.pop('columns'):.0f}"]
            lines.append(f"| {told} | " + " | ".join([*cells, *(f"{value:.3f}" for value in found.values())]) + " |")
    lines += ["", "| confidence | proposals | mean confidence | share right |", "|---|---|---|---|"]
    lines += [f"| {label} | {count} | {mean:.3f} | {right:.3f} |" for label, count, mean, right in calibration(judged)]
    return "\n".join(lines) + "\n"


def cross_validate(judged: Sequence[Judged]) -> float:
    """Brier score of weights that were fitted to four fifths of the files and tried on the rest (0 is best)."""
    names = sorted({item.case for item in judged})
    squares = []
    for fold in range(5):
        held = set(names[fold::5])
        weights = fit_weights(item for item in judged if item.case not in held)
        for item in judged:
            if item.case in held and item.right is not None:
                pairs = zip(FEATURES, item.features, strict=True)
                total = weights["constant"] + sum(weights[name] * value for name, value in pairs)
                squares.append((1 / (1 + np.exp(-total)) - float(item.right)) ** 2)
    return float(np.mean(squares))


def list_errors(judged: Iterable[Judged]) -> Iterator[str]:
    """Proposals that are wrong, and columns that are there and were not found."""
    for item in judged:
        if item.right is False and (item.has_source or item.confidence >= LIKELY):
            yield f"wrong {item.kind} {item.case} {item.place} {item.confidence:.2f}"
        elif item.right is None:
            yield f"not found {item.kind} {item.case} {item.place}"


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--persons", type=int, default=600)
    parser.add_argument("--scrambles", type=int, default=2, help="times that every file is tried with other names")
    parser.add_argument("--folder", type=Path, help="where the synthetic files are, or are to be kept")
    parser.add_argument("--tune", action="store_true", help="print weights fitted to the proposals")
    parser.add_argument("--errors", action="store_true", help="list what was wrong or missed")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as spare:
        folder = arguments.folder or Path(spare)
        judged, tables = judge_all(collect(arguments.persons, folder, arguments.scrambles))
    text = report(judged, tables)
    print(text)
    if arguments.errors:
        print("\n".join(list_errors(judged)))
    if arguments.tune:
        print({name: round(value, 2) for name, value in fit_weights(judged).items()})
        print(f"Brier score of weights fitted without the file: {cross_validate(judged):.3f}")
    if arguments.scrambles == 2:
        RESULTS.write_text(f"# How good the proposals of `mltc map` are\n\n{__doc__}\n{text}", encoding="utf-8")


if __name__ == "__main__":
    main()
