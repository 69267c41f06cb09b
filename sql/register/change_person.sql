-- One row per person who is in the register of only one of the last run and this one, and why.
-- Gone, the first that applies: died; opted out; deregistered (a registration that has ended, or that starts later);
-- feed gap, where the person's rows are gone from the extract without an end, together with those of at least half
-- of the people whom the practice had at the last run, and the practice has not closed; opted out also where the
-- permission is not known, since that excludes as well; record withdrawn, where the person's row fails the gate, or
-- is now said to be of somebody not born yet; deregistered, where the extract no longer names the person.
-- Come: opt-out withdrawn, where the last run had excluded the person; feed restored, where by today's records the
-- person was registered then, as were at least half of the practice's people of then whom that run lacked; else
-- moved in, which also stands for births. Without a last run nobody has come or gone.
with quarantined as (
    select distinct raw_row.person_id
    from raw.person as raw_row
    inner join meta.row_exclusion as exclusion
        on exclusion.row_id = raw_row._row_id and exclusion.table_name = 'person' and exclusion.fate = 'quarantined'
),

closed as (
    select distinct code
    from register.succession
    where organisation_type = 'practice' and effective_from <= $index_date
),

gone as (
    select
        earlier.person_id,
        coalesce(earlier.succeeded_from, earlier.practice_code) as practice_code,
        coalesce(permission.gp, 'allowed') as permission,
        outside.reason as outside,
        staged.person_id is null or coalesce(outside.reason = 'no registration', false) as is_vanished,
        coalesce(death.death_date <= $index_date, false) as is_dead,
        quarantined.person_id is not null as is_quarantined,
        closed.code is not null as is_closed
    from meta.last_person as earlier
    left join register.person as person on person.person_id = earlier.person_id
    left join staging.person as staged on staged.person_id = earlier.person_id
    left join register.person_outside as outside on outside.person_id = earlier.person_id
    left join register.death as death on death.person_id = earlier.person_id
    left join meta.person_permission as permission on permission.person_id = earlier.person_id
    left join quarantined on quarantined.person_id = earlier.person_id
    left join closed on closed.code = coalesce(earlier.succeeded_from, earlier.practice_code)
    where person.person_id is null
),

vanished as (
    select
        practice_code,
        count(*) as persons
    from gone
    where is_vanished and not is_dead and not is_closed and permission <> 'opted_out'
    group by practice_code
),

silent as (
    select vanished.practice_code
    from vanished
    inner join meta.last_person as earlier
        on coalesce(earlier.succeeded_from, earlier.practice_code) = vanished.practice_code
    group by vanished.practice_code, vanished.persons
    having 2 * vanished.persons >= count(*)
),

come as (
    select
        person.person_id,
        coalesce(person.succeeded_from, person.practice_code) as practice_code,
        excluded.person_id is not null as was_opted_out,
        observation.person_id is not null as was_registered
    from register.person as person
    cross join meta.last_run as last_run
    left join meta.last_person as earlier on earlier.person_id = person.person_id
    left join meta.last_opted_out as excluded on excluded.person_id = person.person_id
    left join register.observation as observation
        on observation.person_id = person.person_id and observation.index_date = last_run.as_of
    where earlier.person_id is null or excluded.person_id is not null
),

restored as (
    select coalesce(observation.succeeded_from, observation.practice_code) as practice_code
    from register.observation as observation
    inner join meta.last_run as last_run on last_run.as_of = observation.index_date
    left join meta.last_person as earlier on earlier.person_id = observation.person_id
    group by coalesce(observation.succeeded_from, observation.practice_code)
    having 2 * count(case when earlier.person_id is null then 1 end) >= count(*)
)

select
    gone.person_id,
    case
        when gone.is_dead then 'died'
        when gone.permission = 'opted_out' then 'opted out'
        when gone.outside in ('registration ended before the index date', 'registered after the index date')
            then 'deregistered'
        when gone.is_vanished and silent.practice_code is not null and not gone.is_closed then 'feed gap'
        when gone.permission = 'unknown' then 'opted out'
        when gone.is_quarantined or gone.outside = 'not born on the index date' then 'record withdrawn'
        else 'deregistered'
    end as reason,
    true as is_gone
from gone
left join silent on silent.practice_code = gone.practice_code
union all
select
    come.person_id,
    case
        when come.was_opted_out then 'opt-out withdrawn'
        when come.was_registered and restored.practice_code is not null then 'feed restored'
        else 'moved in'
    end as reason,
    false as is_gone
from come
left join restored on restored.practice_code = come.practice_code
