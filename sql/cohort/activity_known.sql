-- One row per kind of activity: whether its feed can speak of the 12 months before the index date, and bears costs.
-- Costs count where at least 95 of 100 records of the 12 months bear one (ours): a sum over few would be too low.
with record as (
    select
        'hospital' as feed,
        cost_gbp
    from register.continuous_inpatient_spell
    where admission_date <= $index_date and admission_date > $index_date - interval 12 month
    union all
    select
        'outpatient' as feed,
        cost_gbp
    from staging.outpatient
    where
        attendance_status in ('5', '6')
        and appointment_date <= $index_date and appointment_date > $index_date - interval 12 month
    union all
    select
        'emergency' as feed,
        cost_gbp
    from staging.emergency
    where
        cast(arrival_at as date) <= $index_date
        and cast(arrival_at as date) > $index_date - interval 12 month
),

cost as (
    select
        feed,
        count(cost_gbp) >= 0.95 * count(*) as has_cost
    from record
    group by feed
),

known as (
    select
        'hospital' as feed,
        is_hospital_12m_known as is_known
    from features.known_window
    where index_date = $index_date
    union all
    select
        'outpatient' as feed,
        is_outpatient_12m_known as is_known
    from features.known_window
    where index_date = $index_date
    union all
    select
        'emergency' as feed,
        is_emergency_12m_known as is_known
    from features.known_window
    where index_date = $index_date
    union all
    select
        'practice' as feed,
        is_practice_12m_known as is_known
    from features.known_window
    where index_date = $index_date
)

select
    activity.activity,
    activity.activity_name,
    activity.unit,
    activity.sort_key,
    coalesce(known.is_known, false) as is_known,
    activity.is_costed = 'yes' and coalesce(known.is_known, false) and coalesce(cost.has_cost, false) as has_cost
from codelist.activity as activity
left join known on known.feed = activity.feed
left join cost on cost.feed = activity.feed
