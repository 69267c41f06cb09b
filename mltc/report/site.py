"""The commissioner report: a static site of self-contained pages, from published tables alone."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from mltc.disclosure import PublishedTable
from mltc.report.answers import answer_questions
from mltc.report.change import change_sentences, change_table
from mltc.report.checklists import checklist_views
from mltc.report.cohorts import (
    activity_tables,
    inequality_tables,
    place_tables,
    projection_tables,
    recorded_tables,
    xmr_tables,
)
from mltc.report.commission import commission_lede, service_table
from mltc.report.context import ReportContext
from mltc.report.definitions import definition_filter, definition_note, definition_sections
from mltc.report.figures import Rows, load_rows, pick, read_notes, records_kind, whole_area
from mltc.report.findings import (
    absent,
    both_finding,
    complex_sentence,
    headline,
    need_finding,
    risk_finding,
    size_finding,
    summary_findings,
)
from mltc.report.model_cards import FOLDER, MAIN_CARD, OutcomeCard, round_figures
from mltc.report.needs import need_sections, place_filter, place_sections
from mltc.report.pages import open_templates, read_style
from mltc.report.pattern_people import comparison_table, outcome_table, stability_sentence, use_table
from mltc.report.patterns import (
    cluster_cards,
    cluster_figure,
    condition_figure,
    heat_table,
    published_figure,
    selection_figure,
)
from mltc.report.people import breakdown_figure, places_figure, summary_figures, tiles
from mltc.report.received import row_table
from mltc.report.risk import band_figure, calibration_figure, model_table, performance_figure, risk_group_name
from mltc.report.risk_use import (
    capacity_sentences,
    capacity_table,
    curve_figure,
    equity_sentences,
    equity_table,
    month_tables,
    stability_table,
    warned_table,
)
from mltc.report.segments import segment_sections
from mltc.report.sentences import gate_sentence, row_sentences, subgroup_sentences
from mltc.report.service_card import service_cards
from mltc.report.views import TableView, table_view
from mltc.report.warnings import page_warnings
from mltc.report.wording import date_text, load_wording, look_up, say

CHECKLISTS = f"{FOLDER}/checklists.html"
_TEMPLATES = {MAIN_CARD: "model-card.html.j2", CHECKLISTS: "checklists.html.j2"}
Tables = dict[str, PublishedTable]
Values = dict[str, Any]


@dataclass(frozen=True)
class Page:
    """One page: path in the site, heading, name in the navigation, and the maker of its values."""

    path: str
    title: str
    nav: str
    build: Callable[[ReportContext, Tables, Rows], Values]

    @property
    def template(self) -> str:
        """File of the template."""
        is_card = self.path.startswith(FOLDER)
        return _TEMPLATES.get(self.path, _TEMPLATES[MAIN_CARD] if is_card else f"{self.path}.j2")


def render_report(context: ReportContext, tables: dict[str, PublishedTable]) -> dict[str, str | bytes]:
    """The pages of the report by relative path.

    Every page carries its own style, so that any of them opens alone; none loads anything. A figure that
    the tables cannot give is replaced by words that say so. Same arguments, same bytes.
    """
    rows = load_rows(tables)
    environment = open_templates()
    pages = [page for page in PAGES if page.path not in _TEMPLATES or _is_made(page, context, rows)]
    pages += [_card_page(each) for each in context.more_cards]
    shared = _shared_values(context, pages, rows)
    return {
        page.path: environment.get_template(page.template).render(
            shared
            | {"page": page, "root": "../" * page.path.count("/"), "warnings": page_warnings(rows, page.path)}
            | page.build(context, tables, rows)
        )
        for page in pages
    }


def _card_page(outcome: OutcomeCard) -> Page:
    return Page(outcome.path, outcome.title, "", lambda *_: {"card": round_figures(outcome.card)})


def _is_made(page: Page, context: ReportContext, rows: Rows) -> bool:
    """Whether there is a model that a card or a checklist could be of."""
    return bool(context.model_card) and (page.path == MAIN_CARD or bool(rows.get("risk_checklist")))


def _shared_values(context: ReportContext, pages: list[Page], rows: Rows) -> Values:
    origin = {
        "area": context.icb_name,
        "date": date_text(context.index_date),
        "definition": context.definition,
        "records": look_up(f"records.{records_kind(rows)}"),
    }
    return {
        "context": context,
        **origin,
        "text": load_wording(),
        **{key: say(f"report.{key}", **origin) for key in ("source", "source_short")},
        **read_style("style.css"),
        "pages": [page for page in pages if page.nav],
    }


def _summary(context: ReportContext, tables: Tables, rows: Rows) -> Values:
    area, everyone = context.icb_name, whole_area(rows)
    return {
        "headline": headline(rows),
        "complex": complex_sentence(everyone, context.complex_rule) if everyone and everyone["mltc_persons"] else "",
        "answers": answer_questions(rows, area),
        "findings": summary_findings(rows, area, context.complex_rule),
        "tiles": tiles(rows),
        "figures": summary_figures(tables, rows, area),
        "gaps": read_notes(rows, "data"),
    }


def _who(context: ReportContext, tables: Tables, rows: Rows) -> Values:
    area = context.icb_name
    return {
        "findings": [size_finding(rows, area, context.complex_rule), both_finding(rows)],
        "figures": [
            breakdown_figure(tables, rows, area, "age_band", look_up("title.age"), has_complex=True),
            breakdown_figure(tables, rows, area, "sex", look_up("title.sex")),
        ],
        "cohort_tables": projection_tables(tables, rows),
    }


def _inequalities(context: ReportContext, tables: Tables, rows: Rows) -> Values:
    area = context.icb_name
    return {
        "figures": [
            breakdown_figure(tables, rows, area, "imd_quintile", look_up("title.deprivation_both"), has_complex=True),
            breakdown_figure(tables, rows, area, "ethnic_group", look_up("title.ethnic_group"), is_sorted=True),
        ],
        "cohort_tables": inequality_tables(tables, rows),
    }


def _conditions(_: ReportContext, tables: Tables, rows: Rows) -> Values:
    return {
        "condition": condition_figure(tables, rows),
        "published": published_figure(tables, rows),
        "cohort_tables": recorded_tables(tables, rows),
        "cards": cluster_cards(tables, rows),
        "cluster": cluster_figure(tables, rows),
        "outcomes": outcome_table(rows),
        "use": use_table(rows),
        "comparison": comparison_table(tables, rows),
        "stability": stability_sentence(rows),
        "heat": heat_table(rows),
        "selection": selection_figure(tables, rows),
    }


def _risk(context: ReportContext, tables: Tables, rows: Rows) -> Values:
    return {
        "finding": risk_finding(rows),
        "band": band_figure(tables, rows),
        "calibration": calibration_figure(tables, rows),
        "performance": performance_figure(tables, rows),
        "subgroups": subgroup_sentences(rows, risk_group_name),
        "warned": warned_table(tables, rows),
        "capacity": capacity_table(tables, rows),
        "capacity_sentences": capacity_sentences(rows),
        "curve": curve_figure(tables, rows),
        "equity": equity_table(tables, rows),
        "equity_sentences": equity_sentences(rows),
        "months": month_tables(tables, rows),
        "stability": stability_table(tables, rows),
        "models": model_table(tables, rows),
        "card_path": MAIN_CARD if context.model_card else "",
        "more_cards": context.more_cards,
        "checklist_path": CHECKLISTS if context.model_card and rows.get("risk_checklist") else "",
    }


def _needs(_: ReportContext, tables: Tables, rows: Rows) -> Values:
    notes = read_notes(rows, "need")
    return {"finding": need_finding(rows), "sections": need_sections(tables, rows), "notes": notes}


def _commission(_: ReportContext, tables: Tables, rows: Rows) -> Values:
    return {
        "lede": commission_lede(rows),
        "services": service_table(tables, rows),
        "cards": service_cards(tables, rows),
    }


def _segments(_: ReportContext, tables: Tables, rows: Rows) -> Values:
    sections = segment_sections(tables, rows)
    missing = absent(rows, "data", look_up("title.segments"))
    return {"sections": sections, "lede": say("segments.lede", count=len(sections)) if sections else missing}


def _use(context: ReportContext, tables: Tables, rows: Rows) -> Values:
    [answer] = [each for each in answer_questions(rows, context.icb_name) if each.question.key == "use"]
    return {
        "lede": answer.sentence,
        "cohort_tables": [*activity_tables(tables, rows), *xmr_tables(tables, rows)],
        "notes": read_notes(rows, "cohort"),
    }


def _places(context: ReportContext, tables: Tables, rows: Rows) -> Values:
    filters = (place_filter(rows), definition_filter(rows))
    return {
        "overview": places_figure(tables, rows, context.icb_name, look_up("title.places")),
        "cohort_tables": place_tables(tables, rows),
        "residence": table_view(
            tables["residence"],
            rows["residence"],
            _RESIDENCE_COLUMNS,
            "table-residence",
            caption=look_up("title.residence"),
        )
        if rows.get("residence")
        else None,
        "sections": place_sections(tables, rows, context.icb_name),
        "definitions": definition_sections(tables, rows),
        "definition_note": definition_note(rows),
        "place_filter": filters[0],
        "definition_filter": filters[1],
        **read_style("style.css", more="".join(each.style for each in filters if each)),
    }


def _change(_: ReportContext, tables: Tables, rows: Rows) -> Values:
    return {"sentences": change_sentences(rows), "view": change_table(tables, rows)}


def _data_quality(_: ReportContext, tables: Tables, rows: Rows) -> Values:
    rules = pick(rows, "gate_rule")
    failed = [row for row in rules if row["status"] == "failed"]
    return {
        "notes": [{"area": str(r["area"]), "text": str(r["note"])} for r in pick(rows, "run_note")],
        "row_sentences": row_sentences(rows) if rows.get("row_account") else [_no_data(rows, "rows")],
        "row_table": row_table(tables, rows),
        "gate_sentence": gate_sentence(rows) if rules else _no_data(rows, "gate"),
        "failed_table": table_view(
            tables["gate_rule"], failed, _RULE_COLUMNS, "table-failed", caption=look_up("title.gate")
        )
        if failed
        else None,
        "rule_table": _whole_table(tables, rows, "gate_rule", "table-rules"),
    }


_RESIDENCE_COLUMNS = ("resident_area_name", "persons", "mltc_persons", "mltc_percent")
_RULE_COLUMNS = ("rule", "table_name", "level", "rows_failed", "why", "affects")


def _no_data(rows: Rows, title: str) -> str:
    return absent(rows, "data", look_up(f"title.{title}"))


def _whole_table(tables: Tables, rows: Rows, name: str, view_id: str) -> TableView | None:
    if not rows.get(name):
        return None
    return table_view(tables[name], rows[name], list(tables[name].spec.columns), view_id)


def _methods(context: ReportContext, tables: Tables, rows: Rows) -> Values:
    profile = load_wording()["profile"].get(context.profile) or {
        key: say(f"profile.other.{key}", profile=context.profile, rule=context.profile_rule) for key in ("name", "text")
    }
    return {
        "profile": profile,
        "card_path": MAIN_CARD if context.model_card else "",
        "more_cards": context.more_cards,
        "no_model": absent(rows, "risk", look_up("title.model_card")),
        "downloads": [table.spec for table in tables.values()],
    }


def _model_card(context: ReportContext, _: Tables, __: Rows) -> Values:
    return {"card": round_figures(context.model_card or {})}


def _checklists(_: ReportContext, tables: Tables, rows: Rows) -> Values:
    return {"checklists": checklist_views(tables, rows), "card_path": MAIN_CARD}


PAGES = [
    Page("index.html", "Summary", "Summary", _summary),
    Page("who.html", "Who lives with MLTC", "Who", _who),
    Page("inequalities.html", "Inequalities", "Inequalities", _inequalities),
    Page("conditions.html", "Conditions and patterns", "Conditions", _conditions),
    Page("risk.html", "Risk of unplanned admission", "Risk", _risk),
    Page("needs.html", "Needs", "Needs", _needs),
    Page("commission.html", "What could be commissioned", "Services", _commission),
    Page("segments.html", "Segments", "Segments", _segments),
    Page("use.html", "Use and cost of care", "Use", _use),
    Page("places.html", "Places", "Places", _places),
    Page("change.html", "Change since the last run", "Change", _change),
    Page("data-quality.html", "Data quality and coverage", "Data quality", _data_quality),
    Page("methods.html", "Methods and models", "Methods", _methods),
    Page(MAIN_CARD, "Model card: unplanned admission", "", _model_card),
    Page(CHECKLISTS, "Checklists of the risk model: unplanned admission", "", _checklists),
]
