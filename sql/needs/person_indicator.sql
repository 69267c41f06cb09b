-- One row per person with MLTC and indicator that applies to them, with its evidence.
-- A view: the rows stand in the tables of the indicators, one for each of codelists/needs.toml.
-- Gathered: each table indicator_<key> stands once in the place of indicator_each, and its key in that of each.
select
    person_id,
    indicator,
    state,
    value,
    evidence_source,
    evidence_code,
    evidence_date
from needs.indicator_each
