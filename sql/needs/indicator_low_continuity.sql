-- One row per person with MLTC: less than half of contacts in 24 months with one clinician.
-- Usual Provider of Care index (UPC, the share of the most-seen clinician) over named clinicians of every role, below
-- 0.5. Source of the index: Sidaway-Lee K et al. BJGP 2023;73:279-282; the cut at a half is ours. Value: the index
-- (utilisation.continuity). From three contacts on; an index needs its whole window, so that fewer contacts, or a
-- window that is not known, is not known.
with known as (
    select
        person.person_id,
        person.is_gp_consultation_known_24m
        and coalesce(continuity.named_clinician_contact_count_24m, 0) >= 3 as is_known,
        continuity.any_usual_provider_index_24m as continuity_index,
        continuity.last_named_contact_date
    from needs.person as person
    left join utilisation.continuity as continuity
        on continuity.person_id = person.person_id and continuity.index_date = $index_date
)

select
    person_id,
    'low_continuity' as indicator,
    case
        when not is_known then 'not_known'
        when continuity_index < 0.5 then 'present'
        else 'absent'
    end as state,
    case when is_known then continuity_index end as value,
    'utilisation.continuity' as evidence_source,
    cast(null as varchar) as evidence_code,
    last_named_contact_date as evidence_date
from known
