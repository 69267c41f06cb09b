"""SQL expressions for the text of a canonical column, trimmed and without null tokens, from source columns."""

from collections.abc import Mapping

from mltc.dialect import ColumnMapping, ReadOptions
from mltc.dialect.mapping import expand_range
from mltc.sources.reader import quote_name, quote_text

# Below these a float holds every whole number, so that a code which passed through one is still whole.
EXACT_FLOATS = {"DOUBLE": 2**53, "FLOAT": 2**24}


def build_raw(mapping: ColumnMapping, options: ReadOptions, types: Mapping[str, str]) -> str:
    """Text from the source columns; `types` are the engine's, by case-folded source column."""
    if mapping.constant is not None:
        return quote_text(mapping.constant)
    if mapping.sql is not None:
        return f"trim(cast(({mapping.sql}) as varchar))"
    if mapping.label_of_first:
        cases = " ".join(
            f"when ({_clean(name, options, types)}) is not null then {quote_text(label)}"
            for name, label in mapping.label_of_first.items()
        )
        return f"case {cases} end"
    if mapping.first_of:
        return f"coalesce({', '.join(_clean(name, options, types) for name in mapping.first_of)})"
    return _trimmed(str(mapping.column), types)


def clean_raw(mapping: ColumnMapping, raw: str, options: ReadOptions) -> str:
    """That text without null tokens, padded and recoded as the mapping says; `raw` is its name."""
    text = raw if mapping.constant is not None else _without_tokens(raw, options)
    if mapping.pad:
        text = f"lpad({text}, cast(greatest(length({raw}), {mapping.pad}) as integer), '0')"
    if not mapping.values:
        return text
    cases = " ".join(f"when {quote_text(old)} then {quote_text(new)}" for old, new in mapping.values.items())
    return f"nullif(case {text} {cases} else {text} end, '')"


def drop_missing(mapping: ColumnMapping | None, types: Mapping[str, str]) -> ColumnMapping | None:
    """The mapping without columns that the delivery lacks; None where nothing is left to read."""
    if mapping is None or mapping.constant is not None:
        return mapping
    here = types.keys()
    if mapping.list:
        names = tuple(name for item in mapping.list for name in expand_range(item) if name.casefold() in here)
        return mapping.model_copy(update={"list": names}) if names else None
    if not mapping.optional or all(name.casefold() in here for name in mapping.source_columns):
        return mapping
    if mapping.first_of:
        names = tuple(name for name in mapping.first_of if name.casefold() in here)
        return mapping.model_copy(update={"first_of": names}) if names else None
    if mapping.label_of_first:
        labels = {name: label for name, label in mapping.label_of_first.items() if name.casefold() in here}
        return mapping.model_copy(update={"label_of_first": labels}) if labels else None
    return None


def _trimmed(name: str, types: Mapping[str, str]) -> str:
    return f"trim(cast({_whole(quote_name(name), types.get(name.casefold(), ''))} as varchar))"


def _clean(name: str, options: ReadOptions, types: Mapping[str, str]) -> str:
    return _without_tokens(_trimmed(name, types), options)


def _without_tokens(text: str, options: ReadOptions) -> str:
    tokens = ", ".join(quote_text(token) for token in dict.fromkeys(("", *options.null_tokens)))
    # Most texts are longer than any token, which is seen faster than that they are none of them.
    longest = max(len(token.encode()) for token in ("", *options.null_tokens))
    is_token = f"strlen({text}) <= {longest} and list_contains([{tokens}], {text})"
    return f"case when {is_token} then null else {text} end"


def _whole(own: str, native: str) -> str:
    """Numbers with a fraction type are whole where they can be: 73211009.0 is the code 73211009."""
    if native in EXACT_FLOATS:
        is_whole = f"{own} = round({own}) and abs({own}) < {EXACT_FLOATS[native]}"
        whole, other = f"cast(try_cast({own} as bigint) as varchar)", f"cast({own} as varchar)"
        return f"case when {is_whole} then {whole} when not isnan({own}) then {other} end"
    if native.startswith("DECIMAL"):
        return f"regexp_replace(cast({own} as varchar), '\\.0*$', '')"
    return own


def build_list(mapping: ColumnMapping, options: ReadOptions, types: Mapping[str, str]) -> str:
    """List expression: one item a column, or a column cut at its separator; empty items left out."""
    if mapping.list:
        parts = f"[{', '.join(_clean(name, options, types) for name in mapping.list)}]"
    elif mapping.column is None:
        # One text, cut at its separator: of an expression, of the first column that holds one, or of a constant.
        separator = quote_text(mapping.split or options.list_separator)
        parts = f"string_split({build_raw(mapping, options, types)}, {separator})"
    elif types.get(str(mapping.column).casefold(), "").endswith("[]"):
        parts = f"list_transform({quote_name(str(mapping.column))}, lambda item: cast(item as varchar))"
    else:
        separator = quote_text(mapping.split or options.list_separator)
        parts = f"string_split({_clean(str(mapping.column), options, types)}, {separator})"
    return f"list_filter({parts}, lambda item: item is not null and trim(item) <> '')"
