-- One row per person, definition and condition, in the order in which they tip somebody over (register.change_mltc).
-- Of those whose standing moved up, the conditions of this run; of those who moved down, those of the last. First those
-- that both runs have, then the others as they became known. condition_rank counts conditions, system_rank the body
-- systems up to there; reason is empty for a condition that did not change.
with counted as (
    select
        moved.person_id,
        moved.definition,
        status.condition,
        status.first_known_date,
        gained.reason
    from register.change_standing as moved
    inner join register.person_condition as status on status.person_id = moved.person_id
    inner join codelist.membership as membership
        on membership.definition = moved.definition and membership.condition = status.condition
    left join register.change_gained as gained
        on
            gained.person_id = moved.person_id
            and gained.definition = moved.definition
            and gained.condition = status.condition
    where moved.is_up
    union all
    select
        moved.person_id,
        moved.definition,
        status.condition,
        status.first_known_date,
        lost.reason
    from register.change_standing as moved
    inner join meta.last_person_condition as status on status.person_id = moved.person_id
    inner join meta.last_membership as membership
        on membership.definition = moved.definition and membership.condition = status.condition
    left join register.change_lost as lost
        on
            lost.person_id = moved.person_id
            and lost.definition = moved.definition
            and lost.condition = status.condition
    where not moved.is_up
),

placed as (
    select
        counted.person_id,
        counted.definition,
        counted.reason,
        row_number() over (
            partition by counted.person_id, counted.definition
            order by counted.reason is not null, counted.first_known_date, counted.condition
        ) as condition_rank,
        case
            when row_number() over (
                partition by counted.person_id, counted.definition, condition.body_system
                order by counted.reason is not null, counted.first_known_date, counted.condition
            ) = 1 then 1
            else 0
        end as is_new_system
    from counted
    left join codelist.condition as condition on condition.key = counted.condition
)

select
    placed.*,
    sum(is_new_system) over (
        partition by person_id, definition
        order by condition_rank
        rows unbounded preceding
    ) as system_rank
from placed
