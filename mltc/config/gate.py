"""Keys of [gate]: how much a feed may be wrong, from single rows to a whole practice."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Share = Annotated[float, Field(ge=0, le=1)]
Months = Annotated[int, Field(ge=1, le=120)]


class _GateSection(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class CoverageSettings(_GateSection):
    """When a practice's or provider's feed counts as stopped, low or doubled.

    `limit_sd`: half-width of the limits, in standard deviations. 4 is crossed by chance in 1 of 30,000 normal months.
    `low_share`, `high_ratio`: a change that matters, however sure: an ICB's features count months, not records.
    `stopped_share`: late rows and rows under a former practice still arrive after a feed has stopped.
    `minimum_spread`: practices change their ways from month to month by some percent even where counts are huge.
    `seasonal_range`: no season moves all practices by more than this factor; more is a feed cut for everyone.
    `zero_chance`: chance, by the practice's own rate, of as many months without any record: for small practices.
    `abstain_months`: failing months of the last 12 from which nobody of the practice is scored; 12-month counts
    are then too low by about a sixth or more. A latest month that has stopped is enough by itself.
    """

    history_months: Annotated[int, Field(ge=13, le=120)] = 36
    judged_months: Months = 24
    minimum_history_months: Annotated[int, Field(ge=6, le=36)] = 12
    limit_sd: Annotated[float, Field(gt=0, le=10)] = 4.0
    low_share: Share = 0.7
    stopped_share: Share = 0.05
    high_ratio: Annotated[float, Field(gt=1, le=10)] = 1.5
    seasonal_range: Annotated[float, Field(ge=1, le=10)] = 2.0
    minimum_spread: Share = 0.05
    zero_chance: Annotated[float, Field(gt=0, lt=0.05)] = 0.0001
    minimum_peers: Annotated[int, Field(ge=2)] = 3
    abstain_months: Annotated[int, Field(ge=1, le=12)] = 2


class PlausibilitySettings(_GateSection):
    """How far recorded prevalence may be from what is published, and a practice from the ICB.

    `prevalence_factor`: an ICB's age and deprivation move most QOF registers by less than two times.
    `limit_sd`: limits of the funnel, in standard deviations after overdispersion (Spiegelhalter 2005).
    """

    prevalence_factor: Annotated[float, Field(gt=1, le=20)] = 2.0
    limit_sd: Annotated[float, Field(gt=0, le=10)] = 3.0


class DriftSettings(_GateSection):
    """How far an extract may move from that of the last accepted run.

    `row_count_change`: share of the last run's rows. `null_rise`: rise of the share that is empty, in points.
    `stability_index`: population stability index of a coded column; above 0.2 is commonly called a shift.
    `new_code_share`: share of rows with a code that the last run did not have. `date_shift_days`: how far the
    1st or 99th percentile of a date may move beyond the time between the two index dates.
    """

    row_count_change: Annotated[float, Field(gt=0, le=10)] = 0.25
    null_rise: Share = 0.1
    stability_index: Annotated[float, Field(gt=0, le=10)] = 0.2
    new_code_share: Share = 0.001
    date_shift_days: Annotated[int, Field(ge=1)] = 62


class GateSettings(_GateSection):
    """How much a feed may be wrong before the run stops or warns."""

    maximum_unreadable_share: Share = 0.05
    maximum_quarantined_share: Share = 0.20
    coverage: CoverageSettings = CoverageSettings()
    plausibility: PlausibilitySettings = PlausibilitySettings()
    drift: DriftSettings = DriftSettings()
