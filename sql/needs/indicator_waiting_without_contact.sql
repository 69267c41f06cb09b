-- One row per person with MLTC who has waited 6 months or more: no contact with any service in the last 6 months.
-- Waiting: an open pathway of needs.waiting_pathway whose clock started 6 months ago or earlier. A contact of any
-- feed (needs.contact) is enough for absent; that there is none says something only where practice appointments,
-- outpatients, emergency attendances and hospital stays are known. Value: days since the last contact of the 12
-- months. Source: NHS England, Waiting List Minimum Data Set; 6 months are ours.
with waiting as (
    select
        person_id,
        min(clock_start_date) as clock_start_date
    from needs.waiting_pathway
    group by person_id
    having min(clock_start_date) <= $index_date - interval 6 month
),

contact as (
    select
        person_id,
        max(contact_date) as last_date
    from needs.contact
    group by person_id
)

select
    waiting.person_id,
    'waiting_without_contact' as indicator,
    case
        when contact.last_date > $index_date - interval 6 month then 'absent'
        when
            person.is_gp_consultation_known_12m
            and person.is_outpatient_known_12m
            and person.is_emergency_known_12m
            and person.is_hospital_known_12m then 'present'
        else 'not_known'
    end as state,
    cast(date_diff('day', contact.last_date, $index_date) as double) as value,
    'staging.waiting_list' as evidence_source,
    cast(null as varchar) as evidence_code,
    waiting.clock_start_date as evidence_date
from waiting
inner join needs.person as person on person.person_id = waiting.person_id
left join contact on contact.person_id = waiting.person_id
