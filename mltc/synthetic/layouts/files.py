"""The open files of a layout, by their path below its folder."""

from pathlib import Path
from typing import Literal

import polars as pl

from mltc.synthetic.settings import SyntheticSettings
from mltc.synthetic.writing import TableWriter

FIRST_MONTH_OF_YEAR = 4  # the NHS financial year


class LayoutFiles:
    """Files that grow chunk by chunk; a file is opened by its first rows."""

    def __init__(self, folder: Path, file_format: Literal["parquet", "csv"]) -> None:
        self.folder = folder
        self.file_format = file_format
        self.files: dict[str, TableWriter] = {}

    @property
    def rows(self) -> dict[str, int]:
        """Rows written so far, by path."""
        return {name: file.rows for name, file in sorted(self.files.items())}

    def add(self, name: str, frame: pl.DataFrame) -> None:
        """Adds rows to the file `name`, a path below the folder without its ending."""
        if name not in self.files:
            path = self.folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            self.files[name] = TableWriter(path, self.file_format)
        self.files[name].write(frame)

    def add_by_period(self, pattern: str, frame: pl.DataFrame, period: pl.Series) -> None:
        """Adds rows to one file per period; `pattern` has `{}` where the period goes."""
        for name in period.unique().sort():
            self.add(pattern.format(name), frame.filter(period == name))

    def close(self) -> None:
        """Ends all files."""
        for file in self.files.values():
            file.close()


class FileLayout:
    """What every layout of several files has: its open files, and the years that its records lie in."""

    def __init__(self, folder: Path, settings: SyntheticSettings) -> None:
        self.files = LayoutFiles(folder, settings.file_format)
        self.last_year = settings.index_date.year
        self.first_year = self.last_year - settings.months // 12 - 1

    @property
    def rows(self) -> dict[str, int]:
        """Rows written so far, per file."""
        return self.files.rows

    def years_of(self, days: pl.Series) -> pl.Series:
        """Financial years of days, for the names of files."""
        return financial_years(clip_days(days, self.first_year, self.last_year))

    def close(self) -> None:
        """Ends all files."""
        self.files.close()


def read_days(days: pl.Series) -> pl.Series:
    """Dates of a column that holds dates, times, or (with defects in text files) text that may be no date."""
    if days.dtype == pl.String:
        return days.str.slice(0, 10).str.to_date("%Y-%m-%d", strict=False)
    return days.cast(pl.Date)


def day_text(days: pl.Series) -> pl.Series:
    """Dates as YYYY-MM-DD, whatever the text says where the column is text."""
    return days.str.slice(0, 10) if days.dtype == pl.String else days.dt.strftime("%Y-%m-%d")


def clip_days(days: pl.Series, first_year: int, last_year: int) -> pl.Series:
    """Days with those outside the years, and no day, moved to the last day of `last_year`: for file names only."""
    last = pl.date(last_year, 12, 31)
    day = pl.col("day")
    inside = day.dt.year().is_between(first_year, last_year)
    return pl.DataFrame({"day": read_days(days)}).select(pl.when(inside).then(day).otherwise(last).alias("day"))["day"]


def financial_years(days: pl.Series) -> pl.Series:
    """Financial years as `2324` for April 2023 to March 2024."""
    first = days.dt.year() - (days.dt.month() < FIRST_MONTH_OF_YEAR).cast(pl.Int32)
    return pl.select(
        pl.format("{}{}", (first % 100).cast(pl.String).str.zfill(2), ((first + 1) % 100).cast(pl.String).str.zfill(2))
    ).to_series()


def spread_list(frame: pl.DataFrame, column: str, names: list[str]) -> pl.DataFrame:
    """The frame with a list column spread over numbered columns, empty ones null."""
    items = [pl.col(column).list.get(place, null_on_oob=True).alias(name) for place, name in enumerate(names)]
    return frame.with_columns(items).drop(column)
