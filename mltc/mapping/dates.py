"""Which date format a column of text is written in."""

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from mltc.dialect import ReadOptions
from mltc.mapping.shares import share_true

# Format as the engine's strptime reads it, and the pattern of its text; groups are called y, m, d, or b for names.
_YEAR, _MONTH, _DAY = r"(?P<y>(1[789]|20|99)\d\d)", r"(?P<m>0?[1-9]|1[0-2])", r"(?P<d>0?[1-9]|[12]\d|3[01])"
_NAME = r"(?P<b>(?i:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec))"
FORMATS: tuple[tuple[str, str], ...] = (
    ("%Y-%m-%d", rf"{_YEAR}-{_MONTH}-{_DAY}"),
    ("%d/%m/%Y", rf"{_DAY}/{_MONTH}/{_YEAR}"),
    ("%m/%d/%Y", rf"{_MONTH}/{_DAY}/{_YEAR}"),
    ("%Y%m%d", r"(?P<y>(1[89]|20|99)\d\d)(?P<m>0[1-9]|1[0-2])(?P<d>0[1-9]|[12]\d|3[01])"),
    ("%d-%m-%Y", rf"{_DAY}-{_MONTH}-{_YEAR}"),
    ("%m-%d-%Y", rf"{_MONTH}-{_DAY}-{_YEAR}"),
    ("%d.%m.%Y", rf"{_DAY}\.{_MONTH}\.{_YEAR}"),
    ("%Y/%m/%d", rf"{_YEAR}/{_MONTH}/{_DAY}"),
    ("%d %b %Y", rf"{_DAY} {_NAME} {_YEAR}"),
    ("%d-%b-%Y", rf"{_DAY}-{_NAME}-{_YEAR}"),
    ("%d%b%Y", rf"{_DAY}{_NAME}{_YEAR}"),
    ("%d/%m/%y", rf"{_DAY}/{_MONTH}/\d\d"),
    ("%m/%d/%y", rf"{_MONTH}/{_DAY}/\d\d"),
    ("%d-%b-%y", rf"{_DAY}-{_NAME}-\d\d"),
    ("%Y-%m", rf"{_YEAR}-(0[1-9]|1[0-2])"),
    ("%m/%Y", rf"{_MONTH}/{_YEAR}"),
    ("%Y%m", r"(?P<y>(1[89]|20)\d\d)(0[1-9]|1[0-2])"),
    ("%m%Y", r"(0?[1-9]|1[0-2])(1[89]|20)\d\d"),
    ("%Y", r"(1[89]|20)\d\d"),
)
PARTIAL = ("%Y-%m", "%m/%Y", "%Y%m", "%m%Y", "%Y")  # a month or a year: right for a birth date alone
TIME_OF_DAY = r"[ T]\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?$"
_TWINS = {
    "%d/%m/%Y": "%m/%d/%Y",
    "%d-%m-%Y": "%m-%d-%Y",
    "%d/%m/%y": "%m/%d/%y",
}
# Dates that systems write for "none": default of the reader, and others that were seen in the field.
READ_AS_NONE = tuple(day.isoformat() for day in ReadOptions().null_dates)
OTHER_SENTINELS = (
    "0001-01-01", "1582-10-15", "1599-12-31", "1700-01-01", "1753-01-01", "1799-12-31", "1899-12-30", "1899-12-31",
    "1901-01-01", "2099-12-31", "2199-12-31", "2999-12-31", "3000-01-01", "4712-12-31", "9999-09-09",
)  # fmt: skip


@dataclass(frozen=True)
class DateFacts:
    """Formats of a column, most frequent first, and the share of filled values that each reads (0-1).

    `is_decided`: day and month cannot be taken for each other (one of them is above 12 somewhere, or the
    format leaves no doubt). `timed`: share with a time of day. `sentinels`: share by date that means none.
    """

    formats: tuple[tuple[str, float], ...] = ()
    is_decided: bool = True
    timed: float = 0.0
    sentinels: tuple[tuple[str, float], ...] = ()

    @property
    def share(self) -> float:
        """Share of filled values that one of the formats reads."""
        return min(1.0, sum(share for _, share in self.formats))

    @property
    def is_partial(self) -> bool:
        """Whether most are months or years and no days."""
        return bool(self.formats) and self.formats[0][0] in PARTIAL


def find_dates(values: pl.Series) -> DateFacts:
    """Date formats of text without nulls. A format that reads fewer than 1 % of the values is no format of it."""
    if values.is_empty():
        return DateFacts()
    total = len(values)
    timed = values.str.contains(TIME_OF_DAY)
    days = values.str.replace(TIME_OF_DAY, "").str.strip_chars()
    left = pl.Series(days)
    found: list[tuple[str, float]] = []
    decided = True
    for name, pattern in FORMATS:
        if left.is_empty():
            break
        hits = left.str.contains(f"^({pattern})$")
        count = int(hits.sum())
        twin = _TWINS.get(name)
        if twin:
            name, count, hits, sure = _choose_twin(name, twin, left)  # noqa: PLW2901 - the better of the two
            decided = decided and sure
        if count < max(1, total // 100):
            continue
        found.append((name, count / total))
        left = left.filter(~hits)
    found.sort(key=lambda item: -item[1])
    return DateFacts(tuple(found), decided, share_true(timed), _find_sentinels(days, [n for n, _ in found]))


def _choose_twin(day_first: str, month_first: str, values: pl.Series) -> tuple[str, int, pl.Series, bool]:
    """Day or month first, by values above 12; both read the same number where nothing decides: then day first."""
    patterns = dict(FORMATS)
    as_day = values.str.contains(f"^({patterns[day_first]})$")
    as_month = values.str.contains(f"^({patterns[month_first]})$")
    days, months = int(as_day.sum()), int(as_month.sum())
    if months > days:
        return month_first, months, as_month, True
    return day_first, days, as_day, days == 0 or days > months


def _find_sentinels(days: pl.Series, formats: Sequence[str]) -> tuple[tuple[str, float], ...]:
    """Share of each date that is known to stand for none, where it is at least 0.5 % of the values."""
    found = {}
    for sentinel in dict.fromkeys((*READ_AS_NONE, *OTHER_SENTINELS)):
        year, month, day = sentinel.split("-")
        texts = {
            name.replace("%Y", year).replace("%m", month).replace("%d", day)
            for name in formats
            if "%y" not in name and "%b" not in name and name not in PARTIAL
        }
        share = share_true(days.is_in(list(texts))) if texts else 0.0
        if share >= 0.005:
            found[sentinel] = share
    return tuple(found.items())
