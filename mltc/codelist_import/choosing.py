"""Which of several lists, or code systems, in one file is meant."""

from collections.abc import Iterable
from difflib import get_close_matches
from pathlib import Path

from mltc.errors import CodelistError

SHOWN = 12


def choose_part(file: Path, what: str, known: Iterable[str], asked: str | None) -> str:
    """The part that is asked for, or the only one. Raises CodelistError that offers what the file has."""
    names = sorted({name for name in known if name})
    if not names:
        raise CodelistError(f"{file.name} names no {what} in any row.")
    if asked is None:
        if len(names) == 1:
            return names[0]
        raise CodelistError(f"{file.name} holds {len(names)} of {what} ({_some(names)}): say which with --cluster.")
    folded = {name.casefold(): name for name in names}
    if asked.casefold() in folded:
        return folded[asked.casefold()]
    near = [folded[name] for name in get_close_matches(asked.casefold(), folded, n=SHOWN, cutoff=0.6)]
    raise CodelistError(
        f"{file.name} has no {what} {asked!r}; it holds {len(names)}, "
        + (f"the nearest are {_some(near)}." if near else f"such as {_some(names)}.")
    )


def choose_system(file: Path, counts: dict[str, int], ours: dict[str, str], asked: str | None) -> str:
    """The code system to read, by our name. `counts`: codes by the file's own name of a system; `ours`: its meaning.

    Raises CodelistError for a mixture where none is asked for, and for a system that no list can hold.
    """
    told = ", ".join(f"{name or 'not stated'}: {count}" for name, count in sorted(counts.items()))
    found = {ours[name] for name in counts if name in ours}
    if asked is not None:
        if asked in found:
            return asked
        raise CodelistError(f"{file.name} has no {asked} codes (it has {told}).")
    if len(counts) > 1 and len(found) >= 1:
        raise CodelistError(
            f"{file.name} mixes code systems ({told}): a list holds one. Say which with --system "
            f"({', '.join(sorted(found))}), once for each."
        )
    if not found:
        raise CodelistError(
            f"{file.name} has no codes of a system that a list can hold ({told}); readable are "
            f"{', '.join(sorted(set(ours)))}."
        )
    return found.pop()


def _some(names: list[str]) -> str:
    return ", ".join(names[:SHOWN]) + (f" and {len(names) - SHOWN} more" if len(names) > SHOWN else "")
