-- One row per series and month: unplanned use by people who had MLTC then, with the limits of an XmR chart.
select
    series,
    month,
    is_latest,
    variation,
    persons,
    events,
    rate_per_1000,
    mean_per_1000,
    lower_per_1000,
    upper_per_1000
from cohort.monthly
