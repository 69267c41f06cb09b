-- One row per stratum, cluster and outcome: what the people of a cluster use, and how they live.
-- denominator: people of the cluster of whom the outcome is known; numerator: of them, those whom it is true of (unit
-- persons), or the sum of what they used in the 12 months up to the index date (units attendances, nights, contacts and
-- pounds); deviation: standard deviation over those people, from which the interval of a mean follows. Nobody is put
-- right for age: strata are there for that. Costs are those of the hospital feeds; unknown where no record bears one.
-- Mental health: any condition of kind mental.
with member as (
    select
        stratum,
        person_id,
        cluster_id
    from clusters.person_cluster
),

cost_record as (
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

cost_known as (
    select count(cost_gbp) > 0 as is_known
    from cost_record
),

mental as (
    select distinct status.person_id
    from register.person_condition as status
    inner join codelist.membership as membership
        on membership.condition = status.condition and membership.definition = $definition
    inner join codelist.condition as condition on condition.key = status.condition
    where condition.kind = 'mental'
),

outcome as (
    select
        'unplanned_admission' as outcome,
        'persons' as unit
    union all
    select
        'unplanned_admissions' as outcome,
        'admissions' as unit
    union all
    select
        'emergency_attendance' as outcome,
        'persons' as unit
    union all
    select
        'emergency_attendances' as outcome,
        'attendances' as unit
    union all
    select
        'unplanned_bed_days' as outcome,
        'nights' as unit
    union all
    select
        'gp_contacts' as outcome,
        'contacts' as unit
    union all
    select
        'ten_medicines' as outcome,
        'persons' as unit
    union all
    select
        'hospital_cost' as outcome,
        'pounds' as unit
    union all
    select
        'most_deprived' as outcome,
        'persons' as unit
    union all
    select
        'mental_condition' as outcome,
        'persons' as unit
),

described as (
    select
        member.stratum,
        member.cluster_id,
        outcome.outcome,
        outcome.unit,
        case outcome.outcome
            when 'unplanned_admission' then cast(use_count.unplanned_admission_count_12m >= 1 as integer)
            when 'unplanned_admissions' then use_count.unplanned_admission_count_12m
            when 'emergency_attendance' then cast(use_count.emergency_attendance_count_12m >= 1 as integer)
            when 'emergency_attendances' then use_count.emergency_attendance_count_12m
            when 'unplanned_bed_days' then use_count.unplanned_bed_days_12m
            when 'gp_contacts' then use_count.gp_contact_count_12m
            when 'ten_medicines' then cast(use_count.medicine_count_3m >= 10 as integer)
            when 'hospital_cost' then case when cost_known.is_known then coalesce(cost.cost_gbp, 0) end
            when 'most_deprived' then cast(person.imd_quintile = 1 as integer)
            when 'mental_condition' then cast(mental.person_id is not null as integer)
        end as value
    from member
    cross join outcome
    cross join cost_known
    inner join register.person as person on person.person_id = member.person_id
    left join features.use_count as use_count
        on use_count.person_id = member.person_id and use_count.index_date = $index_date
    left join cost on cost.person_id = member.person_id
    left join mental on mental.person_id = member.person_id
)

select
    stratum,
    cluster_id,
    outcome,
    unit,
    cast(round(coalesce(sum(value), 0), 2) as double) as numerator,
    count(value) as denominator,
    cast(round(stddev_samp(value), 6) as double) as deviation
from described
group by stratum, cluster_id, outcome, unit
