-- One row per person, definition and change since the last run, with the reason: why a figure moved.
-- joined, left: became or ceased to be MLTC (register.change_mltc, which says which condition's reason counts).
-- became complex, no longer complex: likewise for complex MLTC.
-- condition gained, condition lost: with the condition (register.change_gained, register.change_lost: precedence).
-- held over: the condition counts only because the practice's feed failed (register.person_condition); its reason is
-- feed gap, and it stands in every run while that lasts.
-- Reasons: new code, resolved, rule window passed, age limit reached, died, deregistered, moved in, opted out,
-- opt-out withdrawn, codelist version, feed gap, feed restored, record backdated, record withdrawn. Real change of
-- health are the first four; the next three and the opt-outs move people, and the last five only the records.
-- Of the conditions of people who opted out nothing is kept: they have rows of joined and left only.
select
    person_id,
    definition,
    change,
    cast(null as varchar) as condition,
    reason,
    $index_date as as_of
from register.change_mltc
union all
select
    person_id,
    definition,
    'condition gained' as change,
    condition,
    reason,
    $index_date as as_of
from register.change_gained
union all
select
    person_id,
    definition,
    'condition lost' as change,
    condition,
    reason,
    $index_date as as_of
from register.change_lost
union all
select
    status.person_id,
    membership.definition,
    'held over' as change,
    status.condition,
    'feed gap' as reason,
    $index_date as as_of
from register.person_condition as status
inner join codelist.membership as membership on membership.condition = status.condition
where status.is_held_over
