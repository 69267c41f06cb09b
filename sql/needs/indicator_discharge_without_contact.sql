-- One row per person with MLTC and an unplanned stay that ended in the last 12 months (needs.unplanned_discharge).
-- Present: at least one discharge without an attended practice contact on the days 0 to 14 after it. Value: how many. A
-- contact after every discharge is enough for absent; that there is none says something only where the practice's
-- appointments of 12 months are known. Source: NICE NG27 (follow-up in primary care after discharge); 14 days are ours.
with followed as (
    select
        person_id,
        count(*) filter (where first_contact_date is null) as lone_count,
        max(case when first_contact_date is null then discharge_date end) as last_date
    from needs.unplanned_discharge
    group by person_id
)

select
    followed.person_id,
    'discharge_without_contact' as indicator,
    case
        when followed.lone_count = 0 then 'absent'
        when person.is_gp_consultation_known_12m then 'present'
        else 'not_known'
    end as state,
    cast(
        case when followed.lone_count = 0 or person.is_gp_consultation_known_12m then followed.lone_count end as double
    ) as value,
    'register.continuous_inpatient_spell' as evidence_source,
    cast(null as varchar) as evidence_code,
    followed.last_date as evidence_date
from followed
inner join needs.person as person on person.person_id = followed.person_id
