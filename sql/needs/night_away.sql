-- One row per person with MLTC and unbroken time away from home in the 12 months up to the index date.
-- Nights in hospital (register.spell without regular attendances; a day case has none) and nights in a care home: a
-- dated address that is one, or a social care service of residential or nursing care. Times that overlap or touch are
-- one, so that no night counts twice. A night is counted on the day on which it begins; the index date has none yet.
-- Source of the service names: NHS England, Adult Social Care Client Level Data (long-term residential and nursing
-- care).
with away as (
    select
        spell.person_id,
        spell.admission_date as from_date,
        coalesce(spell.stay_end_date, $index_date) as to_date
    from register.spell as spell
    where not spell.is_regular_attender
    union all
    select
        address.person_id,
        address.address_from as from_date,
        coalesce(address.address_to, $index_date) as to_date
    from staging.address as address
    where address.is_care_home and address.address_from is not null
    union all
    select
        event.person_id,
        event.event_date as from_date,
        coalesce(event.end_date, $index_date) as to_date
    from staging.social_care_event as event
    where
        event.event_type = 'service'
        and (lower(event.service) like '%residential care%' or lower(event.service) like '%nursing care%')
),

cut as (
    select
        away.person_id,
        cast(greatest(away.from_date, $index_date - interval 12 month) as date) as from_date,
        cast(least(away.to_date, $index_date) as date) as to_date
    from away
    inner join needs.person as person on person.person_id = away.person_id
),

marked as (
    select
        person_id,
        from_date,
        to_date,
        max(to_date) over (
            partition by person_id
            order by from_date, to_date
            rows between unbounded preceding and 1 preceding
        ) as earlier_to_date
    from cut
    where to_date > from_date
),

numbered as (
    select
        marked.*,
        sum(case when from_date <= earlier_to_date then 0 else 1 end) over (
            partition by person_id
            order by from_date, to_date
            rows between unbounded preceding and current row
        ) as away_number
    from marked
)

select
    person_id,
    away_number,
    max(to_date) - min(from_date) as night_count,
    min(from_date) as from_date,
    max(to_date) as to_date
from numbered
group by person_id, away_number
