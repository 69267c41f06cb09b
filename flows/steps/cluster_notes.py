"""What is said about clusters beside their figures: what could not be fitted, and what changed since the last run."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import polars as pl

from flows.steps.cluster_matrix import ALL

if TYPE_CHECKING:
    from models.errors import TooLittleData
    from models.strata import StratumClusters


def describe_strata(
    fitted: Mapping[str, "StratumClusters | TooLittleData"], titles: dict[str, str], event: pl.DataFrame
) -> list[str]:
    """Sentences for the release, without any figure of people; `event`: the table that this run writes."""
    notes = []
    for stratum, found in fitted.items():
        if isinstance(found, ValueError):
            notes.append(f"{say_stratum(stratum)} could not be computed. {_without_figures(found)}")
            continue
        notes += _say_implied(stratum, found, titles)
        notes += _say_changes(stratum, event.filter(pl.col("stratum") == stratum))
    return notes + _say_shared(fitted)


def say_stratum(stratum: str) -> str:
    """The subject of a sentence."""
    return "Condition clusters" if stratum == ALL else f"Condition clusters of people aged {stratum}"


def _say_changes(stratum: str, event: pl.DataFrame) -> list[str]:
    """New and vanished classes; nothing on a first run, when every class is new."""
    new, gone = (event.filter(pl.col("status") == status) for status in ("new", "vanished"))
    if not event.filter(pl.col("status").is_in(["kept", "vanished"])).height or not new.height + gone.height:
        return []
    told = []
    if new.height:
        told.append(f"new since the last run: {_list_names(new)}")
    if gone.height:
        told.append(f"no longer found: {_list_names(gone)}")
    return [f"{say_stratum(stratum)} changed; {'; '.join(told)}. All others keep their id and name."]


def _list_names(event: pl.DataFrame) -> str:
    return "; ".join(f"{name} ({key})" for key, name in event.select("cluster_id", "cluster_name").iter_rows())


def _say_shared(fitted: Mapping[str, "StratumClusters | TooLittleData"]) -> list[str]:
    """Age bands that took over the classes of everyone."""
    shared = [band for band, found in fitted.items() if not isinstance(found, ValueError) and found.model.is_shared_]
    if not shared:
        return []
    return [
        f"People aged {', '.join(shared)} are described by the condition clusters of all ages: "
        "clusters of their own would not describe them better."
    ]


def _say_implied(stratum: str, found: "StratumClusters", titles: dict[str, str]) -> list[str]:
    """Which conditions are described and not fitted; said once, for everyone."""
    if stratum != ALL or not found.implied:
        return []
    pairs = "; ".join(f"{titles[child]} (part of {titles[parent]})" for child, parent in found.implied.items())
    return [f"Left out of the fit of condition clusters, since another condition contains them: {pairs}."]


def _without_figures(error: ValueError) -> str:
    """What was needed, without what was found: a found count could be a small number."""
    return str(error).split("; found", maxsplit=1)[0].split("; best", maxsplit=1)[0].rstrip(".") + "."
