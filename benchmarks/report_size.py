"""How large a report grows with its places, and how soon its pages show in a browser.

uv run python -m benchmarks.report_size out/demo/release/2026-10 --networks 30 --practices 170

Takes the published tables of a release, repeats the rows of a network, practice, neighbourhood under new codes until
there are as many as in an ICB of a million people, and renders. Figures repeat: only size and time mean something.
"""

import argparse
import json
import shutil
import tempfile
import time
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from mltc.disclosure import PublishedTable, read_release
from mltc.report import ReportContext, render_metrics, render_report, render_workbook

CONTEXT = ReportContext(
    icb_name="NHS Exampleshire ICB",
    index_date=date(2026, 10, 1),
    definition="delphi-2022",
    definition_version="1.0",
    code_version="0",
    codelist_version="0",
    is_synthetic=True,
    profile="opensafely",
    run_name="2026-10",
)


def widen(table: PublishedTable, wanted: dict[str, int]) -> PublishedTable:
    """The table with `wanted` places of each kind, made by repeating those that it has."""
    frame = table.frame
    if "geography_type" not in frame.columns:
        return table
    parts = [frame.filter(~pl.col("geography_type").is_in(list(wanted)))]
    for kind, count in wanted.items():
        rows = frame.filter(pl.col("geography_type") == kind)
        codes = rows["geography_code"].unique(maintain_order=True).to_list()
        for number in range(count if codes else 0):
            new = {"geography_code": pl.lit(f"{kind[:1].upper()}{number:05}")}
            if "geography_name" in frame.columns:
                new["geography_name"] = pl.lit(f"{kind} number {number} of Exampleshire")
            parts.append(rows.filter(pl.col("geography_code") == codes[number % len(codes)]).with_columns(**new))
    return replace(table, frame=pl.concat(parts))


def write_site(folder: Path, tables: dict[str, PublishedTable]) -> dict[str, Any]:
    """Seconds to render and bytes written, by kind."""
    begun = time.perf_counter()
    pages = render_report(CONTEXT, tables)
    rendered = time.perf_counter() - begun
    for path, content in pages.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content.encode("utf-8") if isinstance(content, str) else content)
    sizes = {path: len(str(content).encode("utf-8")) for path, content in pages.items()}
    return {
        "render_seconds": round(rendered, 1),
        "pages_mb": round(sum(sizes.values()) / 1e6, 2),
        "largest_page": max(sizes, key=lambda path: sizes[path]),
        "largest_page_mb": round(max(sizes.values()) / 1e6, 2),
        "workbook_mb": round(len(render_workbook(CONTEXT, tables)) / 1e6, 2),
        "metrics_mb": round(sum(len(data) for data in render_metrics(CONTEXT, tables).values()) / 1e6, 2),
    }


def time_pages(folder: Path) -> dict[str, float]:
    """Milliseconds to the first paint and to the whole of each page, in Chromium, from disk; the slowest page."""
    from playwright.sync_api import sync_playwright

    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    paints: dict[str, float] = {}
    whole: dict[str, float] = {}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--headless", "--no-sandbox"])
        for path in sorted(folder.glob("*.html")):
            page = browser.new_context(offline=True).new_page()
            page.goto(path.as_uri())
            page.wait_for_timeout(300)
            paint = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? -1"
            paints[path.name] = page.evaluate(paint)
            whole[path.name] = page.evaluate("performance.getEntriesByType('navigation')[0].duration")
            page.context.close()
        browser.close()
    return {
        "first_paint_ms_index": round(paints["index.html"]),
        "first_paint_ms_slowest": round(max(paints.values())),
        "whole_page_ms_slowest": round(max(whole.values())),
    }


def main() -> None:
    """Print the figures as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("release", type=Path)
    parser.add_argument("--networks", type=int, default=30)
    parser.add_argument("--practices", type=int, default=170)
    arguments = parser.parse_args()
    wanted = {"pcn": arguments.networks, "practice": arguments.practices, "neighbourhood": arguments.networks}
    tables = {name: widen(table, wanted) for name, table in read_release(arguments.release).items()}
    with tempfile.TemporaryDirectory() as folder:
        figures = write_site(Path(folder), tables) | time_pages(Path(folder))
    print(json.dumps(figures, indent=2))


if __name__ == "__main__":
    main()
