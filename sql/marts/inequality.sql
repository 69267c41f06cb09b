-- One row per place (ICB and each PCN), measure and breakdown: how unequal age-sex-standardised figures are.
-- Of PCNs MLTC and unplanned admissions alone: every further count of the same people costs others (decision 17).
select
    geography_type,
    geography_code,
    geography_name,
    measure,
    breakdown,
    unit,
    persons,
    events,
    groups,
    slope_index,
    slope_index_lower,
    slope_index_upper,
    relative_index,
    relative_index_lower,
    relative_index_upper,
    mean_difference,
    rmad_percent
from cohort.inequality
where geography_type = 'icb' or measure in ('mltc', 'unplanned_admission')
