"""What a stretch of work read of the warehouse and what it wrote, told from the statements themselves.

Nobody has to list what a step depends on, and so nobody can forget to.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

_SCHEMAS = (
    "codelist|raw|quarantine|meta|staging|register|scores|history|coverage|utilisation|features|clusters|risk|needs|"
    "planning|cohort|marts"
)
_NAME = re.compile(rf"(?<![\w$'])(?:{_SCHEMAS})\.[a-z_]\w*")
_CHANGED = re.compile(
    r"\s*(?:insert into|update|delete from|(?:create or replace|create|drop) (?:table|view)(?: if exists)?)"
    rf"\s+((?:{_SCHEMAS})\.[a-z_]\w*)",
    re.IGNORECASE,
)


@dataclass
class Trace:
    """Schema-qualified names. `named` may hold more than tables: a column of an alias that is called like a schema."""

    named: set[str] = field(default_factory=set)
    changed: set[str] = field(default_factory=set)

    @property
    def read(self) -> set[str]:
        """What was named and is not the work's own."""
        return self.named - self.changed


_open: list[Trace] = []


@contextmanager
def tracing() -> Iterator[Trace]:
    """Within the block, every statement of every warehouse of this process is noted."""
    trace = Trace()
    _open.append(trace)
    try:
        yield trace
    finally:
        _open.remove(trace)


def note_statement(statement: str) -> str | None:
    """Note what a statement names; the table that it changes, None where it changes none."""
    found = _CHANGED.match(statement)
    changed = found[1] if found else None
    for trace in _open:
        trace.named.update(_NAME.findall(statement))
        if changed:
            trace.changed.add(changed)
    return changed
