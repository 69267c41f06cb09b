-- One row per innovation and other innovation of the ICB: people eligible for the one, and for both.
-- Each pair stands twice, once from the side of each. Only overlap_share is published, in bands and for 100 people or
-- more: so many exact numbers of the same people would tell of single ones, or cost most of the other tables.
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
    case
        when counted.eligible_persons is null or counted.eligible_persons < 100 then 'too few people to tell'
        when coalesce(both_ways.both_persons, 0) >= 0.75 * counted.eligible_persons then '75% or more'
        when coalesce(both_ways.both_persons, 0) >= 0.50 * counted.eligible_persons then '50% to 74%'
        when coalesce(both_ways.both_persons, 0) >= 0.25 * counted.eligible_persons then '25% to 49%'
        when coalesce(both_ways.both_persons, 0) >= 0.10 * counted.eligible_persons then '10% to 24%'
        else 'less than 10%'
    end as overlap_share,
    coalesce(counted.eligible_persons, 0) as eligible_persons,
    coalesce(both_ways.both_persons, 0) as both_persons
from codelist.innovation as innovation
inner join codelist.innovation as other on other.innovation <> innovation.innovation
left join counted on counted.innovation = innovation.innovation
left join both_ways
    on both_ways.innovation = innovation.innovation and both_ways.other_innovation = other.innovation
