"""The proposal for an unknown file: tables, columns with their confidence, and what to beware of."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from mltc.contract import Table, load_contract
from mltc.dialect import ColumnMapping
from mltc.errors import ConfigError
from mltc.mapping.build import build_mapping, find_code_system, find_more
from mltc.mapping.candidate import Candidate, choose, judge_columns
from mltc.mapping.concerns import Concern, find_concerns
from mltc.mapping.confidence import LIKELY, measure_confidence, name_confidence
from mltc.mapping.contents import ColumnFacts, describe_column
from mltc.mapping.fold import fold_columns
from mltc.mapping.known import KnownLayout, find_layouts
from mltc.mapping.sample import Sample, read_sample
from mltc.mapping.synonyms import load_names
from mltc.mapping.tables import score_table, share_belief

PERSONLESS = 1.5  # what a person's key takes from the score of a table without persons


@dataclass(frozen=True)
class ColumnProposal:
    """One canonical column. `confidence` is None where nothing was found; `sources` are the columns it reads."""

    column: str
    required: bool
    mapping: ColumnMapping | None
    confidence: float | None
    reason: str
    item: Candidate | None = None

    @property
    def word(self) -> str:
        """sure, likely, unsure or not found."""
        return name_confidence(self.confidence)

    @property
    def is_taken(self) -> bool:
        """Whether it is sure enough to be written as it is."""
        return self.mapping is not None and (self.confidence or 0.0) >= LIKELY

    @property
    def sources(self) -> tuple[str, ...]:
        """Source columns as the mapping writes them, ranges in short."""
        if self.mapping is None:
            return ()
        return self.mapping.list or self.mapping.source_columns or (f"always {self.mapping.constant}",)


@dataclass(frozen=True)
class TableProposal:
    """One canonical table. `belief`: how likely the file is of it (0-1), beside all other tables."""

    table: str
    belief: float
    columns: tuple[ColumnProposal, ...]

    @property
    def open_columns(self) -> tuple[str, ...]:
        """Required columns for which nothing was found that is sure enough."""
        return tuple(item.column for item in self.columns if item.required and not item.is_taken)


@dataclass(frozen=True)
class FileProposal:
    """All about one file."""

    sample: Sample
    layouts: tuple[KnownLayout, ...]
    beliefs: dict[str, float]
    tables: tuple[TableProposal, ...]
    concerns: tuple[Concern, ...]
    facts: dict[str, ColumnFacts]

    @property
    def unused(self) -> tuple[str, ...]:
        """Columns of the file that no table of the proposal reads."""
        used = {
            name
            for table in self.tables
            for item in table.columns
            if item.mapping and item.is_taken
            for name in item.mapping.source_columns
        }
        return tuple(name for name in self.sample.columns if name not in used)


def propose_file(path: Path, tables: Sequence[str] = (), without: Collection[str] = ()) -> FileProposal:
    """Proposal for one file, for the given canonical tables or for the most likely one.

    `without`: shipped layouts that must not be known (for measuring). Raises ExtractError for a file that cannot
    be read, ConfigError for a table that is not canonical.
    """
    return propose_sample(read_sample(path), tables, without)


def propose_sample(sample: Sample, tables: Sequence[str] = (), without: Collection[str] = ()) -> FileProposal:
    """Proposal for a sample that was read."""
    contract = load_contract()
    strangers = [name for name in tables if name not in contract]
    if strangers:
        raise ConfigError(f"--table {strangers[0]} is not a canonical table (known: {', '.join(contract)}).")
    facts = {name: describe_column(sample.rows[name]) for name in sample.columns}
    groups = fold_columns(sample.columns)
    layouts = find_layouts(sample.path, sample.columns, without) if sample.has_header else []
    hints = set(layouts[0].tables) if layouts else set()
    names = load_names(frozenset(without))
    found: dict[str, tuple[float, tuple[ColumnProposal, ...]]] = {}
    for table in contract.values():
        candidates = judge_columns(table, groups, facts, names)
        chosen = choose(table, candidates)
        score = score_table(table, chosen, sample.path, hints)
        found[table.table] = score, _propose_columns(table, chosen, candidates)
    beliefs = share_belief(_mind_persons({table: score for table, (score, _) in found.items()}, found))
    wanted = tuple(tables) or (next(iter(beliefs)),)
    proposals = tuple(TableProposal(table, beliefs[table], found[table][1]) for table in wanted)
    people = {
        item.mapping.column
        for proposal in proposals for item in proposal.columns
        if item.column == "person_id" and item.mapping and item.mapping.column
    }  # fmt: skip
    return FileProposal(sample, tuple(layouts), beliefs, proposals, find_concerns(sample, facts, people), facts)


def _mind_persons(
    scores: dict[str, float], found: dict[str, tuple[float, tuple[ColumnProposal, ...]]]
) -> dict[str, float]:
    """Where a column is surely a person's key, the file is less likely of a table that has no persons."""
    has_key = any(item.column == "person_id" and item.word == "sure" for _, items in found.values() for item in items)
    contract = load_contract()
    return {
        table: score - (PERSONLESS if has_key and not contract[table].has_person else 0.0)
        for table, score in scores.items()
    }


def _propose_columns(
    table: Table, chosen: dict[str, Candidate], candidates: dict[str, list[Candidate]]
) -> tuple[ColumnProposal, ...]:
    proposals = {}
    for name, column in table.columns.items():
        if name not in chosen:
            proposals[name] = ColumnProposal(name, column.required, None, None, "no column is like it")
            continue
        item = chosen[name]
        more = find_more(item, candidates[name]) if column.type == "list" else None
        first, others = (more[0], more[1:]) if more else (item, ())
        mapping = build_mapping(column, first, others)
        proposals[name] = ColumnProposal(name, column.required, mapping, measure_confidence(item), item.reason, item)
    if "code_system" in table.columns and "code" in chosen:
        _propose_codes(table, chosen, candidates["code"], proposals)
    return tuple(proposals.values())


def _propose_codes(
    table: Table, chosen: dict[str, Candidate], codes: list[Candidate], proposals: dict[str, ColumnProposal]
) -> None:
    """The terminology from the codes themselves where no column states it; two columns of codes become one."""
    stated = proposals["code_system"]
    if stated.item is not None and stated.is_taken:
        return
    taken = {item.group for name, item in chosen.items() if name not in {"code", "code_system"}}
    systems: dict[str, Candidate] = {}
    for item in codes:
        system = find_code_system(table.table, item)
        if system and item.group not in taken and not item.group.is_range and (
            item is codes[0] or item.group == chosen["code"].group or (item.alike > 0.55 and item.score > 1.5)
        ):  # fmt: skip
            systems.setdefault(system[0], item)
    if not systems:
        return
    confidence, best = min(proposals["code"].confidence or 0.0, 0.95), proposals["code"].item
    if len(systems) == 1:
        name = next(iter(systems))
        proposals["code_system"] = ColumnProposal(
            "code_system", True, ColumnMapping(constant=name), confidence, f"the codes are {name}"
        )
        return
    columns = {item.group.columns[0]: name for name, item in systems.items()}
    why = " and ".join(f"{column} {name}" for column, name in columns.items())
    first_of = ColumnMapping(first_of=tuple(columns))
    labels = ColumnMapping(label_of_first=columns)
    proposals["code"] = ColumnProposal("code", True, first_of, confidence, f"{proposals['code'].reason}; {why}", best)
    proposals["code_system"] = ColumnProposal("code_system", True, labels, confidence, why)
