-- One row per person with MLTC: a learning disability.
-- One of the plus groups of Core20PLUS5 (NHS England). The rule of the condition is that of the QOF register. Value:
-- records that counted. Held is enough to know; that it is not says something only where the practice's entries of 12
-- months are known.
select
    person.person_id,
    'learning_disability' as indicator,
    case
        when condition.person_id is not null then 'present'
        when person.is_gp_event_known_12m then 'absent'
        else 'not_known'
    end as state,
    cast(
        case
            when condition.person_id is not null then condition.evidence_count
            when person.is_gp_event_known_12m then 0
        end as double
    ) as value,
    'register.person_condition' as evidence_source,
    condition.evidence_code,
    condition.last_date as evidence_date
from needs.person as person
left join register.person_condition as condition
    on condition.person_id = person.person_id and condition.condition = 'learning_disability'
