"""From raw counts to published tables: suppress, round, attack, suppress more until the attack fails."""

from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from mltc.disclosure.attackers import Attackers
from mltc.disclosure.cells import COMPLEMENT, Cells, build_cells
from mltc.disclosure.choose import Chooser
from mltc.disclosure.exposure import attack
from mltc.disclosure.follow import build_before
from mltc.disclosure.improper import Exposure
from mltc.disclosure.marts import check_marts
from mltc.disclosure.profile import Counts, Flags, Profile
from mltc.disclosure.rates import add_measures, add_rates
from mltc.disclosure.table import PublishedTable, TableSpec
from mltc.errors import DisclosureError

if TYPE_CHECKING:
    import polars as pl

ROUNDS = 12
"""Rounds of complementary suppression before a table is withheld: releases that settle needed at most seven."""
BESIDE_ROUNDS = 24
"""The same against the release before; areas of a few hundred people needed up to 20."""
STUBBORN = 8
"""Rounds in which one count may be found again: what has been pinned from many sides is not worth more of them."""


def protect(
    frames: Mapping[str, "pl.DataFrame"],
    specs: Mapping[str, TableSpec],
    profile: Profile,
    previous: Mapping[str, PublishedTable] | None = None,
    previous_frames: Mapping[str, "pl.DataFrame"] | None = None,
) -> dict[str, PublishedTable]:
    """Published tables for raw ones: every table of `specs`, empty where `frames` has none.

    `frames` hold dimensions, true counts and measures (rates and recomputed measures are not read). Where
    several cells could protect a suppressed one, those suppressed in `previous` are taken first: a pattern
    that stays the same from month to month cannot be undone by laying the months side by side. Where the pattern has
    to change, cells are suppressed until the two months together give away nothing that neither does alone, to a
    reader (see `attack`) and, with the true counts of `previous` as `previous_frames`, to one who knows which
    counts have changed; or none of these, where that does not settle soon: what hides nothing is not hidden.

    Tables about the same few people can hold one another's sums so tightly that suppression runs on from table
    to table, or ends without success. Then those that `yields` names are withheld one by one, each for all
    its rows, until the rest settles.

    Raises
    ------
    DisclosureError
        The tables contradict their specification, or no further suppression makes the attack fail.
    """
    raw = dict(check_marts(frames, specs))
    yielding = [(spec.yields, name) for name, spec in specs.items() if spec.yields and raw[name].height]
    waiting = [name for _, name in sorted(yielding)]
    withheld: list[str] = []
    before = build_before(previous or {}, specs, profile, previous_frames)
    while True:
        cells = build_cells(raw, specs)
        counts = cells.gather(raw)
        is_primary = find_primary(cells, counts, profile)
        attackers = Attackers(cells, counts, profile, before, raw)
        was_suppressed = _was_suppressed(cells, raw, previous)
        try:
            is_suppressed = _suppress_until_safe(attackers, is_primary, was_suppressed, ROUNDS if waiting else None)
            break
        except UnsettledError:
            if not waiting:
                raise
            withheld.append(waiting.pop(0))
            raw[withheld[-1]] = raw[withheld[-1]].clear()
    if before:
        with suppress(UnsettledError):
            is_suppressed = _suppress_until_safe(attackers, is_suppressed, was_suppressed, BESIDE_ROUNDS, beside=True)
    tables = _publish(raw, cells, counts, is_primary, is_suppressed, profile)
    tables |= {name: replace(tables[name], is_withheld=True) for name in withheld}
    if exposures := attack(tables, specs, profile):
        raise DisclosureError(_explain(exposures))
    return tables


class UnsettledError(DisclosureError):
    """Suppressing further cells does not make the attack fail, or not within the rounds allowed."""


def find_primary(cells: Cells, counts: Counts, profile: Profile) -> Flags:
    """Counts that are small themselves, and parts that leave a small rest of their whole.

    If 3 of 100 persons do not have a condition, "97 of 100" says as much as "3": the complement of a nested
    count is a cell, and it is the part that hides it.
    """
    is_primary = profile.is_protected(counts)
    true = cells.hidden_values(counts)
    columns = cells.matrix.tocsc()
    for complement in np.flatnonzero((cells.kind == COMPLEMENT) & profile.is_protected(true)):
        row = columns.indices[columns.indptr[complement]]
        members = slice(cells.matrix.indptr[row], cells.matrix.indptr[row + 1])
        names, signs = cells.matrix.indices[members], cells.matrix.data[members]
        part = names[(signs < 0) & (names != complement)][0]
        if counts[part] > 0:
            is_primary[part] = True
    return is_primary


def hide_zeros(cells: Cells, counts: Counts, is_suppressed: Flags, profile: Profile) -> Flags:
    """`is_suppressed` and the zeros of sums in which counting the marks would tell too much.

    Where 0 is shown, six suppressed parts are six or more persons, so a suppressed total of at most 7 would
    be 6 or 7. In such sums the zeros are suppressed as well: then a mark may stand for 0.
    """
    if not profile.shows_zero:
        return is_suppressed
    hidden = is_suppressed.copy()
    shown = profile.round(counts)
    greatest = np.where(is_suppressed, profile.highest, shown + np.where(shown > 0, profile.blur, 0))
    least = np.where(is_suppressed, profile.lowest, shown - np.where(shown > 0, profile.blur, 0))
    for row in np.flatnonzero(np.diff(cells.matrix.indptr) > 2):
        members = cells.matrix.indices[cells.matrix.indptr[row] : cells.matrix.indptr[row + 1]]
        is_complement = bool((cells.kind[members] == COMPLEMENT).any())
        signs = cells.matrix.data[cells.matrix.indptr[row] : cells.matrix.indptr[row + 1]]
        visible = members < cells.visible_count
        parts, total = members[visible & (signs < 0)], members[visible & (signs > 0)][0]
        room = greatest[total] - least[parts].sum()
        if not is_complement and is_suppressed[parts].any() and room < profile.protection_width:
            hidden[parts[counts[parts] == 0]] = True
    return hidden


def _suppress_until_safe(
    attackers: Attackers,
    is_primary: Flags,
    was_suppressed: Flags,
    rounds: int | None,
    *,
    beside: bool = False,
) -> Flags:
    """`is_primary` and the complementary cells that make the attackers fail; `rounds` None: as many as it takes.

    `beside`: also those who lay this release beside the one before.
    """
    cells, profile = attackers.cells, attackers.profile
    published = profile.round(attackers.counts)
    is_suppressed = is_primary.copy()
    number = 0
    seen: Counter[int] = Counter()
    while True:
        is_suppressed = hide_zeros(cells, attackers.counts, is_suppressed, profile)
        found = attackers.find_exposed(is_suppressed, beside=beside)
        if not found.exposed.size:
            return is_suppressed
        number += 1
        seen.update(found.exposed.tolist())
        is_stubborn = beside and max(seen.values()) > STUBBORN
        chooser = Chooser(found.system, found.cells, published, was_suppressed)
        chosen = chooser.choose(found.exposed, found.lower, found.upper, is_suppressed, found.is_useless)
        if not chosen or number == rounds or is_stubborn:
            tables = sorted({attackers.locate(found, int(variable)) for variable in found.exposed})
            raise UnsettledError(
                f"{found.exposed.size} counts of {', '.join(tables)} can still be worked out from {found.source}, "
                "and nothing is left to suppress. Publish fewer breakdowns of these tables."
            )
        is_suppressed[chosen] = True


def _was_suppressed(
    cells: Cells, raw: Mapping[str, "pl.DataFrame"], previous: Mapping[str, PublishedTable] | None
) -> Flags:
    """Which cells the previous release had, suppressed."""
    import polars as pl

    was_suppressed = np.zeros(cells.visible_count, dtype=np.bool_)
    for (table, count), start in cells.first.items():
        if not previous or table not in previous:
            continue
        keys = list(cells.specs[table].dimensions)
        before = previous[table].frame.filter(pl.col(count).is_null()).select(*keys, pl.lit(1).alias("found"))
        found = raw[table].select(keys).join(before.unique(keys), on=keys, how="left", maintain_order="left")
        was_suppressed[start : start + raw[table].height] = found["found"].is_not_null().to_numpy()
    return was_suppressed


def _publish(
    raw: Mapping[str, "pl.DataFrame"],
    cells: Cells,
    counts: Counts,
    is_primary: Flags,
    is_suppressed: Flags,
    profile: Profile,
) -> dict[str, PublishedTable]:
    """Rounded counts with the suppressed ones gone, and everything that is computed from them."""
    import polars as pl

    shown = np.where(is_suppressed, -1, profile.round(counts))
    frames: dict[str, pl.DataFrame] = {}
    for table, frame in raw.items():
        columns = {count: pl.Series(count, shown[cells.rows(table, count)]) for count in cells.specs[table].counts}
        with_counts = frame.with_columns(
            pl.when(column >= 0).then(column).alias(count) for count, column in columns.items()
        )
        frames[table] = add_rates(with_counts, cells.specs[table], profile)
    tables = {}
    for table, spec in cells.specs.items():
        frame = add_measures(frames, spec).select(*spec.kinds)
        primary = sum(int(is_primary[cells.rows(table, count)].sum()) for count in spec.counts)
        suppressed = sum(int(is_suppressed[cells.rows(table, count)].sum()) for count in spec.counts)
        tables[table] = PublishedTable(spec, frame, primary, suppressed - primary)
    return tables


def _explain(exposures: list[Exposure]) -> str:
    tables = sorted({exposure.table for exposure in exposures})
    return (
        f"{len(exposures)} numbers in {', '.join(tables)} are exposed after disclosure control; nothing was released."
    )
