"""Layouts as data: how the files of a national data set become canonical tables, one TOML file each."""

from mltc.dialect.load import list_dialects, load_dialect
from mltc.dialect.mapping import ColumnMapping, ReadOptions, ReadOverrides
from mltc.dialect.schema import Child, Dialect, DropRule, LayoutFile, Lookup, TablePart

__all__ = [
    "Child",
    "ColumnMapping",
    "Dialect",
    "DropRule",
    "LayoutFile",
    "Lookup",
    "ReadOptions",
    "ReadOverrides",
    "TablePart",
    "list_dialects",
    "load_dialect",
]
