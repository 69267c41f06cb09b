-- One row per cohort, place (ICB and each PCN) and kind of activity that is known: use and cost per head.
-- A kind whose feed cannot speak of the 12 months has no row: not known, never 0.
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
