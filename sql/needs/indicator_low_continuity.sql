-- One row per person with MLTC: less than half of attended contacts in 24 months with one clinician.
-- Usual Provider of Care index = max_j(n_j) / n, n_j contacts with clinician j (Sidaway-Lee K et al. BJGP
-- 2023;73:279-282), from three contacts with a named clinician on; below that not known.
with by_clinician as (
    select
        consultation.person_id,
        consultation.clinician_id,
        count(*) as contact_count,
        max(consultation.consultation_date) as last_date
    from staging.gp_consultation as consultation
    where
        consultation.status = 'attended'
        and consultation.clinician_id is not null
        and consultation.consultation_date <= $index_date
        and consultation.consultation_date > $index_date - interval 24 month
    group by consultation.person_id, consultation.clinician_id
),

by_person as (
    select
        person_id,
        sum(contact_count) as contact_count,
        max(contact_count) * 1.0 / sum(contact_count) as usual_provider_index,
        max(last_date) as last_date
    from by_clinician
    group by person_id
)

select
    mltc.person_id,
    'low_continuity' as indicator,
    case
        when coalesce(by_person.contact_count, 0) < 3 then 'not_known'
        when by_person.usual_provider_index < 0.5 then 'present'
        else 'absent'
    end as state,
    case when by_person.contact_count >= 3 then by_person.usual_provider_index end as value,
    'staging.gp_consultation' as evidence_source,
    by_person.last_date as evidence_date
from register.mltc as mltc
left join by_person on by_person.person_id = mltc.person_id
where mltc.is_mltc and mltc.definition = $definition
