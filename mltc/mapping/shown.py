"""The proposal as rows for the screen and as plain data for `--json`."""

from collections.abc import Sequence

import polars as pl

from mltc.mapping.proposal import FileProposal, TableProposal

LEAST_BELIEF = 0.3  # below this no table is likely, and the first one is shown for want of a better


def frame_columns(table: TableProposal) -> pl.DataFrame:
    """One row per canonical column: where it comes from, how sure that is, and why."""
    rows = [
        (
            item.column + (" *" if item.required else ""),
            ", ".join(item.sources) or "-",
            "not found" if item.confidence is None else f"{item.confidence:.0%} {item.word}".replace("%", " %"),
            item.reason,
        )
        for item in table.columns
    ]
    return pl.DataFrame(rows, schema=["column (* required)", "from", "confidence", "why"], orient="row")


def tell_file(proposal: FileProposal) -> list[str]:
    """What the file is, in sentences: a shipped layout first, then how it is written, then the likely tables."""
    sample = proposal.sample
    told = [f"{sample.path.name} {layout.advice}." for layout in proposal.layouts[:1]]
    signs = {"\t": "tab", ",": "comma", ";": "semicolon", "|": "bar"}
    how = f"{sample.encoding}, parted by {signs[sample.delimiter]}" if sample.is_text else "Parquet"
    told.append(f"{sample.path.name}: {how}, {len(sample.columns)} columns, {sample.rows.height:,} rows sampled.")
    likely = [f"{name} {belief:.0%}".replace("%", " %") for name, belief in list(proposal.beliefs.items())[:3]]
    told.append(f"Most like the canonical table {', '.join(likely)}.")
    if max(proposal.beliefs.values()) < LEAST_BELIEF:
        told.append("No canonical table is likely; choose one with --table if you know it.")
    return told


def find_open(proposals: Sequence[FileProposal]) -> list[str]:
    """Required columns, as table.column, that nobody has answered for."""
    return [f"{table.table}.{name}" for one in proposals for table in one.tables for name in table.open_columns]


def dump_proposals(proposals: Sequence[FileProposal]) -> list[dict[str, object]]:
    """Plain data for programs: file, layouts, beliefs, tables with columns, concerns."""
    return [
        {
            "file": one.sample.path.name,
            "encoding": one.sample.encoding,
            "delimiter": one.sample.delimiter if one.sample.is_text else None,
            "has_header": one.sample.has_header,
            "rows_sampled": one.sample.rows.height,
            "layouts": [
                {"dialect": layout.dialect, "file": layout.file, "share": round(layout.share, 3)}
                for layout in one.layouts
            ],
            "beliefs": {name: round(belief, 3) for name, belief in one.beliefs.items() if belief >= 0.005},
            "tables": [_dump_table(table) for table in one.tables],
            "unused_columns": list(one.unused),
            "concerns": [{"level": concern.level, "text": concern.text} for concern in one.concerns],
        }
        for one in proposals
    ]


def _dump_table(table: TableProposal) -> dict[str, object]:
    columns = [
        {
            "column": item.column,
            "required": item.required,
            "mapping": item.mapping.model_dump(exclude_defaults=True) if item.mapping else None,
            "confidence": round(item.confidence, 2) if item.confidence is not None else None,
            "word": item.word,
            "why": item.reason,
        }
        for item in table.columns
    ]
    return {"table": table.table, "open_columns": list(table.open_columns), "columns": columns}
