-- One row per person of the register: what their hospital care cost in the 12 months before the index date, in pounds.
-- Stays by their admission, emergency attendances and outpatient appointments, as the feeds bear it; null for everybody
-- where no record bears a cost.
with cost_record as (
    select
        person_id,
        cost_gbp,
        admission_date as cost_date
    from register.continuous_inpatient_spell
    union all
    select
        person_id,
        cost_gbp,
        cast(arrival_at as date) as cost_date
    from staging.emergency
    union all
    select
        person_id,
        cost_gbp,
        appointment_date as cost_date
    from staging.outpatient
),

cost as (
    select
        person_id,
        cast(sum(cast(cost_gbp as decimal(18, 4))) as double) as cost_gbp
    from cost_record
    where cost_date <= $index_date and cost_date > $index_date - interval 12 month
    group by person_id
),

known as (
    select count(cost_gbp) > 0 as is_known
    from cost_record
)

select
    person.person_id,
    case when known.is_known then coalesce(cost.cost_gbp, 0) end as cost_gbp
from register.person as person
cross join known
left join cost on cost.person_id = person.person_id
