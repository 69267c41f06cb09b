-- One row per practice and condition: people recorded with it against the published prevalence of England.
select
    practice_code as geography_code,
    practice_name as geography_name,
    condition,
    condition_name,
    denominator,
    published_source,
    persons,
    recorded_persons,
    published_percent,
    ratio,
    ratio_lower,
    ratio_upper,
    funnel_position
from cohort.recorded_published
