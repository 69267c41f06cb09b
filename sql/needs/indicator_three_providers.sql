-- One row per person with MLTC: seen by three or more hospital providers in 12 months.
-- Organisations of hospital stays, attended outpatient appointments and emergency attendances. Three found are enough;
-- fewer say something only where all three feeds are known for 12 months. Source: NICE NG56 (care by several services);
-- three is ours.
with counted as (
    select
        person_id,
        count(distinct provider_code) as provider_count,
        max(contact_date) as last_date
    from needs.contact
    where setting in ('hospital', 'outpatient', 'emergency')
    group by person_id
),

known as (
    select
        person_id,
        is_hospital_known_12m and is_outpatient_known_12m and is_emergency_known_12m as is_known
    from needs.person
)

select
    known.person_id,
    'three_providers' as indicator,
    case
        when counted.provider_count >= 3 then 'present'
        when known.is_known then 'absent'
        else 'not_known'
    end as state,
    cast(case when counted.provider_count >= 3 or known.is_known then coalesce(counted.provider_count, 0) end as double)
        as value,
    'needs.contact' as evidence_source,
    cast(null as varchar) as evidence_code,
    counted.last_date as evidence_date
from known
left join counted on counted.person_id = known.person_id
