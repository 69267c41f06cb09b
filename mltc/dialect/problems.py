"""What is wrong with a settings file, in words: the same for configurations and layouts."""

import difflib
from collections.abc import Collection, Iterator

from pydantic import ValidationError

# Parts of a place that name a choice of types and no key of the file.
_CHOICES = {"str", "ColumnMapping"}


def describe_problems(error: ValidationError, known_keys: Collection[str]) -> Iterator[str]:
    """Every problem, with its place in the file; an unknown key with the known one that it may stand for."""
    for problem in error.errors():
        where = ".".join(str(part) for part in problem["loc"] if part not in _CHOICES and "[" not in str(part))
        match problem["type"]:
            case "extra_forbidden":
                yield f"unknown key {where}{_suggest(str(problem['loc'][-1]), known_keys)}"
            case "missing":
                yield f"key {where} is missing"
            case "value_error":
                yield f"{where}: {problem['ctx']['error']}" if where else str(problem["ctx"]["error"])
            case "model_type" | "tuple_type":
                yield f"{where} is not written as the file has it: a part with keys of its own, or a list of them"
            case _:
                yield f"{where}: {problem['msg'][0].lower()}{problem['msg'][1:]}"


def _suggest(key: str, known_keys: Collection[str]) -> str:
    close = difflib.get_close_matches(key, known_keys, n=1)
    return f" (did you mean {close[0]}?)" if close else ""
