-- One row per person with MLTC: five or more services or teams of the NHS in 12 months.
-- The practice, the emergency department, each specialty of stays and outpatient appointments (one seen in both is
-- one); and each mental health and each community service, where their feeds are read. Value: how many. Five found are
-- enough; fewer say something only where the first four feeds are known for 12 months. Source: NICE NG56 (several
-- services, not coordinated); five is ours.
with counted as (
    select
        person_id,
        count(distinct case
            when setting in ('hospital', 'outpatient') then 'specialty ' || coalesce(service, 'not told')
            else setting || ' ' || coalesce(service, '')
        end) as service_count,
        max(contact_date) as last_date
    from needs.contact
    where setting <> 'social_care'
    group by person_id
),

known as (
    select
        person_id,
        is_gp_consultation_known_12m
        and is_hospital_known_12m
        and is_emergency_known_12m
        and is_outpatient_known_12m as is_known
    from needs.person
)

select
    known.person_id,
    'five_services' as indicator,
    case
        when counted.service_count >= 5 then 'present'
        when known.is_known then 'absent'
        else 'not_known'
    end as state,
    cast(case when counted.service_count >= 5 or known.is_known then coalesce(counted.service_count, 0) end as double)
        as value,
    'needs.contact' as evidence_source,
    cast(null as varchar) as evidence_code,
    counted.last_date as evidence_date
from known
left join counted on counted.person_id = known.person_id
