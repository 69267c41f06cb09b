-- One row per person of the register and fact that is present or not known; a fact that is absent has none.
-- What the rules of innovations and segments look at (codelists/facts.toml). It stands in a layer after clusters and
-- risk, which it reads, while needs are built before them.
-- A view: the rows stand in the tables of the kinds of fact.
-- Gathered: each table fact_<key> stands once in the place of fact_each.
select
    person_id,
    fact,
    state
from planning.fact_each
