"""A configuration beside synthetic extracts, so that a run on them works at once."""

from pathlib import Path

from mltc.paths import CONFIG
from mltc.synthetic import SyntheticSettings


def write_synthetic_config(settings: SyntheticSettings, folder: Path) -> Path:
    """`mltc.toml` in `folder`: the demo's, with its own date, seed, root and file type."""
    text = (CONFIG / "demo.toml").read_text(encoding="utf-8")
    replacements = {
        "index_date = 2026-10-01": f"index_date = {settings.index_date.isoformat()}",
        "seed = 20261001": f"seed = {settings.seed}",
        'root = "../out/demo/extracts"': 'root = "."',
        '.parquet"': f'.{settings.file_format}"',
    }
    for old, new in replacements.items():
        text = text.replace(old, new)
    path = folder / "mltc.toml"
    path.write_text(text, encoding="utf-8", newline="\n")
    return path
