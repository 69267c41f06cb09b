-- One row per geography, breakdown and value: the counts of marts.cohort_summary that are published.
select
    geography_type,
    geography_code,
    geography_name,
    breakdown,
    breakdown_value,
    sort_key,
    persons,
    mltc_persons,
    complex_mltc_persons,
    physical_mental_persons
from marts.cohort_summary
