-- One row per person with MLTC: no attended contact with the practice in 12 months.
-- Any clinician and any mode (needs.setting_use). Value: 1 with a contact, 0 without. Not known where the window of
-- practice appointments is not, or where none was attended and the feed does not say of each whether it was.
with practice as (
    select
        person_id,
        untold_count_12m,
        last_attended_date
    from needs.setting_use
    where setting = 'practice'
)

select
    person.person_id,
    'no_practice_contact' as indicator,
    case
        when practice.last_attended_date is not null then 'absent'
        when person.is_gp_consultation_known_12m and coalesce(practice.untold_count_12m, 0) = 0 then 'present'
        else 'not_known'
    end as state,
    cast(
        case
            when practice.last_attended_date is not null then 1
            when person.is_gp_consultation_known_12m and coalesce(practice.untold_count_12m, 0) = 0 then 0
        end as double
    ) as value,
    'staging.gp_consultation' as evidence_source,
    cast(null as varchar) as evidence_code,
    practice.last_attended_date as evidence_date
from needs.person as person
left join practice on practice.person_id = person.person_id
