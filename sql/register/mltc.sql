-- One row per person and definition: how many conditions, whether that is MLTC, and since when it was known.
-- MLTC: two or more conditions of the definition. Complex MLTC: $complex_conditions or more, from
-- $complex_systems or more body systems. An onset date is the day on which the record first met the rule: of MLTC the
-- day of the second condition, of complex MLTC the day by which both numbers were reached.
-- The signature is the sum of 2 to the power of each condition's position in the definition: gathered as two numbers of
-- 60 bits, which is several times cheaper than one of 120.
with body_system as (
    select
        body_system,
        cast(1 as bigint) << cast(row_number() over (order by body_system) - 1 as integer) as system_bit
    from (select distinct body_system from codelist.condition) as listed
),

member as (
    select
        membership.definition,
        membership.condition,
        condition.body_system,
        body_system.system_bit,
        case when condition.kind = 'physical' then 1 when condition.kind = 'mental' then 2 else 0 end as kind_bit,
        case when membership.position < 60 then cast(1 as bigint) << cast(membership.position as integer) else 0 end
            as low_signature,
        case
            when membership.position >= 60 then cast(1 as bigint) << cast(membership.position - 60 as integer) else 0
        end as high_signature
    from codelist.membership as membership
    inner join codelist.condition as condition on condition.key = membership.condition
    inner join body_system on body_system.body_system = condition.body_system
),

held as (
    select
        member.definition,
        status.person_id,
        count(*) as condition_count,
        bit_count(bit_or(member.system_bit)) as body_system_count,
        bit_or(member.kind_bit) as kinds,
        bit_or(member.low_signature) as low_signature,
        bit_or(member.high_signature) as high_signature,
        list_sort(list(status.first_known_date)) as known_dates
    from register.person_condition as status
    inner join member on member.condition = status.condition
    group by member.definition, status.person_id
),

system as (
    select
        held.definition,
        held.person_id,
        member.body_system,
        min(status.first_known_date) as first_known_date
    from held
    inner join register.person_condition as status on status.person_id = held.person_id
    inner join member on member.condition = status.condition and member.definition = held.definition
    where held.condition_count >= $complex_conditions and held.body_system_count >= $complex_systems
    group by held.definition, held.person_id, member.body_system
),

complex as (
    select
        definition,
        person_id,
        list_sort(list(first_known_date)) as system_dates
    from system
    group by definition, person_id
)

select
    person.person_id,
    pseudonym.mltc_id,
    definition.definition,
    definition.version as definition_version,
    cast(
        coalesce((cast(held.high_signature as hugeint) << 60) + cast(held.low_signature as hugeint), 0) as varchar
    ) as condition_signature,
    coalesce(held.condition_count, 0) as condition_count,
    cast(coalesce(held.body_system_count, 0) as bigint) as body_system_count,
    coalesce(held.condition_count, 0) >= 2 as is_mltc,
    complex.person_id is not null as is_complex_mltc,
    coalesce(held.kinds, 0) = 3 as has_physical_mental,
    held.known_dates[2] as mltc_onset_date,
    case
        when complex.person_id is not null
            then greatest(held.known_dates[$complex_conditions], complex.system_dates[$complex_systems])
    end as complex_onset_date,
    $index_date as as_of
from register.person as person
cross join codelist.definition as definition
inner join register.person_pseudonym as pseudonym on pseudonym.person_id = person.person_id
left join held on held.person_id = person.person_id and held.definition = definition.definition
left join complex on complex.person_id = person.person_id and complex.definition = definition.definition
