-- One row per person with MLTC: on the waiting list of two or more specialties at once.
-- Open pathways of needs.waiting_pathway, by treatment function. Value: specialties. Absent also for who is not on
-- the list; not known where no waiting list was supplied. Source: NHS England, Waiting List Minimum Data Set; two is
-- the least that can be coordinated.
with counted as (
    select
        person_id,
        count(distinct specialty) as specialty_count,
        min(clock_start_date) as first_date
    from needs.waiting_pathway
    group by person_id
)

select
    person.person_id,
    'waiting_two_specialties' as indicator,
    case
        when counted.specialty_count >= 2 then 'present'
        when person.is_waiting_list_known then 'absent'
        else 'not_known'
    end as state,
    cast(
        case
            when counted.specialty_count >= 2 or person.is_waiting_list_known then coalesce(counted.specialty_count, 0)
        end as double
    ) as value,
    'staging.waiting_list' as evidence_source,
    cast(null as varchar) as evidence_code,
    counted.first_date as evidence_date
from needs.person as person
left join counted on counted.person_id = person.person_id
