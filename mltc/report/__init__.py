"""The commissioner report and the workbook, made from published tables alone."""

from mltc.report.context import ReportContext
from mltc.report.site import render_report
from mltc.report.workbook import render_workbook

__all__ = ["ReportContext", "render_report", "render_workbook"]
