-- One row per index date: which windows before it the feeds of the use of care can speak of.
-- A window is known where the feed was supplied (meta.feed) and had begun in the month in which the window begins
-- (features.feed_start). Conditions are known where GP entries or hospital episodes were supplied.
with index_date as (
    select distinct index_date
    from meta.index_date
    where role <> 'last_run'
),

started as (
    select
        max(case when table_name = 'hospital_episode' then first_month end) as hospital_from,
        max(case when table_name = 'emergency' then first_month end) as emergency_from,
        max(case when table_name = 'outpatient' then first_month end) as outpatient_from,
        max(case when table_name = 'gp_consultation' then first_month end) as practice_from
    from features.feed_start
),

window_start as (
    select
        index_date,
        cast(index_date - interval 3 month as date) as from_3m,
        cast(index_date - interval 12 month as date) as from_12m,
        cast(index_date - interval 24 month as date) as from_24m
    from index_date
)

select
    window_start.index_date,
    feed.has_hospital_episode and coalesce(started.hospital_from <= window_start.from_3m, false)
        as is_hospital_3m_known,
    feed.has_hospital_episode and coalesce(started.hospital_from <= window_start.from_12m, false)
        as is_hospital_12m_known,
    feed.has_hospital_episode and coalesce(started.hospital_from <= window_start.from_24m, false)
        as is_hospital_24m_known,
    feed.has_emergency and coalesce(started.emergency_from <= window_start.from_3m, false)
        as is_emergency_3m_known,
    feed.has_emergency and coalesce(started.emergency_from <= window_start.from_12m, false)
        as is_emergency_12m_known,
    feed.has_emergency and coalesce(started.emergency_from <= window_start.from_24m, false)
        as is_emergency_24m_known,
    feed.has_outpatient and coalesce(started.outpatient_from <= window_start.from_3m, false)
        as is_outpatient_3m_known,
    feed.has_outpatient and coalesce(started.outpatient_from <= window_start.from_12m, false)
        as is_outpatient_12m_known,
    feed.has_outpatient and coalesce(started.outpatient_from <= window_start.from_24m, false)
        as is_outpatient_24m_known,
    feed.has_gp_consultation and coalesce(started.practice_from <= window_start.from_3m, false)
        as is_practice_3m_known,
    feed.has_gp_consultation and coalesce(started.practice_from <= window_start.from_12m, false)
        as is_practice_12m_known,
    feed.has_gp_consultation and coalesce(started.practice_from <= window_start.from_24m, false)
        as is_practice_24m_known,
    feed.has_gp_event or feed.has_hospital_episode as is_condition_known
from window_start
cross join started
cross join meta.feed as feed
