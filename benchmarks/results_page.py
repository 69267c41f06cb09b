"""benchmarks/RESULTS.md, rewritten as a whole from benchmarks/results.json."""

from collections.abc import Iterable, Iterator
from itertools import pairwise
from pathlib import Path

from benchmarks.bars import find_first, fit_growth, list_bars
from benchmarks.results import Figures, list_sizes

PAGE = Path(__file__).with_name("RESULTS.md")
OTHERS = {
    "SOAK.md": "two years of monthly runs",
    "FAULTS.md": "killed runs and other faults",
    "REGISTER.md": "register and scores",
    "COMORBIDITY.md": "comorbidity scores beside their peers",
    "MODELS.md": "features, clusters and risk",
    "RISK_TRUTH.md": "risk against the truth",
    "CLUSTERS.md": "clusters",
    "READING.md": "reading",
    "MAPPING.md": "mapping",
    "SYNTHETIC.md": "synthetic population",
}
LATER = ("second", "month more", "rebuild")


def write_page(found: Figures) -> None:
    """Bars, stages, growth, later runs, the least, peers."""
    parts = [
        ["# Results", "", "Bars are asked of the program; a figure stands until it is measured again."],
        ["## Bars", *describe_bars(found)],
        *([["## Whole runs", *describe_stages(found)]] if found.get("first run") else []),
        *([["## Later runs", *describe_later(found)]] if found.get("later runs") else []),
        *([["## Register and scores beside the least", *describe_least(found)]] if found.get("least") else []),
        *([["## Beside pandas", *describe_pandas(found)]] if found.get("pandas") else []),
        *([["## Beside published packages", *found["comorbidity"]["table"]]] if found.get("comorbidity") else []),
        ["## Measured", *describe_measured(found)],
        [f"Other tables: {_link_others()}."],
    ]
    PAGE.write_text("\n\n".join("\n".join(part) for part in parts) + "\n", encoding="utf-8", newline="\n")


def describe_bars(found: Figures) -> Iterator[str]:
    """One line a bar."""
    yield from _head("bar", "figure", "met", "measured", "command")
    for bar in list_bars():
        outcome = bar.judge(found)
        if outcome is None:
            yield _row(bar.asked, "not measured", "", "", f"`{bar.command}`")
            continue
        days = ", ".join(sorted({entry["measured"]["at"] for entry in outcome.entries}))
        yield _row(bar.asked, outcome.told, "yes" if outcome.is_met else "**no**", days, f"`{bar.command}`")


def describe_stages(found: Figures) -> Iterator[str]:
    """Wall, processor and memory by stage and size, and how time grows from size to size."""
    sizes = list_sizes(found, "first run")
    first = {size: find_first(found, size) or {} for size in sizes}
    yield (
        "The first run in an empty folder: seconds of wall / seconds of processor / highest memory in MiB, of the "
        "process and its children, Prefect's server among them. Reading is of all files together; what lies between "
        "stages and the start of Prefect's server are in the whole alone."
    )
    yield ""
    yield from _head("", *(f"{size:,} persons" for size in sizes))
    yield _row("rows of extracts", *(f"{first[size]['rows']:,}" for size in sizes))
    names = [stage["stage"] for stage in first[sizes[-1]]["stages"]]
    by_stage = {size: {stage["stage"]: stage for stage in first[size]["stages"]} for size in sizes}
    for name in names:
        yield _row(name, *(_show_three(by_stage[size].get(name)) for size in sizes))
    yield _row("**whole**", *(_show_three(first[size]) for size in sizes))
    if len(sizes) > 1:
        yield from ["", "Exponent with which seconds grow with persons, 1 being in proportion:", ""]
        pairs = list(pairwise(sizes))
        yield from _head("", *(f"{small:,} to {large:,}" for small, large in pairs))
        for name in names:
            seconds = {size: by_stage[size].get(name, {}).get("seconds", 0.0) for size in sizes}
            yield _row(name, *(_show_growth(small, large, seconds) for small, large in pairs))
        whole = {size: first[size]["seconds"] for size in sizes}
        yield _row("**whole**", *(_show_growth(small, large, whole) for small, large in pairs))


def describe_later(found: Figures) -> Iterator[str]:
    """The same again, a month later, and that month with everything made anew."""
    yield (
        "`second`: the same extracts and settings again. `month more`: the same people a month later, with everything "
        "that was entered in that month, on the last run. `rebuild`: that month with `--rebuild`, on a copy of the "
        "same last run. Seconds of wall / of processor / MiB."
    )
    yield ""
    sizes = list_sizes(found, "later runs")
    yield from _head("", *(f"{size:,} persons" for size in sizes))
    later = {size: found["later runs"][str(size)] for size in sizes}
    yield _row("first", *(_show_three(find_first(found, size)) for size in sizes))
    for name in LATER:
        yield _row(
            name, *(f"{_show_three(later[size][name])}, {later[size][name]['kept']} steps kept" for size in sizes)
        )
    yield _row("month more / rebuild differ in", *(_show_differences(later[size]["differences"]) for size in sizes))


def describe_least(found: Figures) -> Iterator[str]:
    """What one scan, one join and one grouping of the same Parquet take."""
    yield (
        "The least: DuckDB scans the same Parquet once, joins it to the code lists and groups it by person and list. "
        "The register does that for six definitions, three index dates and every score."
    )
    yield ""
    yield from _head("persons", "part", "seconds", "processor seconds", "peak MiB", "times the least")
    for size in list_sizes(found, "least"):
        parts = {name: part for name, part in found["least"][str(size)].items() if name != "measured"}
        for name, part in parts.items():
            times = part["seconds"] / parts["least"]["seconds"]
            figures = (f"{part['seconds']:.2f}", f"{part['cpu_seconds']:.2f}", f"{part['peak_mib']:,.0f}")
            yield _row(f"{size:,}", name, *figures, f"{times:.1f}")


def describe_pandas(found: Figures) -> Iterator[str]:
    """The same register, of one definition on one day, as an analyst writes it."""
    yield (
        "Read the entries, merge with the code list, first date by person and condition, count, two or more "
        "(`benchmarks/pandas_register.py`): one definition on one day, without gate, opt-outs, history or scores. The "
        "register and scores of mltc are of six definitions on three days."
    )
    yield ""
    yield from _head(
        "persons", "pandas seconds", "processor seconds", "peak MiB", "register and scores", "conditions compared",
        "person-conditions that differ in presence or date", "persons that differ in MLTC",
    )  # fmt: skip
    for size in list_sizes(found, "pandas"):
        entry = found["pandas"][str(size)]
        derive = found.get("least", {}).get(str(size), {}).get("register and scores")
        here = f"{derive['seconds']:.1f} s, {derive['peak_mib']:,.0f} MiB" if derive else "not measured"
        yield _row(
            f"{size:,}", f"{entry['seconds']:.1f}", f"{entry['cpu_seconds']:.1f}", f"{entry['peak_mib']:,.0f}", here,
            f"{entry['conditions']} of {entry['of_conditions']}", f"{entry['unlike']:,} of {entry['pairs']:,}",
            f"{entry['mltc_unlike']:,} of {entry['persons']:,}",
        )  # fmt: skip


def describe_measured(found: Figures) -> Iterator[str]:
    """When and how each figure came about."""
    yield from _head("what", "at (UTC)", "machine", "load before it ended", "versions", "command")
    for kind in sorted(found):
        entries = [("", found[kind])] if "measured" in found[kind] else sorted(found[kind].items(), key=_by_size)
        for size, entry in entries:
            how = entry["measured"]
            versions = ", ".join(f"{name} {number}" for name, number in how["versions"].items())
            what = f"{kind}, {int(size):,} persons" if size else kind
            yield _row(what, how["at"], how["machine"], str(how["load"]), versions, f"`{how['command']}`")


def _by_size(item: tuple[str, Figures]) -> int:
    return int(item[0])


def _show_three(part: Figures | None) -> str:
    return f"{part['seconds']:.1f} / {part['cpu_seconds']:.1f} / {part['peak_mib']:,}" if part else ""


def _show_growth(small: int, large: int, seconds: dict[int, float]) -> str:
    exponent = fit_growth(small, seconds[small], large, seconds[large])
    return "" if exponent is None else f"{exponent:.2f}"


def _show_differences(names: Iterable[str]) -> str:
    listed = list(names)
    return f"{len(listed)}: {', '.join(listed[:8])}{' ...' if len(listed) > 8 else ''}" if listed else "nothing"


def _link_others() -> str:
    present = [(name, words) for name, words in OTHERS.items() if PAGE.with_name(name).exists()]
    return ", ".join(f"[{words}]({name})" for name, words in present)


def _head(*names: str) -> list[str]:
    return [_row(*names), "|---" * len(names) + "|"]


def _row(*cells: str) -> str:
    return "| " + " | ".join(cells) + " |"
