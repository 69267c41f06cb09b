-- One row per condition of the definition: persons who live with it, and those of them with MLTC.
-- published_percent is the QOF 2024-25 prevalence of England where the register counts the same thing; it has
-- its own denominator (age floor) and is a check of plausibility, not a target.
with counted as (
    select
        person_condition.condition,
        count(*) as persons_with_condition,
        count(*) filter (where mltc.is_mltc) as mltc_persons_with_condition
    from register.person_condition as person_condition
    inner join register.mltc as mltc
        on mltc.person_id = person_condition.person_id and mltc.definition = $definition
    group by person_condition.condition
),

total as (
    select count(*) as persons from register.person
)

select
    condition.key as condition,
    condition.name as condition_name,
    condition.body_system,
    condition.kind as condition_kind,
    case when published.comparable then published.source end as published_source,
    total.persons,
    coalesce(counted.persons_with_condition, 0) as persons_with_condition,
    coalesce(counted.mltc_persons_with_condition, 0) as mltc_persons_with_condition,
    case when published.comparable then published.published_percent end as published_percent
from codelist.condition as condition
inner join codelist.membership as membership
    on membership.condition = condition.key and membership.definition = $definition
cross join total
left join counted on counted.condition = condition.key
left join codelist.qof_published as published on published.condition = condition.key
