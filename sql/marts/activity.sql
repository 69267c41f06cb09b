-- One row per cohort, place (ICB and each PCN) and kind of activity that is known: use and cost per head.
-- A kind whose feed cannot speak of the 12 months has no row: not known, never 0. Of PCNs three
-- kinds alone: every further count of the same people costs others (decision 17).
select
    cohort,
    geography_type,
    geography_code,
    geography_name,
    activity,
    activity_name,
    unit,
    sort_key,
    persons,
    users,
    mean_per_head,
    gbp_per_head,
    gini,
    top_5_percent
from cohort.activity
where geography_type = 'icb' or activity in ('emergency_admission', 'emergency_attendance', 'outpatient_attendance')
