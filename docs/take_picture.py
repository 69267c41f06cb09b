"""The picture of the README: the first screen of a release, taken by Debian's Chromium.

uv run python docs/take_picture.py out/demo/release/2026-10
"""

import shutil
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright


def main() -> None:
    """Write docs/images/report.png."""
    page_path = Path(sys.argv[1]).resolve() / "index.html"
    picture = Path(__file__).parent / "images" / "report.png"
    with sync_playwright() as playwright:
        chromium = shutil.which("chromium")
        arguments = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking"]
        browser = playwright.chromium.launch(executable_path=chromium, args=arguments)
        page = browser.new_page(viewport={"width": 1280, "height": 1180})
        page.goto(page_path.as_uri())
        page.screenshot(path=picture)
        browser.close()


if __name__ == "__main__":
    main()
