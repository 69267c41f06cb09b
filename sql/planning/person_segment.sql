-- One row per person of the register and scheme of segments: the first segment whose rule holds, else the rest.
-- is_certain: nothing that is not known could have put them into an earlier segment.
with scheme as (
    select
        scheme,
        max(case when is_rest then segment end) as rest_segment,
        max(sort_key) as rest_key
    from codelist.segment
    group by scheme
),

first_met as (
    select
        state.person_id,
        segment.scheme,
        min(case when state.state = 'holds' then segment.sort_key end) as held_key,
        min(case when state.state = 'not_known' then segment.sort_key end) as open_key
    from planning.rule_state as state
    inner join codelist.segment as segment on state.rule = segment.scheme || ' ' || segment.segment
    where state.catalogue = 'segment'
    group by state.person_id, segment.scheme
)

select
    person.person_id,
    scheme.scheme,
    coalesce(segment.segment, scheme.rest_segment) as segment,
    coalesce(first_met.open_key > coalesce(first_met.held_key, scheme.rest_key), true) as is_certain
from register.person as person
cross join scheme
left join first_met on first_met.person_id = person.person_id and first_met.scheme = scheme.scheme
left join codelist.segment as segment
    on segment.scheme = scheme.scheme and segment.sort_key = first_met.held_key
