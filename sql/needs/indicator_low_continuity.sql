-- One row per person with MLTC: less than half of attended contacts in 24 months with one clinician.
-- Usual Provider of Care index of utilisation.continuity over named clinicians of every role, from three contacts on;
-- below that not known.
select
    mltc.person_id,
    'low_continuity' as indicator,
    case
        when coalesce(continuity.named_clinician_contact_count_24m, 0) < 3 then 'not_known'
        when continuity.any_usual_provider_index_24m < 0.5 then 'present'
        else 'absent'
    end as state,
    case when continuity.named_clinician_contact_count_24m >= 3 then continuity.any_usual_provider_index_24m end
        as value,
    'utilisation.continuity' as evidence_source,
    cast(null as varchar) as evidence_code,
    continuity.last_named_contact_date as evidence_date
from register.mltc as mltc
left join utilisation.continuity as continuity
    on continuity.person_id = mltc.person_id and continuity.index_date = $index_date
where mltc.is_mltc and mltc.definition = $definition
