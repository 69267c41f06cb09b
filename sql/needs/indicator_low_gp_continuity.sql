-- One row per person with MLTC: less than half of GP contacts in 24 months with one GP.
-- Usual Provider of Care index (UPC) over named GPs, below 0.5. Source of the index, over GPs and 24 months or
-- longer: Barker I et al. BMJ 2017;356:j84; the cut at a half is ours. Value: the index (utilisation.continuity).
-- From three contacts on; an index needs its whole window, so that fewer contacts, or a window that is not known, is
-- not known.
with known as (
    select
        person.person_id,
        person.is_gp_consultation_known_24m
        and coalesce(continuity.named_gp_contact_count_24m, 0) >= 3 as is_known,
        continuity.usual_provider_index_24m as continuity_index,
        continuity.last_named_contact_date
    from needs.person as person
    left join utilisation.continuity as continuity
        on continuity.person_id = person.person_id and continuity.index_date = $index_date
)

select
    person_id,
    'low_gp_continuity' as indicator,
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
