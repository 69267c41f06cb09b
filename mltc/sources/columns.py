"""Whether a file has the columns that are asked of it, and which canonical column each becomes."""

import difflib
from collections.abc import Iterable

from mltc.dialect import ColumnMapping
from mltc.dialect.mapping import quoted_names
from mltc.errors import ExtractError
from mltc.sources.header import are_names
from mltc.sources.locate import SourceFile
from mltc.sources.part import Part
from mltc.sources.relation import Relation


def resolve_mappings(part: Part, whole: Relation, file: SourceFile) -> dict[str, ColumnMapping | None]:
    """Mapping by canonical column; a part without `columns` maps each column to its own name."""
    columns, types = part.table.columns, {name.casefold() for name in whole.types}
    if part.part.columns:
        given = part.part.mappings
        unmapped = [name for name, column in columns.items() if column.required and name not in given]
        if unmapped:
            raise ExtractError(
                f"{part.place} columns say nothing of {', '.join(unmapped)}, which {part.table.table} needs."
            )
        return {name: given.get(name) for name in columns}
    missing = [name for name, column in columns.items() if column.required and name not in types]
    if missing:
        _tell_missing(missing, file, whole.types, [name for name in whole.types if name not in columns])
    return {name: ColumnMapping(column=name) if name in types else None for name in columns}


def refuse_missing(part: Part, main: Relation, file: SourceFile) -> None:
    """Raise ExtractError where the file lacks a column that the part cannot do without."""
    conditions = [part.part.where, *(rule.where for rule in part.part.drop if not rule.optional)]
    wanted = [name for mapping in part.part.mappings.values() for name in mapping.needed_columns]
    wanted += [name for condition in conditions for name in quoted_names(condition)]
    wanted += [name for join in part.part.joins for name in join.on]
    wanted += [*part.spec.key, *([part.spec.order_by] if part.spec.order_by else [])]
    own = [name for name in dict.fromkeys(wanted) if part.part.is_own(name)]
    here = {name.casefold() for name in main.types}
    missing = [name for name in own if name.casefold() not in here]
    for mapping in part.part.mappings.values():
        ranged = [name for name in mapping.source_columns if part.part.is_own(name)]
        if mapping.list and not mapping.optional and ranged and not any(name.casefold() in here for name in ranged):
            missing.append(mapping.list[0])
    if missing:
        used = {name.casefold() for name in wanted}
        unused = [name for name in main.types if name.casefold() not in used]
        _tell_missing(list(dict.fromkeys(missing)), file, main.types, unused)


def _tell_missing(missing: list[str], file: SourceFile, types: Iterable[str], unused: list[str]) -> None:
    """A header that looks like data is not repeated: the file may have come without one."""
    names = list(types)
    close = difflib.get_close_matches(missing[0], unused, n=1) if are_names(names) else []
    hint = f" Did it become {close[0]}?" if close else ""
    has = (
        ", ".join(names)
        if are_names(names)
        else f"{len(names)} columns, whose names are not shown since some look like data"
    )
    raise ExtractError(
        f"{file.name} lacks the column{'s' if len(missing) > 1 else ''} {', '.join(missing)}; it has "
        f"{has}.{hint} Mend the extract, or its mapping in the configuration."
    )
