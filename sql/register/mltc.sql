-- One row per person and definition: how many conditions, whether that is MLTC, and since when it was known.
-- MLTC: two or more conditions of the definition. Complex MLTC: $complex_conditions or more, from
-- $complex_systems or more body systems. An onset date is the day on which the record first met the rule.
with counted as (
    select
        membership.definition,
        status.person_id,
        condition.position,
        condition.body_system,
        condition.kind,
        status.first_known_date,
        row_number() over (
            partition by membership.definition, status.person_id
            order by status.first_known_date, condition.position
        ) as condition_rank,
        case
            when row_number() over (
                partition by membership.definition, status.person_id, condition.body_system
                order by status.first_known_date, condition.position
            ) = 1 then 1
            else 0
        end as is_new_system
    from register.person_condition as status
    inner join codelist.membership as membership on membership.condition = status.condition
    inner join codelist.condition as condition on condition.key = status.condition
),

ranked as (
    select
        counted.*,
        sum(counted.is_new_system) over (
            partition by counted.definition, counted.person_id
            order by counted.condition_rank
            rows unbounded preceding
        ) as system_rank
    from counted
),

summed as (
    select
        definition,
        person_id,
        count(*) as condition_count,
        count(distinct body_system) as body_system_count,
        max(case when kind = 'physical' then 1 else 0 end) as has_physical,
        max(case when kind = 'mental' then 1 else 0 end) as has_mental,
        sum(cast(1 as hugeint) << cast(position as integer)) as signature,
        min(case when condition_rank >= 2 then first_known_date end) as mltc_onset_date,
        min(
            case
                when condition_rank >= $complex_conditions and system_rank >= $complex_systems then first_known_date
            end
        )
            as complex_onset_date
    from ranked
    group by definition, person_id
),

definition as (
    select distinct definition from codelist.membership
)

select
    person.person_id,
    pseudonym.mltc_id,
    definition.definition,
    $codelist_version as definition_version,
    cast(coalesce(summed.signature, 0) as varchar) as condition_signature,
    coalesce(summed.condition_count, 0) as condition_count,
    coalesce(summed.body_system_count, 0) as body_system_count,
    coalesce(summed.condition_count, 0) >= 2 as is_mltc,
    coalesce(summed.condition_count, 0) >= $complex_conditions
    and coalesce(summed.body_system_count, 0) >= $complex_systems as is_complex_mltc,
    coalesce(summed.has_physical, 0) = 1 and coalesce(summed.has_mental, 0) = 1 as has_physical_mental,
    summed.mltc_onset_date,
    summed.complex_onset_date,
    $index_date as as_of
from register.person as person
cross join definition
inner join register.person_pseudonym as pseudonym on pseudonym.person_id = person.person_id
left join summed on summed.person_id = person.person_id and summed.definition = definition.definition
