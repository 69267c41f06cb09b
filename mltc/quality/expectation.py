"""A rule of the gate as an expectation of Great Expectations, told in Data Docs with its reason and remedy.

Imported while rules are checked and nowhere else, so that the library is loaded only then.
"""

from collections.abc import Mapping
from typing import Any, ClassVar

from great_expectations.expectations import UnexpectedRowsExpectation
from great_expectations.render import CollapseContent, RenderedMarkdownContent
from great_expectations.render.components import LegacyRendererType
from great_expectations.render.renderer.renderer import renderer


class ExpectGateRule(UnexpectedRowsExpectation):  # type: ignore[misc]  # the library tells no types
    """Fails where its query finds a row. `meta` holds the rule: name, level, why, mend, affects, condition, where.

    The class that it comes from fetches rows as well as counting them; this one counts and fetches none.
    """

    metric_dependencies: ClassVar[tuple[str, ...]] = ("unexpected_rows_query.row_count",)

    def _validate(self, metrics: dict[str, Any], *_: Any, **__: Any) -> dict[str, Any]:
        count = metrics["unexpected_rows_query.row_count"]
        return {"success": count == 0, "result": {"observed_value": count}}

    @classmethod
    @renderer(renderer_type=LegacyRendererType.PRESCRIPTIVE)  # type: ignore[untyped-decorator]  # the same
    def _prescriptive_renderer(
        cls,
        configuration: Any = None,
        result: Any = None,
        runtime_configuration: dict[str, Any] | None = None,
        **_: Any,
    ) -> list[Any]:
        """The rule in words, and behind a fold its condition."""
        meta = (configuration or result.expectation_config).meta
        condition = RenderedMarkdownContent(markdown=f"`{meta['condition']}`")
        return [
            RenderedMarkdownContent(markdown=_explain(meta)),
            CollapseContent(collapse=[condition], inline_link=True),
        ]


def _explain(meta: Mapping[str, Any]) -> str:
    lines = [
        f"**{meta['rule']}** ({meta['level']})",
        str(meta["why"]),
        f"*Where:* {meta['where']}" if meta.get("where") else "",
        f"*What to do:* {meta['mend']}",
        f"*Affects:* {meta['affects']}",
    ]
    return "\n\n".join(_escape(line) for line in lines if line)


def _escape(text: str) -> str:
    """Underscores of column names are no emphasis, and `<` is no tag."""
    return text.replace("_", r"\_").replace("<", "&lt;").replace("[", r"\[")
