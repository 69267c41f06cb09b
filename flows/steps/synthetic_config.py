"""A configuration beside synthetic extracts, so that a run on them works at once."""

import json
from pathlib import Path

from mltc.paths import CONFIG
from mltc.synthetic import SyntheticSettings

HOSPITAL_TABLES = ("hospital_episode", "outpatient", "emergency")
SERVICE_TABLES = ("mental_health_contact", "community_contact", "waiting_list")
LOCAL_TABLES = (
    "person", "registration", "opt_out", "gp_consultation", *SERVICE_TABLES, "organisation", "neighbourhood_lsoa",
)  # fmt: skip
# Feeds of each layout: name, dialect, folder, tables. Ethnicity stated in hospital is left out, so that the
# register says the same of the same people whichever files they came in.
FEEDS: dict[str, tuple[tuple[str, str, str, tuple[str, ...]], ...]] = {
    "hes": (
        ("hes_apc", "hes_apc", "hes/apc", ("hospital_episode",)),
        ("hes_op", "hes_op", "hes/op", ("outpatient",)),
        ("ecds", "ecds", "ecds", ("emergency",)),
        ("gdppr", "gdppr", "gdppr", ()),
        ("deaths", "civil_registration", "deaths", ()),
    ),
    "sus": (
        ("sus_apc", "sus_plus_apc", "sus", ("hospital_episode",)),
        ("sus_op", "sus_plus_op", "sus", ("outpatient",)),
        ("sus_ec", "sus_plus_ec", "sus/ec", ("emergency",)),
        ("gdppr", "gdppr", "gdppr", ()),
        ("deaths", "civil_registration", "deaths", ()),
    ),
    "omop": (
        ("omop", "omop_5_4", "omop", ("person", "gp_event", "gp_prescription", *HOSPITAL_TABLES, "death")),
    ),
}  # fmt: skip
LOCAL: dict[str, tuple[str, ...]] = {
    "hes": LOCAL_TABLES,
    "sus": LOCAL_TABLES,
    "omop": (*(table for table in LOCAL_TABLES if table != "person"), "address"),
}


def write_synthetic_config(settings: SyntheticSettings, folder: Path) -> Path:
    """`mltc.toml` in `folder`: the demo's, with its own date and seed, and where its files lie."""
    text = (CONFIG / "demo.toml").read_text(encoding="utf-8")
    replacements = {
        "index_date = 2026-10-01": f"index_date = {settings.index_date.isoformat()}",
        "seed = 20261001": f"seed = {settings.seed}",
        'root = "../out/demo/extracts"': 'root = "."',
        '.parquet"': f'.{settings.file_format}"',
    }
    for old, new in replacements.items():
        text = text.replace(old, new)
    if settings.layout != "canonical":
        text = text[: text.index("[source.")] + describe_layout(settings)
    path = folder / "mltc.toml"
    path.write_text(text, encoding="utf-8", newline="\n")
    return path


def describe_layout(settings: SyntheticSettings) -> str:
    """The feeds of a layout, then the canonical files beside them."""
    sections = ["# What follows is in the layouts of national data sets (dialects/), the rest in canonical files."]
    for name, dialect, root, tables in FEEDS[settings.layout]:
        wanted = f"tables = {json.dumps(tables)}\n" if tables else ""
        sections.append(f'[feed.{name}]\ndialect = "{dialect}"\nroot = "{root}"\n{wanted}'.rstrip())
    sections += [f'[source.{table}]\npath = "local/{table}.{settings.file_format}"' for table in LOCAL[settings.layout]]
    return "\n\n".join(sections) + "\n"
