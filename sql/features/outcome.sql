-- One row per index date, person and outcome that can be known of them.
-- A view: the rows stand in the tables of the outcomes, one for each of codelists/outcomes.toml.
-- Gathered: each table outcome_<key> stands once in the place of outcome_each, and its key in that of each.
select
    index_date,
    person_id,
    'each' as outcome,
    cast(value as bigint) as value
from features.outcome_each
