-- One row per person, definition and change of being MLTC or complex MLTC since the last run, and why.
-- joined and left: became or ceased to be MLTC; became complex and no longer complex likewise. Whoever joins as
-- complex has both rows. The reason is that of the condition that tipped it: with several changes at once, the
-- conditions that both runs have come first and the others as they became known; joined and left take the second,
-- the complex ones the first at which $complex_conditions conditions of $complex_systems body systems are reached.
-- Of somebody who came or went, that of register.change_person. Where no condition tipped it (the rule of complex
-- MLTC or a body system changed), codelist version.
with marked as (
    select
        coalesce(mltc.person_id, earlier.person_id) as person_id,
        coalesce(mltc.definition, earlier.definition) as definition,
        coalesce(earlier.is_mltc, false) as was_mltc,
        coalesce(mltc.is_mltc, false) as is_mltc,
        coalesce(earlier.is_complex_mltc, false) as was_complex,
        coalesce(mltc.is_complex_mltc, false) as is_complex
    from (select * from register.mltc where is_mltc or is_complex_mltc) as mltc
    full outer join (select * from meta.last_mltc where is_mltc or is_complex_mltc) as earlier
        on earlier.person_id = mltc.person_id and earlier.definition = mltc.definition
),

moved as (
    select
        marked.*,
        (marked.is_mltc and not marked.was_mltc) or (marked.is_complex and not marked.was_complex) as is_up
    from marked
    inner join codelist.definition as definition on definition.definition = marked.definition
    inner join meta.last_definition as earlier on earlier.definition = marked.definition
    where marked.was_mltc <> marked.is_mltc or marked.was_complex <> marked.is_complex
),

counted as (
    select
        moved.person_id,
        moved.definition,
        status.condition,
        status.first_known_date,
        gained.reason
    from moved
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
    from moved
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
),

ranked as (
    select
        placed.*,
        sum(is_new_system) over (
            partition by person_id, definition
            order by condition_rank
            rows unbounded preceding
        ) as system_rank
    from placed
),

tipped as (
    select
        ranked.*,
        row_number() over (partition by person_id, definition order by condition_rank) as complex_rank
    from ranked
    where condition_rank >= $complex_conditions and system_rank >= $complex_systems
),

told as (
    select
        person_id,
        definition,
        case when is_up then 'joined' else 'left' end as change,
        'mltc' as kind
    from moved
    where was_mltc <> is_mltc
    union all
    select
        person_id,
        definition,
        case when is_up then 'became complex' else 'no longer complex' end as change,
        'complex' as kind
    from moved
    where was_complex <> is_complex
)

select
    told.person_id,
    told.definition,
    told.change,
    coalesce(whole.reason, second.reason, tipped.reason, 'codelist version') as reason
from told
left join register.change_person as whole on whole.person_id = told.person_id
left join ranked as second
    on
        second.person_id = told.person_id
        and second.definition = told.definition
        and second.condition_rank = 2
        and told.kind = 'mltc'
left join tipped
    on
        tipped.person_id = told.person_id
        and tipped.definition = told.definition
        and tipped.complex_rank = 1
        and told.kind = 'complex'
