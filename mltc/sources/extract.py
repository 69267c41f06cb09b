"""Load the files of one canonical table into `raw`, a row in for a row there."""

import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from mltc.config import Config
from mltc.contract import load_contract
from mltc.errors import ExtractError
from mltc.sources.columns import refuse_missing, resolve_mappings
from mltc.sources.consistency import count_rows
from mltc.sources.insert import REPLAY_COLUMNS, TRACE_COLUMNS, Origin, insert_footer, insert_rows
from mltc.sources.inspect import FileFacts, hash_extract, inspect_file
from mltc.sources.joined import JoinedFiles
from mltc.sources.locate import SourceFile, locate_files
from mltc.sources.part import Part, plan_parts
from mltc.sources.plain import write_plain
from mltc.sources.reader import build_reader, is_csv, read_columns
from mltc.sources.record import ExtractFile
from mltc.sources.relation import Relation, join_files, stack
from mltc.warehouse import EngineError, Warehouse, read_value


@dataclass(frozen=True)
class Located:
    """Everything that fills one canonical table: its parts, and the files of each by feed and the layout's key."""

    table: str
    parts: list[Part]
    files: dict[tuple[str, str], list[SourceFile]]

    def describe(self) -> list[object]:
        """What the rows depend on, in plain values: how they are read, and the bytes of every file."""
        hashes = {file.path: hash_extract(file.path) for files in self.files.values() for file in files}
        settings = {"lawful_basis", "permitted_use", "storage", "database", "retries", "path", "root"}
        return [
            [
                [part.feed, part.dialect, part.part.model_dump(mode="json"), part.options.model_dump(mode="json")],
                part.settings.model_dump(mode="json", exclude=settings),
                [
                    [key, part.files[key].model_dump(mode="json"), [[f.name, hashes[f.path]] for f in files]]
                    for (feed, key), files in self.files.items()
                    if feed == part.feed and key in part.part.files
                ],
            ]
            for part in self.parts
        ]


@dataclass
class _Loader:
    """What one canonical table is loaded with; files that several parts read are inspected once.

    `copies` is the folder for plain copies of files that the engine would not read right.
    """

    warehouse: Warehouse
    config: Config
    located: Located
    copies: Path
    joined: JoinedFiles
    is_replayed: bool
    opened: dict[Path, tuple[Path, FileFacts]] = field(default_factory=dict)
    stamps: dict[Path, tuple[int, int]] = field(default_factory=dict)
    copied: int = 0

    def open(self, file: SourceFile, part: Part, key: str) -> tuple[Path, FileFacts]:
        """What is read in place of the file, and its facts: the file itself, or its plain copy."""
        if file.path not in self.opened:
            self.stamps[file.path] = _read_stamp(file)
            has_header = not part.files[key].columns
            facts = inspect_file(file.path, part.options, part.names_in(key), has_header=has_header)
            path = file.path
            if not facts.is_plain:
                self.copied += 1
                path = self.copies / str(self.copied) / file.path.name
                facts = write_plain(file.path, facts, path)
            self.opened[file.path] = path, facts
        return self.opened[file.path]

    def forget(self, file: SourceFile) -> None:
        """Remove the copy of a file whose rows have been loaded: it may be as large as the file."""
        path, _ = self.opened[file.path]
        if path != file.path:
            del self.opened[file.path]
            path.unlink(missing_ok=True)

    def locate(self, part: Part, key: str) -> list[SourceFile]:
        return self.located.files[part.feed, key]

    def read(self, part: Part, key: str, file: SourceFile, position: int = 0) -> Relation:
        path, facts = self.open(file, part, key)
        reader = build_reader(path, part.options, facts, part.files[key].columns)
        types = read_columns(self.warehouse, path, facts, reader)
        if position:
            reader = f"(select *, {position} as _file_position from {reader})"
        return Relation(reader, types)

    def read_other(self, part: Part, key: str) -> Relation | None:
        files = self.locate(part, key)
        if not files:
            return None
        return stack([self.read(part, key, file, position) for position, file in enumerate(files, start=1)])


def locate_extract(
    config: Config, table_name: str, landing: Path, read_block: Callable[[str], str] | None = None
) -> Located:
    """Find everything that fills a canonical table; what is not a local file is pulled to `landing`.

    `read_block` gives the text of a named secret. Raises ExtractError for a missing file or source.
    """
    parts = plan_parts(config, table_name)
    files = {}
    for part in parts:
        for key in part.part.files:
            if (part.feed, key) not in files:
                files[part.feed, key] = locate_files(config, part, key, landing, read_block)
    return Located(table_name, parts, files)


def load_extract(
    warehouse: Warehouse,
    config: Config,
    table_name: str,
    landing: Path,
    read_block: Callable[[str], str] | None = None,
) -> list[ExtractFile]:
    """`locate_extract`, and at once `load_located`."""
    return load_located(warehouse, config, locate_extract(config, table_name, landing, read_block), landing)


def load_located(warehouse: Warehouse, config: Config, located: Located, landing: Path) -> list[ExtractFile]:
    """(Re)create `raw.<table>` from everything that fills it, or empty where the config has nothing.

    Every source row becomes one raw row with its file, row number and whatever could not be read.
    Raises ExtractError for an unreadable file, for missing columns, and where all files are empty.
    """
    table_name, parts = located.table, located.parts
    table = load_contract()[table_name]
    is_replayed = any(part.spec.key for part in parts)
    trace = {name: kind for name, kind in TRACE_COLUMNS.items() if is_replayed or name not in REPLAY_COLUMNS}
    columns = trace | {column.name: column.sql_type for column in table.column}
    listed = ", ".join(f"{name} {kind}" for name, kind in columns.items())
    warehouse.execute("create schema if not exists raw")
    warehouse.execute(f"create or replace table raw.{table_name} ({listed})")
    copies = landing / ".plain" / table_name
    loader = _Loader(warehouse, config, located, copies, JoinedFiles(warehouse), is_replayed)
    try:
        loaded = [file for part in parts for file in _load_part(loader, part)]
        _refuse_changed(loader)
        return _merge(loaded)
    finally:
        loader.joined.clear()
        shutil.rmtree(loader.copies, ignore_errors=True)


def _refuse_changed(loader: _Loader) -> None:
    """A file that its sender was still writing has rows that its checksum and its account do not know."""
    for files in loader.located.files.values():
        for file in files:
            if file.path in loader.stamps and _read_stamp(file) != loader.stamps[file.path]:
                raise ExtractError(
                    f"{file.name} changed while it was read: its sender may still be writing it. Run again when the "
                    "delivery is complete."
                )


def _read_stamp(file: SourceFile) -> tuple[int, int]:
    """Size, and when it was last changed."""
    try:
        status = file.path.stat()
    except OSError as error:
        raise ExtractError(f"{file.name} cannot be opened any more ({type(error).__name__}). Run again.") from None
    return status.st_size, status.st_mtime_ns


def _load_part(loader: _Loader, part: Part) -> list[ExtractFile]:
    loaded = [_load_file(loader, part, file) for file in loader.locate(part, part.part.file)]
    if loaded and all(file.rows_in_file == file.footer_rows for file in loaded) and not part.spec.optional:
        raise ExtractError(
            f"{loaded[0].file} is empty: it has a header and no rows. Ask the sender for the file again, "
            f"or take {part.table.table} out of {part.place}."
        )
    return loaded


def _load_file(loader: _Loader, part: Part, file: SourceFile) -> ExtractFile:
    """Insert the rows of one file, and count them."""
    _, facts = loader.open(file, part, part.part.file)
    main = loader.read(part, part.part.file, file)
    refuse_missing(part, main, file)
    whole = _join(loader, part, main, file)
    mappings = resolve_mappings(part, whole, file)
    offset = int(read_value(loader.warehouse, f"select coalesce(max(_row_id), 0) from raw.{part.table.table}"))
    origin = Origin(part, file.name, offset, tuple(main.types) if is_csv(file.path) else (), loader.is_replayed)
    try:
        insert_rows(loader.warehouse, origin, whole, mappings)
        rows, in_file = count_rows(loader.warehouse, origin, main, facts)
    except EngineError as error:
        raise ExtractError(_explain_unreadable(file, part, error, facts, len(main.types))) from None
    loader.forget(file)
    told = facts.footer.told
    if told and not part.part.where:
        insert_footer(loader.warehouse, origin, rows, told)
        rows += told
    return ExtractFile(
        table=part.table.table,
        feed=part.feed,
        file=file.name,
        sha256=facts.sha256,
        byte_count=facts.byte_count,
        encoding=facts.encoding,
        rows=rows,
        rows_in_file=in_file + told,
        columns=tuple(main.types.items()),
        rest=part.spec.rest,
        footer_rows=told,
    )


def _join(loader: _Loader, part: Part, main: Relation, file: SourceFile) -> Relation:
    try:
        return join_files(part, main, lambda key: loader.read_other(part, key), loader.joined)
    except EngineError as error:
        raise ExtractError(
            f"{file.name}: what {part.place} joins to it could not be read ({error}). A file of the layout "
            f"{part.dialect} may be damaged, or lack a column that it is looked up by."
        ) from None


def _explain_unreadable(file: SourceFile, part: Part, error: EngineError, facts: FileFacts, fields: int) -> str:
    """What may be wrong with a file that broke off while it was read."""
    above = facts.header.lines_above
    found = re.sub(r"(?<=at line )\d+", lambda number: str(int(number[0]) + above), str(error))
    joined = " (or a file joined to it)" if part.part.joins else ""
    told = f"{file.name}{joined} could not be read to its end ({found}): "
    if not is_csv(file.path) or "at line" not in found:
        if "Error" not in found or "engine stopped" in found:
            return f"{told}it may be damaged or cut short. Ask the sender for the file again."
        return f"{told}an expression of the layout {part.dialect} does not fit it."
    return (
        f"{told}that row may have too many or too few fields (a note at the end?), a quote that is not closed, or text "
        f"after a closing quote. Expected {fields} fields a row, delimiter {facts.header.delimiter!r}; where quotes "
        'are characters like any other, set quote = "".'
    )


def _merge(files: list[ExtractFile]) -> list[ExtractFile]:
    """One entry per file, where several parts take rows of it."""
    merged: dict[tuple[str, str], ExtractFile] = {}
    for item in files:
        before = merged.get((item.feed, item.file))
        rows = item.rows + (before.rows if before else 0)
        merged[item.feed, item.file] = ExtractFile(**{**item.__dict__, "rows": rows})
    return list(merged.values())
