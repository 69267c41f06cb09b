"""What a file says of itself must hold: its totals line, its one order of columns, a row a line."""

from mltc.errors import ExtractError
from mltc.sources.insert import Origin
from mltc.sources.inspect import FileFacts
from mltc.sources.noise import MISPLACED_RULE, NO_RECORD, noise_cases
from mltc.sources.reader import ROW_NUMBER, quote_name, quote_text
from mltc.sources.relation import Relation
from mltc.warehouse import Warehouse

# In fewer columns an address of several lines may hold as many delimiters as rows would.
FEWEST_COLUMNS = 5


def count_rows(warehouse: Warehouse, origin: Origin, main: Relation, facts: FileFacts) -> tuple[int, int]:
    """Rows for the table and rows of the file; raises ExtractError where the file contradicts itself."""
    raw = f"(select _dropped, _source_row from raw.{origin.part.table.table} where _row_id > {origin.offset})"
    rows, records, misplaced = _count(warehouse, raw)
    in_file = rows
    if origin.part.part.where:
        # Other parts may take what this one leaves, so that the file itself is asked.
        cases = noise_cases(origin.names, origin.part.names_in(origin.part.part.file))
        case = f"case {' '.join(cases)} end" if cases else "null"
        selected = f"(select {case} as _dropped, _source_row from {main.select})"
        in_file, records, misplaced = _count(warehouse, selected)
    if misplaced is not None:
        raise ExtractError(
            f"{origin.file} holds a second header line with other columns, or in another order, at row {misplaced}: "
            "files were joined that do not belong together. Ask the sender for each as a file of its own."
        )
    told = facts.footer.rows
    if told is not None and told != records:
        raise ExtractError(
            f"{origin.file} ends in a line that counts {told} rows, and {records} came before it: the file is cut "
            "short or was put together wrongly. Ask the sender for it again."
        )
    if origin.names and origin.part.options.quote and facts.line_count > 1 + facts.header.lines_above + in_file:
        _refuse_swallowed(warehouse, origin, main, facts.header.delimiter)
    return rows, in_file


def _count(warehouse: Warehouse, rows: str) -> tuple[int, int, int | None]:
    """All rows, those that are records, and the first row that is a header of other columns."""
    noise = ", ".join(quote_text(rule) for rule in NO_RECORD)
    counts = warehouse.read(
        f"select count(*), count(*) filter (where coalesce(_dropped, '') not in ({noise})), "
        f"min(_source_row) filter (where _dropped = {quote_text(MISPLACED_RULE)}) from {rows} as counted"
    )
    return counts.row(0)


def _refuse_swallowed(warehouse: Warehouse, origin: Origin, main: Relation, delimiter: str) -> None:
    """Raise ExtractError where a cell holds rows: a quote that stood for inches opened it, the next one closed it.

    Such a cell has, for every line end, as many delimiters as a row has. Text of several lines hardly ever does.
    """
    if len(origin.names) < FEWEST_COLUMNS:
        return
    conditions = []
    for name in origin.names:
        cell, length = quote_name(name), f"length({quote_name(name)})"
        lines = f"({length} - length(replace({cell}, chr(10), '')))"
        cut = f"({length} - length(replace({cell}, {quote_text(delimiter)}, '')))"
        conditions.append(f"(contains({cell}, chr(10)) and {cut} = {lines} * {len(origin.names) - 1})")
    found = f"select min({ROW_NUMBER}) as row_number from {main.select} where {' or '.join(conditions)}"
    row = warehouse.read(found).item()
    if row is not None:
        raise ExtractError(
            f"{origin.file} has a cell in row {row} that holds whole rows: a quote in a value was taken for the begin "
            'of quoted text. Where quotes are characters like any other, set quote = ""; else ask the sender to '
            "double the quotes within values."
        )
