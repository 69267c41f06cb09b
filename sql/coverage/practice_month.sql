-- One row per practice and month of the coverage window: people registered when the month began and when it ended.
-- Each stay adds one from the first month that begins within it, and takes one away from the first that begins after
-- it. The practice is open in a month that lies wholly in its periods of the organisation table, or is not in it.
with month as (
    select
        month.month,
        cast(month.month + interval 1 month as date) as next_month
    from meta.coverage_month as month
),

bounds as (
    select
        min(month.month) as first_month,
        max(month.next_month) as last_month
    from month
),

change as (
    select
        stay.practice_code,
        greatest(
            bounds.first_month,
            cast(date_trunc('month', stay.registered_from - interval 1 day) + interval 1 month as date)
        ) as change_month,
        1 as persons
    from coverage.practice_stay as stay
    cross join bounds
    where stay.registered_from <= bounds.last_month
    union all
    select
        stay.practice_code,
        greatest(
            bounds.first_month, cast(date_trunc('month', stay.registered_to) + interval 1 month as date)
        ) as change_month,
        -1 as persons
    from coverage.practice_stay as stay
    cross join bounds
    where stay.registered_from <= bounds.last_month and stay.registered_to < bounds.last_month
),

net_change as (
    select
        practice_code,
        change_month,
        sum(persons) as persons
    from change
    group by practice_code, change_month
),

organisation as (
    select
        practice_code,
        min(coalesce(effective_from, date '0001-01-01')) as open_from,
        max(coalesce(effective_to, date '9999-12-31')) as open_to
    from staging.organisation
    group by practice_code
),

counted as (
    select
        net_change.practice_code,
        month.month,
        month.next_month,
        sum(case when net_change.change_month <= month.month then net_change.persons else 0 end) as first_persons,
        sum(net_change.persons) as last_persons
    from month
    inner join net_change on net_change.change_month <= month.next_month
    group by net_change.practice_code, month.month, month.next_month
)

select
    counted.practice_code,
    cast(counted.first_persons as bigint) as first_persons,
    cast(counted.last_persons as bigint) as last_persons,
    (
        counted.month >= coalesce(organisation.open_from, date '0001-01-01')
        and cast(counted.next_month - interval 1 day as date) <= coalesce(organisation.open_to, date '9999-12-31')
    ) as is_open,
    counted.month
from counted
left join organisation on organisation.practice_code = counted.practice_code
where counted.first_persons + counted.last_persons > 0
