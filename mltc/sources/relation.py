"""The rows of one file with what other files add to them: one row per row of the file, in SQL."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from mltc.dialect import Child, Lookup
from mltc.sources.joined import JoinedFiles
from mltc.sources.part import Part
from mltc.sources.reader import ROW_NUMBER, quote_name, quote_text


@dataclass(frozen=True)
class Relation:
    """A select, and the engine type of each of its columns."""

    select: str
    types: dict[str, str]


def join_files(part: Part, main: Relation, read: Callable[[str], Relation | None], joined: JoinedFiles) -> Relation:
    """`main` with the columns that look-ups and children add, called `<alias>.<column>` and `<alias>`.

    `read` gives the rows of another file of the layout by its key; None for an optional file that is missing,
    whose columns are empty.
    """
    whole = _look_up(part, main, part.part.lookup, part.part.mentioned, read, joined)
    for alias, child in part.part.child.items():
        rows = read(child.file)
        types = whole.types | {alias: "VARCHAR[]"}
        if rows is None:
            whole = Relation(f"(select *, cast(null as varchar[]) as {quote_name(alias)} from {whole.select})", types)
            continue
        rows = _look_up(part, rows, child.lookup, child.mentioned, read, joined)
        whole = Relation(
            f"(select main.*, folded.items as {quote_name(alias)} from {whole.select} as main "
            f"left join {joined.keep(_fold(child, rows, part))} as folded on {_on(child.on, 'folded')})",
            types,
        )
    return whole


def _look_up(
    part: Part,
    main: Relation,
    lookups: Mapping[str, Lookup],
    mentioned: set[str],
    read: Callable[[str], Relation | None],
    joined: JoinedFiles,
) -> Relation:
    """One join after the other, so that a look-up may go on from the columns of one before it."""
    for alias, lookup in lookups.items():
        other = read(lookup.file)
        if other is None:
            missing = [name for name in mentioned if name.casefold().startswith(f"{alias}.".casefold())]
            nulls = ", ".join(["*", *(f"cast(null as varchar) as {quote_name(name)}" for name in sorted(missing))])
            main = Relation(f"(select {nulls} from {main.select})", main.types | dict.fromkeys(missing, "VARCHAR"))
            continue
        wanted = _wanted_columns(alias, mentioned, other.types)
        columns = [f"looked_up.{quote_name(column)} as {quote_name(f'{alias}.{column}')}" for column in wanted]
        main = Relation(
            f"(select {', '.join(['main.*', *columns])} from {main.select} as main left join "
            f"{_keep_one_row_a_key(lookup, other, wanted, part, joined)} as looked_up "
            f"on {_on(lookup.on, 'looked_up')})",
            main.types | {f"{alias}.{column}": other.types[column] for column in wanted},
        )
    return main


def stack(relations: list[Relation]) -> Relation:
    """Rows of several files of one kind, by column name."""
    types: dict[str, str] = {}
    for relation in relations:
        types |= relation.types
    selects = " union all by name ".join(f"select * from {relation.select}" for relation in relations)
    return Relation(f"({selects})", types)


def _wanted_columns(alias: str, mentioned: set[str], types: Mapping[str, str]) -> list[str]:
    """Of the looked-up file only what is named: the rest need not be carried through the join."""
    prefix = f"{alias}.".casefold()
    named = {name.casefold()[len(prefix) :] for name in mentioned if name.casefold().startswith(prefix)}
    return [column for column in types if column.casefold() in named]


def _key(column: str) -> str:
    """Join keys compare as trimmed text: one file may hold numbers where another holds text."""
    return f"nullif(trim(cast({column} as varchar)), '')"


def _on(on: Mapping[str, str], name: str) -> str:
    pairs = (f"{name}.key_{number} = {_key('main.' + quote_name(ours))}" for number, ours in enumerate(on))
    return " and ".join(pairs)


def _keys(on: Mapping[str, str]) -> str:
    return ", ".join(f"{_key(quote_name(theirs))} as key_{number}" for number, theirs in enumerate(on.values()))


def _keep_one_row_a_key(lookup: Lookup, other: Relation, wanted: list[str], part: Part, joined: JoinedFiles) -> str:
    """Table of the looked-up columns by key; of several rows with one key the highest in order, else the last."""
    order = lookup.order_by or part.files[lookup.file].order_by
    by = f"{sortable(order)}" if order else "null"
    listed = ", ".join(["", *(quote_name(column) for column in wanted)])
    select = f"select {_keys(lookup.on)}{listed}, {by} as sent, _file_position, {ROW_NUMBER} from {other.select}"
    keys = ", ".join(f"key_{number}" for number in range(len(lookup.on)))
    return joined.keep_latest(select, keys, f"sent desc nulls last, _file_position desc, {ROW_NUMBER} desc")


def _fold(child: Child, other: Relation, part: Part) -> str:
    tokens = ", ".join(quote_text(token) for token in dict.fromkeys(("", *part.options.null_tokens)))
    value = f"trim(cast({quote_name(child.value)} as varchar))"
    order = "".join(f"{sortable(name)} nulls last, " for name in child.order_by)
    where = f"and ({child.where})" if child.where else ""
    numbers = ", ".join(str(number + 1) for number in range(len(child.on)))
    return (
        f"select {_keys(child.on)}, list({value} order by {order}_file_position, {ROW_NUMBER}) as items "
        f"from {other.select} where {value} not in ({tokens}) {where} group by {numbers}"
    )


def sortable(column: str) -> str:
    """Numbers order as numbers also where they came as text; other text after them, as text."""
    text = f"trim(cast({quote_name(column)} as varchar))"
    return f"struct_pack(number := coalesce(try_cast({text} as hugeint), -1), text := {text})"
