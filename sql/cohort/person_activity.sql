-- One row per person of the register and kind of activity that the person had in the 12 months up to the index date.
-- Stays are continuous inpatient spells by admission and point of delivery; who had none has no row, and whether none
-- means 0 or not known says cohort.activity_known. Outpatient: attended (NHS Data Dictionary, 5 and 6).
with stay as (
    select
        person_id,
        case when point_of_delivery = 'emergency' then 'emergency_admission' else point_of_delivery end as activity,
        count(*) as activity_count,
        cast(sum(cast(cost_gbp as decimal(18, 4))) as double) as cost_gbp
    from register.continuous_inpatient_spell
    where admission_date <= $index_date and admission_date > $index_date - interval 12 month
    group by person_id, point_of_delivery
),

attendance as (
    select
        person_id,
        'emergency_attendance' as activity,
        count(*) as activity_count,
        cast(sum(cast(cost_gbp as decimal(18, 4))) as double) as cost_gbp
    from staging.emergency
    where
        cast(arrival_at as date) <= $index_date
        and cast(arrival_at as date) > $index_date - interval 12 month
    group by person_id
),

appointment as (
    select
        person_id,
        'outpatient_attendance' as activity,
        count(*) as activity_count,
        cast(sum(cast(cost_gbp as decimal(18, 4))) as double) as cost_gbp
    from staging.outpatient
    where
        attendance_status in ('5', '6')
        and appointment_date <= $index_date and appointment_date > $index_date - interval 12 month
    group by person_id
),

counted as (
    select
        person_id,
        'practice_contact' as activity,
        gp_contact_count_12m as activity_count,
        cast(null as double) as cost_gbp
    from features.use_count
    where index_date = $index_date
    union all
    select
        person_id,
        'unplanned_bed_days' as activity,
        unplanned_bed_days_12m as activity_count,
        cast(null as double) as cost_gbp
    from features.use_count
    where index_date = $index_date
    union all
    select
        person_id,
        'acsc_admission' as activity,
        acsc_admission_count_12m as activity_count,
        cast(null as double) as cost_gbp
    from utilisation.person_use
    where index_date = $index_date
    union all
    select
        person_id,
        'emergency_readmission' as activity,
        emergency_readmission_count_12m as activity_count,
        cast(null as double) as cost_gbp
    from utilisation.person_use
    where index_date = $index_date
),

together as (
    select * from stay
    union all
    select * from attendance
    union all
    select * from appointment
    union all
    select * from counted
)

select
    together.person_id,
    together.activity,
    cast(together.activity_count as bigint) as activity_count,
    together.cost_gbp
from together
inner join cohort.person as person on person.person_id = together.person_id
where together.activity_count > 0
