-- One row per person with MLTC: five or more moves between places of care in 12 months.
-- Moves of needs.transition: into and out of hospital, transfers, changes of specialty within a stay, into a care home.
-- Value: how many. Five, which is more than two plain stays, is ours. Five found are enough; fewer say something only
-- where the hospital feed is known for 12 months. Source: Coleman EA. J Am Geriatr Soc 2003;51:549-55; NICE NG27.
with counted as (
    select
        person_id,
        count(*) as move_count,
        max(transition_date) as last_date
    from needs.transition
    group by person_id
)

select
    person.person_id,
    'five_transitions' as indicator,
    case
        when counted.move_count >= 5 then 'present'
        when person.is_hospital_known_12m then 'absent'
        else 'not_known'
    end as state,
    cast(
        case when counted.move_count >= 5 or person.is_hospital_known_12m then coalesce(counted.move_count, 0) end
        as double
    ) as value,
    'needs.transition' as evidence_source,
    cast(null as varchar) as evidence_code,
    counted.last_date as evidence_date
from needs.person as person
left join counted on counted.person_id = person.person_id
