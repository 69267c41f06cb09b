-- One row per person of the register and rule of an innovation or segment that holds or is not known.
-- An alternative is left where every fact that it asks for is present or not known and none that it bars is present. It
-- holds where nothing in it is not known. A rule holds where any alternative does, and is not known where only such are
-- left. facts: those of all alternatives that hold; of a rule that is not known, those that are not known.
with clause as (
    select
        'innovation' as catalogue,
        innovation as rule,
        alternative,
        fact,
        is_without
    from codelist.innovation_clause
    union all
    select
        'segment' as catalogue,
        scheme || ' ' || segment as rule,
        alternative,
        fact,
        is_without
    from codelist.segment_clause
),

alternative as (
    select
        catalogue,
        rule,
        alternative,
        count(*) filter (where not is_without) as asked_count
    from clause
    group by catalogue, rule, alternative
),

met as (
    select
        fact.person_id,
        clause.catalogue,
        clause.rule,
        clause.alternative,
        count(*) filter (where not clause.is_without) as met_count,
        count(*) filter (where clause.is_without and fact.state = 'present') as barred_count,
        count(*) filter (where fact.state = 'not_known') > 0 as is_open,
        list(fact.fact) filter (where fact.state = 'present' and not clause.is_without) as present_facts,
        list(fact.fact) filter (where fact.state = 'not_known') as unknown_facts
    from planning.person_fact as fact
    inner join clause on clause.fact = fact.fact
    group by fact.person_id, clause.catalogue, clause.rule, clause.alternative
),

remaining as (
    select
        met.person_id,
        met.catalogue,
        met.rule,
        met.is_open,
        met.present_facts,
        met.unknown_facts
    from met
    inner join alternative
        on
            alternative.catalogue = met.catalogue
            and alternative.rule = met.rule
            and alternative.alternative = met.alternative
            and alternative.asked_count = met.met_count
    where met.barred_count = 0
),

combined as (
    select
        person_id,
        catalogue,
        rule,
        count(*) filter (where not is_open) > 0 as is_held,
        flatten(list(present_facts) filter (where not is_open)) as present_facts,
        flatten(list(unknown_facts) filter (where is_open)) as unknown_facts
    from remaining
    group by person_id, catalogue, rule
)

select
    person_id,
    catalogue,
    rule,
    case when is_held then 'holds' else 'not_known' end as state,
    list_sort(list_distinct(case when is_held then present_facts else unknown_facts end)) as facts
from combined
