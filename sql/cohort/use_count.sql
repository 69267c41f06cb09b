-- One row per cohort, place (ICB and each PCN), kind of activity and number of it: the people who had that many.
-- Only activity that is known, and only people who had some. PCNs: everyone registered and MLTC alone.
with member as (
    select
        person_id,
        pcn_code,
        'registered' as cohort
    from cohort.person
    union all
    select
        person_id,
        pcn_code,
        'mltc' as cohort
    from cohort.person
    where is_mltc
    union all
    select
        person_id,
        pcn_code,
        'complex_mltc' as cohort
    from cohort.person
    where is_complex_mltc
    union all
    select
        person_id,
        pcn_code,
        'physical_mental' as cohort
    from cohort.person
    where is_physical_mental
),

used as (
    select
        member.cohort,
        member.pcn_code,
        activity.activity,
        activity.activity_count,
        activity.cost_gbp
    from member
    inner join cohort.person_activity as activity on activity.person_id = member.person_id
    inner join cohort.activity_known as known on known.activity = activity.activity and known.is_known
)

select
    cohort,
    'icb' as geography_type,
    $icb_code as geography_code,
    activity,
    activity_count,
    count(*) as persons,
    cast(sum(cast(cost_gbp as decimal(18, 4))) as double) as cost_gbp
from used
group by cohort, activity, activity_count
union all
select
    cohort,
    'pcn' as geography_type,
    pcn_code as geography_code,
    activity,
    activity_count,
    count(*) as persons,
    cast(sum(cast(cost_gbp as decimal(18, 4))) as double) as cost_gbp
from used
where cohort in ('registered', 'mltc')
group by cohort, pcn_code, activity, activity_count
