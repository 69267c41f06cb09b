-- One row per person whose death a feed gives.
-- The earliest date over the death table and the person table: from that day on the person counts as dead.
with stated as (
    select
        person_id,
        death_date
    from staging.death
    union all
    select
        person_id,
        death_date
    from staging.person
)

select
    person_id,
    min(death_date) as death_date
from stated
where death_date is not null
group by person_id
