"""How pages are made: the templates of `reports/`, and one style that each page carries and vouches for itself."""

import base64
import hashlib
from typing import Any

from mltc.paths import REPORTS


def open_templates() -> Any:
    """The templates of `reports/templates`: everything is escaped, and an unknown name is an error."""
    import jinja2

    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(REPORTS / "templates", encoding="utf-8"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        newline_sequence="\n",
    )


def read_style(*names: str, more: str = "") -> dict[str, Any]:
    """Values `style` (the files of `reports/`, one after the other, and `more`) and `style_hash`, which permits it."""
    from markupsafe import Markup

    style = "".join((REPORTS / name).read_text(encoding="utf-8") for name in names) + more
    digest = base64.b64encode(hashlib.sha256(style.encode("utf-8")).digest()).decode("ascii")
    return {"style": Markup(style), "style_hash": f"sha256-{digest}"}  # noqa: S704 - our own files
