"""Deaths as civil registrations."""

import polars as pl

from mltc.synthetic.layouts.files import spread_list

CAUSES = [f"S_COD_CODE_{number}" for number in range(1, 16)]
DAYS_TO_REGISTER = 5  # the legal limit in England is five days; coroners take longer (not modelled)


def register_deaths(chunk_tables: dict[str, pl.DataFrame]) -> pl.DataFrame:
    """One row per death with the first 15 causes, which is what the registration holds."""
    day = pl.col("death_date")
    frame = chunk_tables["death"].select(
        pl.col("person_id").alias("DEC_CONF_NHS_NUMBER_CLEAN_DEID"),
        day.dt.strftime("%Y%m%d").alias("REG_DATE_OF_DEATH"),
        (day + pl.duration(days=DAYS_TO_REGISTER)).dt.strftime("%Y%m%d").alias("REG_DATE"),
        pl.lit("N").alias("Cancelled_Flag"),
        pl.col("underlying_cause").alias("S_UNDERLYING_COD_ICD10"),
        "causes",
    )
    return spread_list(frame, "causes", CAUSES)
