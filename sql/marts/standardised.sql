-- One row per cohort and place: people, prevalence with age and sex taken out, and the ratio to the ICB.
-- cohort.standardised, which rests on rounded counts (docs/decisions/0017-standardised-figures.md).
select
    cohort,
    geography_type,
    geography_code,
    geography_name,
    pcn_code,
    sub_icb_code,
    resident_area,
    persons,
    cohort_persons,
    standardised_percent,
    standardised_percent_lower,
    standardised_percent_upper,
    ratio,
    ratio_lower,
    ratio_upper,
    funnel_position
from cohort.standardised
