-- One row per person and definition: how many conditions, whether that is MLTC, and since when it was known.
-- MLTC: two or more conditions of the definition. Complex MLTC: $complex_conditions or more, from
-- $complex_systems or more body systems. An onset date is the day on which the record first met the rule: of MLTC the
-- day of the second condition, of complex MLTC the day by which both numbers were reached.
-- The signature is the sum of 2 to the power of each condition's position in the definition.
with system as (
    select
        membership.definition,
        status.person_id,
        condition.body_system,
        count(*) as condition_count,
        sum(cast(1 as hugeint) << cast(membership.position as integer)) as signature,
        max(case when condition.kind = 'physical' then 1 else 0 end) as has_physical,
        max(case when condition.kind = 'mental' then 1 else 0 end) as has_mental,
        min(status.first_known_date) as first_known_date,
        list(status.first_known_date) as known_dates
    from register.person_condition as status
    inner join codelist.membership as membership on membership.condition = status.condition
    inner join codelist.condition as condition on condition.key = status.condition
    group by membership.definition, status.person_id, condition.body_system
),

summed as (
    select
        definition,
        person_id,
        cast(sum(condition_count) as bigint) as condition_count,
        count(*) as body_system_count,
        max(has_physical) as has_physical,
        max(has_mental) as has_mental,
        sum(signature) as signature,
        list_sort(flatten(list(known_dates))) as known_dates,
        list_sort(list(first_known_date)) as system_dates
    from system
    group by definition, person_id
)

select
    person.person_id,
    pseudonym.mltc_id,
    definition.definition,
    definition.version as definition_version,
    cast(coalesce(summed.signature, 0) as varchar) as condition_signature,
    coalesce(summed.condition_count, 0) as condition_count,
    coalesce(summed.body_system_count, 0) as body_system_count,
    coalesce(summed.condition_count, 0) >= 2 as is_mltc,
    coalesce(summed.condition_count, 0) >= $complex_conditions
    and coalesce(summed.body_system_count, 0) >= $complex_systems as is_complex_mltc,
    coalesce(summed.has_physical, 0) = 1 and coalesce(summed.has_mental, 0) = 1 as has_physical_mental,
    summed.known_dates[2] as mltc_onset_date,
    case
        when summed.condition_count >= $complex_conditions and summed.body_system_count >= $complex_systems
            then greatest(summed.known_dates[$complex_conditions], summed.system_dates[$complex_systems])
    end as complex_onset_date,
    $index_date as as_of
from register.person as person
cross join codelist.definition as definition
inner join register.person_pseudonym as pseudonym on pseudonym.person_id = person.person_id
left join summed on summed.person_id = person.person_id and summed.definition = definition.definition
