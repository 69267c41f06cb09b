-- One row per index date, person and clause of a rule that holds on that date, by what was known on it.
-- A view: the four tables that it stacks are not stored twice.
-- is_held_over: by the calendar it would not; it holds because the practice's feed failed (register.failed_feed).
select * from register.clause_code
union all by name
select * from register.clause_count
union all by name
select * from register.clause_measurement
union all by name
select * from register.clause_score
