"""The view that Great Expectations renders pages with, looking for our templates before its own.

Great Expectations imports this module by name while it builds Data Docs; nothing else does, so that the
library is loaded only then.
"""

from typing import Any

from great_expectations.render.view import DefaultJinjaPageView
from jinja2 import ChoiceLoader, FileSystemLoader

from mltc.paths import EXPECTATIONS


class OfflinePageView(DefaultJinjaPageView):  # type: ignore[misc]  # the library tells no types
    """Pages that load nothing: for results, rules and the index alike."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        ours = FileSystemLoader(EXPECTATIONS / "data_docs", encoding="utf-8")
        self.env.loader = ChoiceLoader([ours, *([self.env.loader] if self.env.loader else [])])
