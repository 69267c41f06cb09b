-- One row per person with MLTC: more than 14 nights away from home in 12 months (hospital or care home).
-- Value: home time, days alive and out of hospital and care home in the 12 months (needs.night_away); everyone here was
-- alive all year. Below 351 of 365 days is present, and of 366 below 352; 14 nights are ours. More than 14 nights found
-- are enough; fewer say something only where the hospital feed is known for 12 months and it is known since when the
-- person has lived in a care home, or that they do not (register.person; an address that says so without a date is no
-- answer). Source: Groff AC et al. N Engl J Med 2016;375:1610-2 (days spent at home).
with away as (
    select
        person_id,
        sum(night_count) as night_count,
        max(to_date) as last_date
    from needs.night_away
    group by person_id
),

dated_home as (
    select distinct person_id
    from staging.address
    where is_care_home and address_from <= $index_date
),

stated as (
    select
        person.person_id,
        coalesce(away.night_count, 0) as night_count,
        away.last_date,
        cast($index_date as date) - cast($index_date - interval 12 month as date) as window_days,
        person.is_hospital_known_12m
        and coalesce(not register_person.is_care_home or dated_home.person_id is not null, false) as is_known
    from needs.person as person
    inner join register.person as register_person on register_person.person_id = person.person_id
    left join away on away.person_id = person.person_id
    left join dated_home on dated_home.person_id = person.person_id
)

select
    person_id,
    'home_time' as indicator,
    case
        when night_count > 14 then 'present'
        when is_known then 'absent'
        else 'not_known'
    end as state,
    cast(case when is_known then window_days - night_count end as double) as value,
    'needs.night_away' as evidence_source,
    cast(null as varchar) as evidence_code,
    last_date as evidence_date
from stated
