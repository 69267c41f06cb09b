-- One row per person with complex MLTC: no clinician of the practice saw the person twice in 24 months.
-- Attended contacts with named clinicians of every role (utilisation.continuity_count). Value: contacts with the one
-- seen most. Source: continuity matters most in complex MLTC (Barker I et al. BMJ 2017;356:j84 on continuity and
-- admissions); the rule is ours. A clinician seen twice is enough to know. Not known where the window is not, or
-- where contacts name no clinician and may have been with one.
with unnamed as (
    select distinct person_id
    from staging.gp_consultation
    where
        clinician_id is null
        and status = 'attended'
        and consultation_date <= $index_date
        and consultation_date > $index_date - interval 24 month
),

known as (
    select
        person.person_id,
        coalesce(continuity_count.any_most_24m, 0) as most_count,
        person.is_gp_consultation_known_24m and unnamed.person_id is null as is_known,
        continuity.last_named_contact_date
    from needs.person as person
    left join utilisation.continuity_count as continuity_count
        on continuity_count.person_id = person.person_id and continuity_count.index_date = $index_date
    left join utilisation.continuity as continuity
        on continuity.person_id = person.person_id and continuity.index_date = $index_date
    left join unnamed on unnamed.person_id = person.person_id
    where person.is_complex_mltc
)

select
    person_id,
    'no_usual_clinician' as indicator,
    case
        when most_count >= 2 then 'absent'
        when is_known then 'present'
        else 'not_known'
    end as state,
    cast(case when most_count >= 2 or is_known then most_count end as double) as value,
    'utilisation.continuity' as evidence_source,
    cast(null as varchar) as evidence_code,
    last_named_contact_date as evidence_date
from known
