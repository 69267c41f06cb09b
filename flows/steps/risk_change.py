"""What moved each person's risk since the last run: `risk.change`, for the people who have reasons.

Everything is held against the model, the features and the code lists of the last good run of an earlier month. Features
under the code lists of then are not built again: where a condition's code list or rule has changed, all change of its
flag counts as code list, also of somebody who was diagnosed in the month; so does, in such a month, all change of the
numbers of conditions and of the scores that rest on lists.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl

from flows.steps.champion import read_version
from flows.steps.risk_reason import read_explained
from flows.steps.risk_score import append
from mltc.codelists import Codelists
from mltc.config import Config
from mltc.progress import tell
from mltc.risk_catalogue import Feature, Outcome, load_features
from mltc.warehouse import Warehouse

_PARTS = ("from_events", "from_ageing", "from_model", "from_codelist")
SCHEMA = {
    "person_id": pl.String,
    "outcome": pl.String,
    **dict.fromkeys(("last_risk", "risk", *_PARTS), pl.Float64),
}
_SAME_RISK = 1e-6  # a stored risk that its own model does not give again has another origin


class Pair(NamedTuple):
    """The models of the last run and of this; `old` is None where that of then cannot be asked."""

    outcome: Outcome
    old: Any
    new: Any
    is_codelist_changed: bool


def explain_changes(
    warehouse: Warehouse,
    config: Config,
    codelists: Codelists,
    registry: Path,
    in_force: Sequence[tuple[Outcome, Any]],
) -> list[str]:
    """Write `risk.change`; a sentence for each outcome whose change cannot be told apart."""
    warehouse.write("risk.change", pl.DataFrame(schema=SCHEMA))
    pairs = [
        pair
        for outcome, candidate in in_force
        if outcome.kind == "binary" and (pair := _pair(warehouse, codelists, registry, outcome, candidate))
    ]
    if not pairs:
        return []
    features = load_features()
    movers = {
        is_changed: sort_movers(warehouse, features, is_codelist_changed=is_changed) for is_changed in (True, False)
    }
    for number, (people, asked) in enumerate(read_explained(warehouse, config), start=1):
        tell(f"what moved the risk, batch {number}")
        bounds = {"first": people["person_id"][0], "last": people["person_id"][-1]}
        before = warehouse.read("select * from risk.last_feature where person_id between $first and $last", bounds)
        scored = warehouse.read(
            "select person_id, outcome, predicted_risk from risk.last_risk "
            "where predicted_risk is not null and person_id between $first and $last",
            bounds,
        )
        for pair in pairs:
            key = pair.outcome.key
            both = asked.filter(outcome=key).join(scored.filter(outcome=key), on="person_id").sort("person_id")
            both = both.join(before.select("person_id"), on="person_id", how="semi", maintain_order="left")
            if both.height:
                found = _explain(pair, movers[pair.is_codelist_changed], both, before, people)
                append(warehouse, "risk.change", found)
    return [
        f"{pair.outcome.name}: what moved people's risk since the last run cannot be told apart, since the model of "
        "that run cannot be asked again."
        for pair in pairs
        if pair.old is None
    ]


def sort_movers(warehouse: Warehouse, features: Sequence[Feature], *, is_codelist_changed: bool) -> Any:
    """`models.risk_change.Movers` of the declared features.

    With other code lists than then: flags of conditions whose rule or codes differ, what is made of several conditions
    where any does, and every score. A last run that kept no trace of its code lists differs in all of them.
    """
    from models.risk_change import Movers

    return Movers(
        age=frozenset(each.key for each in features if each.time == "age"),
        since=frozenset(each.key for each in features if each.time == "since"),
        codelist=frozenset(_list_moved_by_codelist(warehouse, features) if is_codelist_changed else ()),
    )


def _list_moved_by_codelist(warehouse: Warehouse, features: Sequence[Feature]) -> Iterator[str]:
    compared = warehouse.read(
        "select coalesce(content.condition, before.condition) as condition, "
        "before.fingerprint is distinct from content.fingerprint as is_changed "
        "from risk.codelist_content as content "
        "full outer join risk.last_codelist as before on before.condition = content.condition"
    )
    is_changed = {f"has_{condition}": changed for condition, changed in compared.iter_rows()}
    for feature in features:
        if (
            feature.source == "features.condition_held" and is_changed.get(feature.key, any(is_changed.values()))
        ) or feature.source.startswith("scores."):
            yield feature.key


def _pair(warehouse: Warehouse, codelists: Codelists, registry: Path, outcome: Outcome, candidate: Any) -> Pair | None:
    """The two models of an outcome; None where nobody was scored for it in the last run."""
    versions = warehouse.read(
        "select distinct model_version from risk.last_risk "
        "where outcome = $outcome and model_version is not null and predicted_risk is not null",
        {"outcome": outcome.key},
    )["model_version"]
    if versions.is_empty():
        return None
    stored = read_version(registry, outcome.key, versions[0].removeprefix(f"{outcome.key}-"))
    if stored is None:
        return Pair(outcome, None, candidate, is_codelist_changed=False)
    old, manifest = stored
    same = _read_version_in_force(warehouse, outcome) == versions[0]
    changed = manifest["codelist_version"] != codelists.version
    return Pair(outcome, candidate if same else old, candidate, is_codelist_changed=changed)


def _read_version_in_force(warehouse: Warehouse, outcome: Outcome) -> str | None:
    found: str | None = warehouse.read(
        "select model_version from risk.outcome where outcome = $outcome", {"outcome": outcome.key}
    )["model_version"].item()
    return found


def _explain(pair: Pair, movers: Any, both: pl.DataFrame, before: pl.DataFrame, people: pl.DataFrame) -> pl.DataFrame:
    """`SCHEMA` of the people of both runs; parts are null where the old model cannot be asked."""
    from models.risk_change import explain_change

    then, now = (
        both.select("person_id").join(each, on="person_id", maintain_order="left") for each in (before, people)
    )
    if pair.old is None or not set(pair.old.feature_names) <= set(then.columns) & set(now.columns):
        found = pl.DataFrame({"last_risk": both["predicted_risk"], "risk": pair.new.predict_risk(now)})
        found = found.with_columns(pl.lit(None, pl.Float64).alias(name) for name in _PARTS)
    else:
        found = explain_change(pair.old, pair.new, then, now, movers)
        given_again = (found["last_risk"] - both["predicted_risk"]).abs() < _SAME_RISK
        found = found.with_columns(
            last_risk=both["predicted_risk"].zip_with(~given_again, found["last_risk"]),
            **{name: pl.when(given_again).then(pl.col(name)) for name in _PARTS},
        )
    return found.with_columns(person_id=both["person_id"], outcome=pl.lit(pair.outcome.key)).select(*SCHEMA)
