-- One row per pair of definitions: how far they agree on who lives with MLTC.
-- Cohen's kappa (Cohen J. Educ Psychol Meas 1960;20:37-46): agreement beyond chance; null where both say one thing of
-- everybody. Each definition is paired with itself too, so that the table reads as a matrix.
with definition as (
    select
        definition,
        row_number() over (order by definition) - 1 as position
    from codelist.definition
),

person as (
    select
        mltc.person_id,
        sum(case when mltc.is_mltc then cast(power(2, definition.position) as bigint) else 0 end) as agreed
    from register.mltc as mltc
    inner join definition on definition.definition = mltc.definition
    group by mltc.person_id
),

combination as (
    select
        agreed,
        count(*) as persons
    from person
    group by agreed
),

marked as (
    select
        definition.definition,
        combination.agreed,
        combination.persons,
        cast(floor(combination.agreed / power(2, definition.position)) as bigint) % 2 as is_mltc
    from combination
    cross join definition
),

paired as (
    select
        one.definition,
        other.definition as other_definition,
        cast(sum(one.persons) as bigint) as persons,
        cast(sum(case when one.is_mltc = 1 and other.is_mltc = 1 then one.persons else 0 end) as bigint)
            as both_persons,
        cast(sum(case when one.is_mltc = 1 and other.is_mltc = 0 then one.persons else 0 end) as bigint)
            as only_persons,
        cast(sum(case when one.is_mltc = 0 and other.is_mltc = 1 then one.persons else 0 end) as bigint)
            as other_only_persons
    from marked as one
    inner join marked as other on other.agreed = one.agreed
    group by one.definition, other.definition
),

share as (
    select
        paired.*,
        persons - both_persons - only_persons - other_only_persons as neither_persons,
        (persons - only_persons - other_only_persons) / cast(persons as double) as observed,
        (
            cast(both_persons + only_persons as double) * (both_persons + other_only_persons)
            + cast(persons - both_persons - only_persons as double) * (persons - both_persons - other_only_persons)
        )
        / (cast(persons as double) * persons) as expected
    from paired
)

select
    definition,
    other_definition,
    persons,
    both_persons,
    only_persons,
    other_only_persons,
    neither_persons,
    case when expected < 1 then (observed - expected) / (1 - expected) end as kappa
from share
