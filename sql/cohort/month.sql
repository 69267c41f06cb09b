-- One row per series and whole month of the 24 before the index date: people, and what they used.
-- People: those of the register who had MLTC on the first of the month (its second condition had begun). Who has died
-- or left since is not among them, so that earlier months are of people who lived on. Months that the feed cannot speak
-- of have null, never 0 (features.known_window).
with month as (
    select cast(date_trunc('month', $index_date) - interval 1 month * back.months as date) as month_date
    from range(1, 25) as back (months)
),

at_risk as (
    select
        month.month_date,
        person.person_id
    from month
    inner join cohort.person as person on person.is_mltc and person.mltc_onset_date <= month.month_date
),

size as (
    select
        month_date,
        count(*) as persons
    from at_risk
    group by month_date
),

event as (
    select
        'unplanned_admission' as series,
        person_id,
        cast(date_trunc('month', admission_date) as date) as month_date
    from register.continuous_inpatient_spell
    where is_unplanned
    union all
    select
        'emergency_attendance' as series,
        person_id,
        cast(date_trunc('month', arrival_at) as date) as month_date
    from staging.emergency
),

counted as (
    select
        event.series,
        event.month_date,
        count(*) as events
    from event
    inner join at_risk on at_risk.person_id = event.person_id and at_risk.month_date = event.month_date
    group by event.series, event.month_date
),

series as (
    select
        'unplanned_admission' as series,
        is_hospital_24m_known as is_known
    from features.known_window
    where index_date = $index_date
    union all
    select
        'emergency_attendance' as series,
        is_emergency_24m_known as is_known
    from features.known_window
    where index_date = $index_date
)

select
    series.series,
    month.month_date,
    coalesce(size.persons, 0) as persons,
    case when series.is_known then coalesce(counted.events, 0) end as events
from series
cross join month
left join size on size.month_date = month.month_date
left join counted on counted.series = series.series and counted.month_date = month.month_date
