"""Blood tests that are taken again soon after, as when a hospital clinic and the practice both ask for them."""

import numpy as np
import polars as pl

from mltc.synthetic.chunk import Chunk
from mltc.synthetic.journal import build_rows

AGAIN_SHARE = 0.02  # tests that are taken again within AGAIN_DAYS (assumption)
AGAIN_DAYS = 21
# No eGFR or creatinine: another value would change who has chronic kidney disease by two values in a row.
REPEATED = ("999791000000106", "1022431000000105", "1005671000000105", "1018251000000107", "1000661000000107")


def make_repeated_tests(random: np.random.Generator, chunk: Chunk, events: pl.DataFrame) -> pl.DataFrame:
    """Rows of `gp_event`: tests of `events` again 1 to AGAIN_DAYS days later, with the value of the first."""
    tests = events.filter(pl.col("code").is_in(REPEATED)).select("person", "event_date", "code", "value", "value_unit")
    tests = tests.filter(pl.Series(random.random(len(tests)) < AGAIN_SHARE))
    person = tests["person"].to_numpy().astype(np.int64)
    day = tests["event_date"].to_physical().to_numpy().astype(np.int64)
    day = day + random.integers(1, AGAIN_DAYS + 1, len(tests))
    again = tests.select("person", "code", "value", "value_unit").with_columns(day=pl.Series(day))
    known = events.select("person", "code", day=pl.col("event_date").to_physical().cast(pl.Int64))
    again = again.filter(pl.Series(day < chunk.course.end_day[person])).unique(
        ["person", "code", "day"], keep="first", maintain_order=True
    )
    again = again.join(known, on=["person", "code", "day"], how="anti", maintain_order="left")
    return build_rows(
        chunk, again["person"].to_numpy().astype(np.int64), again["day"].to_numpy(), again["code"], "other",
        value=again["value"].to_numpy(), unit=again["value_unit"],
    )  # fmt: skip
