"""Facts of a person that rules may name, and rules over them, as data: codelists/facts.toml.

A rule is a list of alternatives. An alternative holds where every fact of `all` is present and none of `without` is; it
is not known where nothing speaks against it and one of them is not known. A rule holds where any alternative does.
"""

import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any, TypeVar

import polars as pl
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from mltc.errors import CodelistError
from mltc.paths import CODELISTS

KEY_PATTERN = r"^[a-z][a-z0-9_]*$"
CLUSTER = "cluster:"
CLAUSE_SCHEMA = {"alternative": pl.Int64, "fact": pl.String, "is_without": pl.Boolean}


class Fact(BaseModel):
    """One `[[fact]]`. conditions: conditions any of which makes it present; none where SQL has a rule of its own."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    key: str = Field(pattern=KEY_PATTERN)
    name: str = Field(min_length=1)
    rule: str = Field(min_length=1)
    source: str = Field(min_length=1)
    conditions: tuple[str, ...] = ()


class Alternative(BaseModel):
    """Facts that must all be present, and facts none of which may be."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    all: tuple[str, ...] = Field(min_length=1)
    without: tuple[str, ...] = ()


Rule = tuple[Alternative, ...]
Entry = TypeVar("Entry", bound=BaseModel)


def load_facts(folder: Path = CODELISTS) -> tuple[Fact, ...]:
    """Facts in the order of the file. Raises CodelistError that names every problem at once."""
    path = folder / "facts.toml"
    facts, problems = read_entries(path, "fact", Fact)
    known = _read_conditions(folder)
    for fact in facts:
        problems += [
            f"{path.name} {fact.key}: {describe_strange(key, known)}" for key in fact.conditions if key not in known
        ]
    refuse(path.name, problems)
    return facts


def name_facts(folder: Path = CODELISTS) -> dict[str, str]:
    """Every fact that a rule may name, with the words for it. Clusters are not among them: a run gives their ids."""
    needs = tomllib.loads((folder / "needs.toml").read_text(encoding="utf-8"))["need"]
    indicators = [indicator for need in needs for indicator in need.get("indicator", [])]
    bands = pl.read_csv(folder / "reference" / "risk_band.csv", columns=["risk_band"])["risk_band"]
    names = {fact.key: fact.name for fact in load_facts(folder)}
    names |= {f"condition:{key}": name for key, name in _read_conditions(folder).items()}
    names |= {f"indicator:{each['key']}": f"“{each['name']}”" for each in indicators}
    names |= {f"need:{need['key']}": f"a need of {need['name']}" for need in needs}
    return names | {f"risk:{band}": f"predicted risk: {band}" for band in bands}


def find_rule_faults(rule: Rule, names: Mapping[str, str]) -> Iterator[str]:
    """What is wrong with a rule: a fact that nobody knows, one named twice, or wanted and barred at once."""
    for number, alternative in enumerate(rule, start=1):
        named = (*alternative.all, *alternative.without)
        for fact in named:
            if fact not in names and not fact.startswith(CLUSTER):
                yield f"alternative {number}: {describe_strange(fact, names)}"
        yield from (
            f"alternative {number}: {fact!r} stands there {count} times"
            for fact, count in Counter(named).items()
            if count > 1
        )


def describe_strange(name: str, known: Iterable[str]) -> str:
    """Words for a name that is not among those known, with the nearest one."""
    near = get_close_matches(name, list(known), n=1, cutoff=0.0)
    return f"{name!r} is not known; the nearest is {near[0]!r}" if near else f"{name!r} is not known"


def word_rule(rule: Rule, names: Mapping[str, str]) -> str:
    """A rule as one sentence: "complex MLTC and housebound; or severe frailty (eFI), without dementia"."""

    def word(facts: Sequence[str], between: str) -> str:
        return between.join(names.get(fact, fact) for fact in facts)

    parts = [
        word(each.all, " and ") + (f", without {word(each.without, ' or ')}" if each.without else "") for each in rule
    ]
    return "; or ".join(parts)


def list_clauses(keys: Mapping[str, str], rule: Rule) -> list[dict[str, object]]:
    """One row per alternative and fact that it names: `keys`, alternative (from 1), fact, is_without."""
    return [
        {**keys, "alternative": number, "fact": fact, "is_without": is_without}
        for number, alternative in enumerate(rule, start=1)
        for is_without, facts in ((False, alternative.all), (True, alternative.without))
        for fact in facts
    ]


def read_entries(path: Path, name: str, kind: type[Entry]) -> tuple[tuple[Entry, ...], list[str]]:
    """Entries `[[name]]` that are sound, and what is wrong with the others. CodelistError where there are none."""
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        reason = str(error) if isinstance(error, tomllib.TOMLDecodeError) else type(error).__name__
        raise CodelistError(f"{path.name} cannot be read: {reason}.") from None
    problems = [f"{path.name}: there is no [[{found}]] here, only [[{name}]]" for found in content if found != name]
    given = content.get(name)
    if not isinstance(given, list) or not given:
        raise CodelistError(f"{path.name} holds no [[{name}]].")
    entries: list[Entry] = []
    for number, item in enumerate(given, start=1):
        try:
            entries.append(kind(**item))
        except ValidationError as error:
            problems += _describe(f"{path.name} [[{name}]] {number}", item, error)
    counts = Counter(str(item.get("key")) for item in given)
    problems += [f"{path.name} {key}: stands there {count} times" for key, count in counts.items() if count > 1]
    return tuple(entries), problems


def _describe(place: str, item: Mapping[str, Any], error: ValidationError) -> Iterator[str]:
    for each in error.errors():
        field = ".".join(str(part) for part in each["loc"])
        found = "" if each["type"] in {"missing", "extra_forbidden"} else f", found {each['input']!r}"
        yield f"{place} ({item.get('key', 'no key')}) {field}: {each['msg']}{found}"


def refuse(name: str, problems: Sequence[str]) -> None:
    """Raise CodelistError that lists the problems of a file, if there are any."""
    if problems:
        raise CodelistError(f"{len(problems)} problem(s) in {name}:\n  " + "\n  ".join(problems))


def _read_conditions(folder: Path) -> dict[str, str]:
    content = tomllib.loads((folder / "conditions.toml").read_text(encoding="utf-8"))
    return {str(each["key"]): str(each["name"]) for each in content["condition"]}
