"""The commissioner report, the workbook and the metrics, made from published tables alone."""

from mltc.report.context import ReportContext
from mltc.report.metrics import render_metrics
from mltc.report.site import render_report
from mltc.report.withheld import note_withheld
from mltc.report.workbook import render_workbook

__all__ = ["ReportContext", "note_withheld", "render_metrics", "render_report", "render_workbook"]
