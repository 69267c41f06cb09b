"""What fills a canonical table: one part per file of a layout that holds rows of it."""

from dataclasses import dataclass
from pathlib import Path

from mltc.config import Config, FeedSettings, SourceSettings
from mltc.contract import Table, load_contract
from mltc.dialect import LayoutFile, ReadOptions, TablePart, load_dialect

OWN_FEED = "extracts"


@dataclass(frozen=True)
class Part:
    """One layout file's rows for one canonical table, and how they are read.

    `files` are the layout's files by key. A part without `columns` takes columns of the canonical names.
    """

    table: Table
    feed: str
    dialect: str | None
    part: TablePart
    files: dict[str, LayoutFile]
    options: ReadOptions
    settings: SourceSettings | FeedSettings

    @property
    def place(self) -> str:
        """Section of the configuration that names the part, for messages."""
        return f"[source.{self.table.table}]" if self.dialect is None else f"[feed.{self.feed}]"

    def names_in(self, key: str) -> frozenset[str]:
        """Columns of the layout's file `key` that the part names, by which its header is known."""
        if key == self.part.file:
            return frozenset(filter(self.part.is_own, self.part.mentioned or set(self.table.columns)))
        inner = {a: look for child in self.part.child.values() for a, look in child.lookup.items()}
        named = {name for join in (*self.part.joins, *inner.values()) if join.file == key for name in join.on.values()}
        for alias, lookup in {**self.part.lookup, **inner}.items():
            mentioned = self.part.mentioned.union(*(child.mentioned for child in self.part.child.values()))
            if lookup.file == key:
                named |= {name.removeprefix(f"{alias}.") for name in mentioned if name.startswith(f"{alias}.")}
        return frozenset(named | {child.value for child in self.part.child.values() if child.file == key})

    @property
    def spec(self) -> LayoutFile:
        """The file whose rows become rows."""
        return self.files[self.part.file]


def plan_parts(config: Config, table: str) -> list[Part]:
    """Parts of a canonical table: its own [source] first, then the feeds in the order of the configuration."""
    contract = load_contract()[table]
    parts = []
    if source := config.source.get(table):
        spec = LayoutFile(path=source.path)
        part = TablePart(file=table, columns=source.columns)
        options = ReadOptions(**{name: getattr(source, name) for name in ReadOptions.model_fields})
        parts.append(Part(contract, source.feed, None, part, {table: spec}, options, source))
    for name, feed in config.feed.items():
        if feed.tables and table not in feed.tables:
            continue
        dialect = load_dialect(feed.dialect, config.base)
        files = {key: _override(spec, feed.paths.get(key)) for key, spec in dialect.file.items()}
        options = feed.apply_to(dialect.options)
        parts += [
            Part(contract, name, feed.dialect, part, files, options, feed) for part in dialect.table.get(table, ())
        ]
    return parts


def _override(spec: LayoutFile, path: str | None) -> LayoutFile:
    return spec.model_copy(update={"path": path}) if path else spec


def feed_root(config: Config, part: Part) -> Path:
    """Local folder that the part's paths start from."""
    if isinstance(part.settings, FeedSettings):
        return (config.extract_root / part.settings.root).resolve()
    return config.extract_root
