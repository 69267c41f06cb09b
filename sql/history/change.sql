-- One row per run, person, definition and change: register.change of every run.
-- The rows of this run's index date are replaced; where it has no last run to compare with (a month that is run again
-- after a later one), those that are known of its date stay. Whoever has opted out is in no row, of no run: how many
-- left that way is known from register.change of the run itself.
with known as (
    select
        as_of,
        person_id,
        definition,
        change,
        condition,
        reason
    from meta.last_history_change
    where as_of <> $index_date or not exists (select 1 from meta.last_run)
),

added as (
    select
        as_of,
        person_id,
        definition,
        change,
        condition,
        reason
    from register.change
),

together as (
    select * from known
    union
    select * from added
)

select together.*
from together
left join meta.person_permission as permission
    on permission.person_id = together.person_id and permission.gp = 'opted_out'
where permission.person_id is null
