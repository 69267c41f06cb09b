-- One row per way in which people came to or left MLTC since the last run, before disclosure control.
-- The last run's people are those who stayed and those who left; today's, those who stayed and those who joined. Whom
-- the last run counted and who has opted out since left. Held over: of today's people with MLTC, those with a condition
-- that counts only because their practice stopped sending. Why: register.change; one row even where nobody is. No rows
-- without a last run.
with way as (
    select
        listed.change,
        listed.why,
        listed.sort_key
    from (
        values
        ('last run', 'all', 1),
        ('joined', 'new code', 2),
        ('joined', 'moved in', 3),
        ('joined', 'records', 4),
        ('left', 'condition ended', 5),
        ('left', 'died', 6),
        ('left', 'moved away', 7),
        ('left', 'records', 8),
        ('stayed', 'all', 9),
        ('held over', 'all', 10)
    ) as listed (change, why, sort_key)
),

moved as (
    select
        person_id,
        change,
        case
            when change = 'joined' and reason in ('new code', 'age limit reached') then 'new code'
            when change = 'joined' and reason in ('moved in', 'opt-out withdrawn') then 'moved in'
            when change = 'left' and reason in ('resolved', 'rule window passed', 'age limit reached')
                then 'condition ended'
            when change = 'left' and reason = 'died' then 'died'
            when change = 'left' and reason in ('deregistered', 'opted out') then 'moved away'
            else 'records'
        end as why
    from register.change
    where definition = $definition and change in ('joined', 'left')
),

stayed as (
    select mltc.person_id
    from register.mltc as mltc
    left join moved on moved.person_id = mltc.person_id and moved.change = 'joined'
    where mltc.definition = $definition and mltc.is_mltc and moved.person_id is null
),

told as (
    select
        person_id,
        change,
        why
    from moved
    union all
    select
        person_id,
        'stayed' as change,
        'all' as why
    from stayed
    union all
    select
        person_id,
        'last run' as change,
        'all' as why
    from stayed
    union all
    select
        person_id,
        'last run' as change,
        'all' as why
    from moved
    where change = 'left'
    union all
    select distinct
        held.person_id,
        'held over' as change,
        'all' as why
    from register.change as held
    inner join register.mltc as mltc
        on mltc.person_id = held.person_id and mltc.definition = held.definition and mltc.is_mltc
    where held.definition = $definition and held.change = 'held over'
)

select
    way.change,
    way.why,
    cast(last_run.as_of as varchar) as since,
    way.sort_key,
    count(told.person_id) as persons
from way
cross join meta.last_run as last_run
left join told on told.change = way.change and told.why = way.why
group by way.change, way.why, last_run.as_of, way.sort_key
