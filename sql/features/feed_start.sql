-- One row per feed of the use of care: the first month from which on it tells what happened.
-- The first month with at least a tenth of the rows of the median month, so that a stray early date does not count. A
-- window that begins before it is not known for that feed, and its features are null: a feed that began later is not a
-- person who did not use care.
with monthly as (
    select
        'hospital_episode' as table_name,
        cast(date_trunc('month', admission_date) as date) as month,
        count(*) as row_count
    from staging.hospital_episode
    group by date_trunc('month', admission_date)
    union all
    select
        'emergency' as table_name,
        cast(date_trunc('month', arrival_at) as date) as month,
        count(*) as row_count
    from staging.emergency
    group by date_trunc('month', arrival_at)
    union all
    select
        'outpatient' as table_name,
        cast(date_trunc('month', appointment_date) as date) as month,
        count(*) as row_count
    from staging.outpatient
    group by date_trunc('month', appointment_date)
    union all
    select
        'gp_consultation' as table_name,
        cast(date_trunc('month', consultation_date) as date) as month,
        count(*) as row_count
    from staging.gp_consultation
    group by date_trunc('month', consultation_date)
),

compared as (
    select
        table_name,
        month,
        row_count,
        median(row_count) over (partition by table_name) as median_row_count
    from monthly
    where month is not null
)

select
    table_name,
    min(month) as first_month
from compared
where row_count >= median_row_count / 10
group by table_name
