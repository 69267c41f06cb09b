-- One row per index date, person and clause on a score that holds on that date.
-- A score describes the index date itself, so it is dated by it.
select
    hfrs.index_date,
    hfrs.person_id,
    clause.clause,
    cast(null as integer) as code_number,
    cast(1 as bigint) as evidence_count,
    2 as sources,
    false as is_held_over,
    hfrs.index_date as first_date,
    hfrs.index_date as last_date,
    hfrs.index_date as first_known_date
from scores.hfrs as hfrs
inner join codelist.clause as clause on clause.kind = 'score'
inner join codelist.clause_evidence as clause_evidence
    on clause_evidence.clause = clause.clause and clause_evidence.evidence = 'hfrs'
where
    coalesce(hfrs.hfrs < clause.below, true)
    and coalesce(hfrs.hfrs >= clause.from_value, true)
    and coalesce(hfrs.hfrs > clause.above, true)
    and coalesce(hfrs.hfrs <= clause.up_to, true)
    and hfrs.hfrs is not null
