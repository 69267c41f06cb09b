"""The search for classes of one group of people: every number of classes, and those of everyone carried over."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from models.cluster_choice import Floors, LastChoice, choose_solution, is_search_over
from models.errors import TooLittleData
from models.latent_class import (
    EmSettings,
    LatentClasses,
    compute_bic,
    compute_posterior,
    compute_relative_entropy,
    fit_classes,
)
from models.latent_last import NOTABLE, LastClasses, compare_solutions
from models.latent_rows import Rows
from models.latent_shared import SharedClasses, compute_shared_bic, fit_shared
from models.stability import compute_stability


@dataclass(frozen=True)
class SearchPlan:
    """What to try. `last`: classes of the last accepted run, None where it had none; `last_is_shared`: it used
    those of everyone. `shared`: classes of everyone that these people could take over. `is_own`: whether classes of
    their own are looked for."""

    class_counts: range
    settings: EmSettings
    floors: Floors
    replicate_count: int
    last: LastClasses | None = None
    last_is_shared: bool = False
    shared: SharedClasses | None = None
    is_own: bool = True


@dataclass
class Search:
    """What was tried: `selection` describes `solutions` one by one; `chosen` is an index, None where none will do."""

    selection: list[dict[str, Any]] = field(default_factory=list)
    solutions: list[LatentClasses] = field(default_factory=list)
    chosen: int | None = None


def search_classes(rows: Rows, plan: SearchPlan, random: np.random.RandomState) -> Search:
    """Fit and choose (the rule: `models.cluster_choice`)."""
    search = Search()
    seeds = _try_own(rows, plan, random, search) if plan.is_own else {}
    if plan.shared is not None:
        _try_shared(rows, plan, plan.shared, search)

    def measure_stability(index: int) -> float | None:
        if search.selection[index]["is_shared"]:
            return plan.shared.stability if plan.shared else None
        return _measure(rows, plan, search.solutions[index], seeds[index])

    def measure_noise(stays: int, other: int) -> float:
        pair = search.solutions[stays].parameters, search.solutions[other].parameters
        return 2 * NOTABLE * compare_solutions(rows, *pair)[1]

    search.chosen = choose_solution(search.selection, measure_stability, plan.floors, _read_last(plan, measure_noise))
    return search


def explain_refusal(plan: SearchPlan, selection: list[dict[str, Any]]) -> TooLittleData:
    """Why nothing was chosen: what was needed, then what was found."""
    floors, counts = plan.floors, plan.class_counts
    stable = "" if floors.stability is None else f" and a stability of {floors.stability}"
    return TooLittleData(
        f"No number of classes from {counts.start} to {counts.stop - 1} has a smallest class of at least "
        f"{floors.share:.0%} of persons and a relative entropy of at least {floors.entropy}{stable}; "
        f"best entropy found: {max(row['entropy'] for row in selection):.2f}, largest smallest "
        f"class: {max(row['smallest_share'] for row in selection):.1%}."
    )


def _read_last(plan: SearchPlan, measure_noise: Any) -> LastChoice | None:
    if plan.last is None and not plan.last_is_shared:
        return None
    count = plan.last.class_count if plan.last else 0
    return LastChoice(count, plan.last_is_shared, measure_noise)


def _try_own(rows: Rows, plan: SearchPlan, random: np.random.RandomState, search: Search) -> dict[int, int]:
    """Classes one at a time; the seed of each one's stability by its index."""
    seeds: dict[int, int] = {}
    wanted = max(
        plan.last.class_count if plan.last else 0,
        plan.shared.classes.class_count if plan.shared else 0,
    )
    for class_count in plan.class_counts:
        # a stream of its own for every step: more replicates leave the solutions as they are
        stream = np.random.RandomState(random.randint(2**31 - 1))
        seeds[len(search.solutions)] = random.randint(2**31 - 1)
        smaller = search.solutions[-1] if search.solutions else None
        search.solutions.append(fit_classes(rows, class_count, plan.settings, stream, smaller, plan.last))
        search.selection.append(_describe(rows, search.solutions[-1], is_shared=False))
        if class_count >= wanted and is_search_over(search.selection):
            break
    return seeds


def _try_shared(rows: Rows, plan: SearchPlan, shared: SharedClasses, search: Search) -> None:
    solution = fit_shared(rows, shared, plan.settings)
    alike = [own for own in search.solutions if own.class_count == solution.class_count]
    bic = compute_shared_bic(rows, solution, alike[0] if alike else None, shared.information_share)
    search.solutions.append(solution)
    search.selection.append(_describe(rows, solution, is_shared=True) | {"bic": bic})


def _describe(rows: Rows, solution: LatentClasses, *, is_shared: bool) -> dict[str, Any]:
    posterior = compute_posterior(rows, solution)
    free = solution.parameter_count
    if is_shared:
        free = solution.class_count - 1 + (1 + solution.term_count) * rows.patterns.shape[1]
    return {
        "class_count": solution.class_count,
        "is_shared": is_shared,
        "log_likelihood": solution.log_likelihood,
        "bic": compute_bic(rows, solution),
        "aic": -2 * solution.log_likelihood + 2.0 * free,
        "entropy": compute_relative_entropy(posterior, rows.reported),
        "smallest_share": float((rows.reported @ posterior).min() / rows.reported_count),
        "stability_ari": None,
        "is_converged": solution.is_converged,
        "is_admissible": False,
        "is_chosen": False,
    }


def _measure(rows: Rows, plan: SearchPlan, solution: LatentClasses, seed: int) -> float | None:
    # a refit only has to find the same partition, not the last digit of the likelihood
    given = plan.settings
    quick = EmSettings(
        start_count=max(3, given.start_count // 2),
        finish_count=1,
        max_iterations=min(60, given.max_iterations),
        tolerance=max(1e-6, given.tolerance),
        search_persons=given.search_persons,
        thread_count=given.thread_count,
    )
    random = np.random.RandomState(seed)
    return compute_stability(rows, solution, quick, replicate_count=plan.replicate_count, random=random)
