"""The proposal as TOML: a [source.<table>] section each, or a layout of its own, commented with the confidence."""

import json
from collections.abc import Sequence
from pathlib import Path

from mltc.dialect import ColumnMapping, ReadOptions
from mltc.mapping.concerns import find_null_dates, find_null_tokens
from mltc.mapping.dates import READ_AS_NONE
from mltc.mapping.proposal import ColumnProposal, FileProposal, TableProposal

HEADING = "# Proposed by `mltc map` from names and a sample of the contents: check every line before it is used."

# What a configuration calls the encodings that need saying.
ENCODINGS = {"latin-1": "latin-1", "cp1252": "latin-1", "utf-16": "utf-16"}


def needs_layout(proposals: Sequence[FileProposal]) -> bool:
    """Whether sections of a configuration cannot say it: no header line, or two files for one table."""
    tables = [table.table for proposal in proposals for table in proposal.tables]
    return len(set(tables)) < len(tables) or not all(proposal.sample.has_header for proposal in proposals)


def write_proposal(proposals: Sequence[FileProposal], *, as_layout: bool) -> str:
    """TOML text; what is not sure enough, or missing, stands in comments with TODO where it is needed."""
    if as_layout:
        return _write_layout(proposals)
    lines = [
        HEADING,
        "",
    ]
    for proposal in proposals:
        lines += _tell_file(proposal)
        for table in proposal.tables:
            lines += [f"[source.{table.table}]", f"path = {quote(proposal.sample.path.name)}"]
            lines += _options(proposal)
            lines += [f"[source.{table.table}.columns]", *_columns(table), ""]
    return "\n".join(lines)


def _write_layout(proposals: Sequence[FileProposal]) -> str:
    lines = [
        HEADING,
        "# Use it in a configuration: [feed.<name>] dialect = \"<this file>.toml\", root = \"<folder of the extract>\"",
        'title = "TODO: what this extract is"',
        'source = "TODO: who sends it, and where its columns are described"',
        *_options(proposals[0]),
        "",
    ]  # fmt: skip
    for proposal in proposals:
        key = file_key(proposal.sample.path)
        lines += [*_tell_file(proposal), f"[file.{key}]", f"path = {quote(proposal.sample.path.name)}"]
        if not proposal.sample.has_header:
            lines.append(f"columns = {_texts(proposal.sample.columns)}")
        lines.append("")
        for table in proposal.tables:
            lines += [f"[[table.{table.table}]]", f"file = {quote(key)}"]
            lines += [f"[table.{table.table}.columns]", *_columns(table), ""]
    return "\n".join(lines)


def file_key(path: Path) -> str:
    """A key for a file that TOML takes without quotes."""
    name = path.name.split(".")[0]
    return "".join(sign if sign.isascii() and sign.isalnum() else "_" for sign in name) or "file"


def _tell_file(proposal: FileProposal) -> list[str]:
    lines = [f"# {layout.advice}" for layout in proposal.layouts[:1]]
    lines += [f"# {concern.level}: {concern.text}" for concern in proposal.concerns]
    unused = proposal.unused
    if unused:
        lines.append(f"# not used: {', '.join(name.replace(chr(10), ' ') for name in unused)}")
    return lines


def _options(proposal: FileProposal) -> list[str]:
    """Keys of reading that differ from the defaults."""
    sample, lines = proposal.sample, []
    if sample.is_text and sample.delimiter != "," and not (sample.delimiter == "\t" and ".tsv" in sample.path.name):
        lines.append(f"delimiter = {quote(sample.delimiter)}")
    if sample.encoding in ENCODINGS:
        lines.append(f"encoding = {quote(ENCODINGS[sample.encoding])}")
    tokens = find_null_tokens(sample)
    if tokens:
        lines.append(f"null_tokens = {_texts([*ReadOptions().null_tokens, *tokens])}")
    days = find_null_dates(proposal.facts)
    if days:
        lines.append(f"null_dates = [{', '.join([*READ_AS_NONE, *days])}]")
    return lines


def _columns(table: TableProposal) -> list[str]:
    return [line for item in table.columns for line in _column(item)]


def _column(item: ColumnProposal) -> list[str]:
    if item.mapping is None:
        return [f"# TODO {item.column}: required, and no column of the file is like it"] if item.required else []
    line = f"{item.column} = {write_mapping(item.mapping)}"
    told = f"# {(item.confidence or 0):.0%} {item.word}: {item.reason}".replace("%", " %", 1).replace("\n", " ")
    if item.is_taken:
        return [f"{line}  {told}"]
    return [f"# {'TODO ' if item.required else ''}{line}  {told}"]


def write_mapping(mapping: ColumnMapping) -> str:
    """A mapping as TOML, in its shortest form."""
    given = mapping.model_dump(exclude_defaults=True)
    if list(given) == ["column"]:
        return quote(mapping.column or "")
    return "{ " + ", ".join(f"{key} = {_value(value)}" for key, value in given.items()) + " }"


def _value(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{quote(key)} = {quote(text)}" for key, text in value.items()) + " }"
    if isinstance(value, tuple | list):
        return _texts(value)
    return quote(value) if isinstance(value, str) else str(value)


def _texts(texts: Sequence[object]) -> str:
    return f"[{', '.join(quote(str(text)) for text in texts)}]"


def quote(text: str) -> str:
    """A TOML string; its escapes are those of JSON."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
