-- One row per person of the register and fact that any of some conditions makes (codelist.fact_condition).
-- None of them held is not known where the GP record says nothing (planning.known).
with held as (
    select distinct
        status.person_id,
        fact.fact
    from register.person_condition as status
    inner join codelist.fact_condition as fact on fact.condition = status.condition
),

fact as (
    select distinct fact
    from codelist.fact_condition
)

select
    known.person_id,
    held.fact,
    'present' as state
from planning.known as known
inner join held on held.person_id = known.person_id
union all
select
    known.person_id,
    fact.fact,
    'not_known' as state
from planning.known as known
cross join fact
left join held on held.person_id = known.person_id and held.fact = fact.fact
where not known.is_gp_event_known and held.person_id is null
