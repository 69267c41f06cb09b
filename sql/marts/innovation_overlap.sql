-- One row per innovation and other innovation of the ICB: people eligible for the one, and for both.
-- Each pair stands twice, once from the side of each; pair is the same in both rows.
with eligible as (
    select
        person_id,
        innovation
    from planning.innovation_eligibility
    where state = 'eligible'
),

counted as (
    select
        innovation,
        count(*) as eligible_persons
    from eligible
    group by innovation
),

both_ways as (
    select
        eligible.innovation,
        other.innovation as other_innovation,
        count(*) as both_persons
    from eligible
    inner join eligible as other on other.person_id = eligible.person_id and other.innovation <> eligible.innovation
    group by eligible.innovation, other.innovation
)

select
    innovation.innovation,
    innovation.innovation_name,
    other.innovation as other_innovation,
    other.innovation_name as other_innovation_name,
    least(innovation.innovation, other.innovation) || ' + ' || greatest(innovation.innovation, other.innovation)
        as pair,
    case when innovation.innovation < other.innovation then 'first' else 'second' end as side,
    coalesce(counted.eligible_persons, 0) as eligible_persons,
    coalesce(both_ways.both_persons, 0) as both_persons
from codelist.innovation as innovation
inner join codelist.innovation as other on other.innovation <> innovation.innovation
left join counted on counted.innovation = innovation.innovation
left join both_ways
    on both_ways.innovation = innovation.innovation and both_ways.other_innovation = other.innovation
