"""The attack: what could a reader work out from the published tables?"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from mltc.disclosure.cells import Cells, build_cells
from mltc.disclosure.follow import Before, Follower, build_before
from mltc.disclosure.improper import ALONE, BEFORE, TOGETHER, Exposure, find_improper, read_dimensions
from mltc.disclosure.intervals import Indices, Searcher
from mltc.disclosure.knowledge import Numbers, build_reader_knowledge
from mltc.disclosure.months import believe_unchanged
from mltc.disclosure.profile import Profile
from mltc.disclosure.system import build_system
from mltc.disclosure.table import PublishedTable, TableSpec

if TYPE_CHECKING:
    import polars as pl


def attack(
    tables: Mapping[str, PublishedTable],
    specs: Mapping[str, TableSpec],
    profile: Profile,
    previous: Mapping[str, PublishedTable] | None = None,
) -> list[Exposure]:
    """Everything that the published tables give away; empty for a safe release.

    A published count v stands for any true count that rounds to it, a suppressed one for any count from
    `profile.lowest` up, and all sums declared in the specifications hold. A suppressed count is exposed when
    its feasible interval, up to `profile.highest`, is narrower than `profile.protection_width`; the
    complement of a published count when its interval is that narrow and holds only protected counts.

    With `previous`, also what that release and this one give away together and neither alone, of either, to a
    reader who takes counts that only one shows to be unchanged (see `mltc.disclosure.follow`).
    """
    frames = {name: table.frame for name, table in tables.items()}
    exposures = [exposure for name, frame in frames.items() for exposure in find_improper(frame, specs[name], profile)]
    cells = build_cells(frames, specs)
    known = build_reader_knowledge(cells, cells.gather(frames), profile)
    searcher = Searcher(build_system(cells))
    found, low, high = searcher.find_narrow(known)
    exposures += _describe(cells, frames, found, low, high, ALONE)
    if before := build_before(previous or {}, specs, profile):
        now_known = replace(known, lower=searcher.lower, upper=searcher.upper)
        follower = Follower(before.pair(cells, frames), before, before.known_to_reader(profile), is_insider=False)
        published = cells.gather(frames)
        believed = believe_unchanged(follower.months, published, before.published)
        together, low, high = follower.find_narrow(now_known, published, believed)
        exposures += _describe_together(follower, frames, before, together, set(found.tolist()), low, high)
    return exposures


def _describe_together(
    follower: Follower,
    frames: Mapping[str, "pl.DataFrame"],
    before: Before,
    together: Indices,
    alone: set[int],
    low: Numbers,
    high: Numbers,
) -> Iterator[Exposure]:
    """What two releases give away, without what this one gives away alone."""
    now, earlier = follower.months.split(together)
    new = now[[int(variable) not in alone for variable in now]] if now.size else now
    size = len(follower.months.now.kind)
    yield from _describe(follower.months.now, frames, new, low, high, TOGETHER)
    yield from _describe(before.cells, before.frames, earlier, low[size:], high[size:], BEFORE)


def _describe(
    cells: Cells, frames: Mapping[str, "pl.DataFrame"], found: Indices, low: Numbers, high: Numbers, reason: str
) -> Iterator[Exposure]:
    for variable in found.tolist():
        table, count, row = cells.locate(variable)
        dimensions = read_dimensions(frames[table], cells.specs[table], row)
        is_complement = variable >= cells.visible_count
        ends = float(low[variable]), float(high[variable])
        yield Exposure(table, dimensions, count, *ends, reason, is_complement)
