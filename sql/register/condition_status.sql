-- One row per index date, person and condition that holds on that date, by what was known on it.
-- A condition holds where all clauses of any one of its alternatives do, none of those that must not hold does, and
-- the person has reached its age. first_date is the first diagnosis where the rule looks at one, else the first
-- record; first_known_date the day on which the record first met the rule.
with rule as (
    select
        rule.condition,
        rule.alternative,
        rule.clause,
        rule.is_without,
        sum(case when rule.is_without then 0 else 1 end) over (partition by rule.condition, rule.alternative)
            as clause_count,
        count(*) over (partition by rule.condition) = 1 as is_single
    from codelist.rule as rule
),

single as (
    select
        status.index_date,
        status.person_id,
        rule.condition,
        status.sources,
        status.code_number,
        status.evidence_count,
        status.is_held_over,
        status.first_date,
        status.last_date,
        status.first_known_date
    from register.clause_status as status
    inner join rule on rule.clause = status.clause and rule.is_single
),

met as (
    select
        status.index_date,
        status.person_id,
        rule.condition,
        rule.alternative,
        bit_or(status.sources) as sources,
        min(status.code_number) as code_number,
        sum(status.evidence_count) as evidence_count,
        max(case when status.is_held_over then 1 else 0 end) as is_held_over,
        coalesce(min(case when status.sources & 3 > 0 then status.first_date end), min(status.first_date))
            as first_date,
        max(status.last_date) as last_date,
        max(status.first_known_date) as first_known_date
    from register.clause_status as status
    inner join rule on rule.clause = status.clause and not rule.is_single and not rule.is_without
    group by status.index_date, status.person_id, rule.condition, rule.alternative
    having count(*) = max(rule.clause_count)
),

barred as (
    select distinct
        status.index_date,
        status.person_id,
        rule.condition,
        rule.alternative
    from register.clause_status as status
    inner join rule on rule.clause = status.clause and rule.is_without
),

combined as (
    select
        met.index_date,
        met.person_id,
        met.condition,
        bit_or(met.sources) as sources,
        min(met.code_number) as code_number,
        cast(sum(met.evidence_count) as bigint) as evidence_count,
        min(met.is_held_over) = 1 as is_held_over,
        min(met.first_date) as first_date,
        max(met.last_date) as last_date,
        min(met.first_known_date) as first_known_date
    from met
    left join barred
        on
            barred.index_date = met.index_date
            and barred.person_id = met.person_id
            and barred.condition = met.condition
            and barred.alternative = met.alternative
    where barred.person_id is null
    group by met.index_date, met.person_id, met.condition
),

held as (
    select * from single
    union all by name
    select * from combined
),

-- the words of each set of sources, so that they are not put together for each of millions of rows
source as (
    select
        sources,
        concat_ws(
            ', ',
            case when sources & 1 > 0 then 'gp' end,
            case when sources & 2 > 0 then 'hospital' end,
            case when sources & 4 > 0 then 'prescription' end,
            case when sources & 8 > 0 then 'value' end
        ) as source
    from (select distinct sources from held) as shown
),

too_young as (
    select
        held.index_date,
        held.person_id,
        held.condition
    from held
    inner join codelist.condition as condition on condition.key = held.condition
    inner join register.observation as observation
        on
            observation.index_date = held.index_date
            and observation.person_id = held.person_id
            and observation.age_years < condition.minimum_age_years
)

select
    held.index_date,
    held.person_id,
    held.condition,
    source.source,
    listed.code as evidence_code,
    held.evidence_count,
    held.is_held_over,
    held.first_date,
    held.last_date,
    held.first_known_date
from held
inner join source on source.sources = held.sources
left join register.listed_code as listed on listed.code_number = held.code_number
left join too_young
    on
        too_young.index_date = held.index_date
        and too_young.person_id = held.person_id
        and too_young.condition = held.condition
where too_young.person_id is null
