"""The schema of a layout file `dialects/<name>.toml`."""

from typing import Annotated, Any, Self

from pydantic import Field, model_validator

from mltc.contract import load_contract
from mltc.dialect.expression import Expression
from mltc.dialect.mapping import ColumnMapping, ReadOptions, Section, quoted_names


class LayoutFile(Section):
    """One file of a layout, or one relation where the layout lies in a database.

    `key`: rows with the same key are versions of one record (a delta delivery); the one with the highest
    `order_by` stands, of equals the later row of the later file. `columns`: names where there is no header.
    `rest`: why rows that no part takes are rightly in no table; without it they are reported.
    """

    path: str = ""
    relation: str | None = None
    optional: bool = False
    key: tuple[str, ...] = ()
    order_by: str | None = None
    columns: tuple[str, ...] = ()
    rest: str | None = None


class DropRule(Section):
    """Rows that the layout marks as not for us; `rule` is the reason in the account.

    `optional`: a delivery without the columns of `where` has no such rows.
    """

    rule: str
    where: Expression
    optional: bool = False


class Lookup(Section):
    """A file joined by key, at most one row each; its columns are called `<alias>.<column>`.

    `on`: column of the part's file, or of a look-up written before, = column of the looked-up file.
    """

    file: str
    on: Annotated[dict[str, str], Field(min_length=1)]
    order_by: str | None = None


class Child(Section):
    """Rows of another file folded into an ordered list that is called `<alias>`.

    It may look columns up itself, and take only the rows of `where`. `order_by`: columns, first the first.
    """

    file: str
    on: Annotated[dict[str, str], Field(min_length=1)]
    value: str
    order_by: tuple[str, ...] = ()
    where: Expression | None = None
    lookup: dict[str, Lookup] = Field(default={})

    @property
    def mentioned(self) -> set[str]:
        """Columns of the child's file and its look-ups that are named anywhere."""
        keys = {name for lookup in self.lookup.values() for name in lookup.on}
        return {self.value, *self.order_by, *self.on.values(), *quoted_names(self.where)} | keys


class TablePart(Section):
    """Rows of one file of the layout that become rows of one canonical table."""

    file: str
    where: Expression | None = None
    drop: tuple[DropRule, ...] = ()
    lookup: dict[str, Lookup] = Field(default={})
    child: dict[str, Child] = Field(default={})
    columns: dict[str, str | ColumnMapping]

    @property
    def mappings(self) -> dict[str, ColumnMapping]:
        """Mapping by canonical column."""
        return {
            name: ColumnMapping(column=mapping) if isinstance(mapping, str) else mapping
            for name, mapping in self.columns.items()
        }

    @property
    def joins(self) -> tuple["Lookup | Child", ...]:
        """Everything that adds columns to the rows of the file."""
        return (*self.lookup.values(), *self.child.values())

    def is_own(self, name: str) -> bool:
        """Whether a column that the part names is one of its own file, and not of a look-up or child."""
        aliases = (*self.lookup, *self.child)
        return name not in aliases and not name.startswith(tuple(f"{alias}." for alias in aliases))

    @property
    def files(self) -> tuple[str, ...]:
        """Keys of every file that this part reads."""
        inner = [lookup.file for child in self.child.values() for lookup in child.lookup.values()]
        return tuple(dict.fromkeys([self.file, *(join.file for join in self.joins), *inner]))

    @property
    def mentioned(self) -> set[str]:
        """Source columns that the part names anywhere."""
        names = {name for mapping in self.mappings.values() for name in mapping.source_columns}
        conditions = [self.where, *(rule.where for rule in self.drop)]
        keys = {name for join in self.joins for name in join.on}
        return names | keys | {name for condition in conditions for name in quoted_names(condition)}


class Dialect(ReadOptions):
    """One layout: its files, and how canonical tables are made from them.

    `drop` names lists of rules that several parts share: a part's `drop` may hold such a name for all of them.
    """

    title: str
    source: str
    file: dict[str, LayoutFile]
    drop: dict[str, tuple[DropRule, ...]] = Field(default={})
    table: dict[str, tuple[TablePart, ...]]

    @property
    def options(self) -> ReadOptions:
        """How its text is read."""
        return ReadOptions(**{name: getattr(self, name) for name in ReadOptions.model_fields})

    @model_validator(mode="before")
    @classmethod
    def _write_out_drops(cls, content: dict[str, Any]) -> dict[str, Any]:
        shared, table = content.get("drop", {}), content.get("table", {})
        return {
            **content,
            "table": {name: [_with_rules(part, shared) for part in parts] for name, parts in table.items()},
        }

    @model_validator(mode="after")
    def _check(self) -> Self:
        problems = [problem for table, parts in self.table.items() for problem in self._check_table(table, parts)]
        if problems:
            raise ValueError("; ".join(problems))
        return self

    def _check_table(self, table: str, parts: tuple[TablePart, ...]) -> list[str]:
        contract = load_contract()
        if table not in contract:
            return [f"[[table.{table}]] is not a canonical table (known: {', '.join(contract)})"]
        problems = []
        for part in parts:
            known = contract[table].columns
            problems += [f"[[table.{table}]] reads file {key}, which has no [file.{key}]" for key in part.files
                         if key not in self.file]  # fmt: skip
            problems += [f"[[table.{table}]] {name} is not a column of {table} (known: {', '.join(known)})"
                         for name in part.columns if name not in known]  # fmt: skip
            problems += [f"[[table.{table}]] says nothing of {name}, which {table} needs"
                         for name, column in known.items() if column.required and name not in part.columns]  # fmt: skip
        return problems


def _with_rules(part: Any, shared: dict[str, list[Any]]) -> Any:
    """The part with the rules of a shared list in place of its name; what is no part is left to the checks."""
    if not isinstance(part, dict):
        return part
    rules = []
    for item in part.get("drop", ()):
        if isinstance(item, str) and item not in shared:
            raise ValueError(f"drop names {item!r}, and there is no [drop] {item}")
        rules += shared[item] if isinstance(item, str) else [item]
    return {**part, "drop": rules}
