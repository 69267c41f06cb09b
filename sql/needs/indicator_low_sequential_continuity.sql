-- One row per person with MLTC: few GP contacts of 24 months with the GP of the one before.
-- Sequential continuity (SECON) over named GPs, below 0.25: less than one contact in four was with the GP of the
-- contact before. Source of the index: BMC Prim Care 2020;21 (doi:10.1186/s12875-020-01361-0); the cut is ours.
-- Value: the index (utilisation.continuity). From three contacts on; an index needs its whole window, so that fewer
-- contacts, or a window that is not known, is not known.
with known as (
    select
        person.person_id,
        person.is_gp_consultation_known_24m
        and coalesce(continuity.named_gp_contact_count_24m, 0) >= 3 as is_known,
        continuity.sequential_index_24m as continuity_index,
        continuity.last_named_contact_date
    from needs.person as person
    left join utilisation.continuity as continuity
        on continuity.person_id = person.person_id and continuity.index_date = $index_date
)

select
    person_id,
    'low_sequential_continuity' as indicator,
    case
        when not is_known then 'not_known'
        when continuity_index < 0.25 then 'present'
        else 'absent'
    end as state,
    case when is_known then continuity_index end as value,
    'utilisation.continuity' as evidence_source,
    cast(null as varchar) as evidence_code,
    last_named_contact_date as evidence_date
from known
