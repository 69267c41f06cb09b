-- One row per person with MLTC and innovation that they are eligible for, or of whom that is not known.
-- Eligible: whom it is meant for by the rule of codelists/innovations.toml; not that they would gain or want it.
select
    person.person_id,
    state.rule as innovation,
    case when state.state = 'holds' then 'eligible' else 'not_known' end as state,
    array_to_string(state.facts, ', ') as reasons
from planning.rule_state as state
inner join needs.person as person on person.person_id = state.person_id
where state.catalogue = 'innovation'
