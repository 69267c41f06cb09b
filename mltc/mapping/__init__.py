"""A mapping proposed for a file that nobody described, by the names and contents of its columns."""

from mltc.mapping.proposal import ColumnProposal, FileProposal, TableProposal, propose_file
from mltc.mapping.shown import dump_proposals, find_open, frame_columns, tell_file
from mltc.mapping.written import needs_layout, write_proposal

__all__ = [
    "ColumnProposal",
    "FileProposal",
    "TableProposal",
    "dump_proposals",
    "find_open",
    "frame_columns",
    "needs_layout",
    "propose_file",
    "tell_file",
    "write_proposal",
]
