-- One row per deprivation quintile and ethnic group: how many of the 5 % with the highest risks they are.
-- The outcome that reports lead with; people scored on the index date. list_persons is the whole list on every row.
-- expected_share_percent: their part of all admitted people that the model expects.
with scored as (
    select
        risk.predicted_risk,
        band.upper_share <= 0.05 as is_listed,
        person.imd_quintile,
        person.ethnic_group
    from risk.person_risk as risk
    inner join risk.outcome as outcome on outcome.outcome = risk.outcome and outcome.is_main
    inner join codelist.risk_band as band on band.risk_band = risk.risk_band
    inner join register.person as person on person.person_id = risk.person_id
    where risk.status = 'scored'
),

grouped as (
    select
        scored.*,
        'all' as breakdown,
        'all' as breakdown_value,
        0 as sort_key
    from scored
    union all
    select
        scored.*,
        'imd_quintile' as breakdown,
        case scored.imd_quintile
            when 1 then '1 (most deprived)'
            when 2 then '2'
            when 3 then '3'
            when 4 then '4'
            when 5 then '5 (least deprived)'
            else 'Not known'
        end as breakdown_value,
        coalesce(scored.imd_quintile, 6) as sort_key
    from scored
    union all
    select
        scored.*,
        'ethnic_group' as breakdown,
        scored.ethnic_group as breakdown_value,
        case scored.ethnic_group
            when 'White' then 1
            when 'Mixed' then 2
            when 'Asian' then 3
            when 'Black' then 4
            when 'Other' then 5
            else 6
        end as sort_key
    from scored
)

select
    grouped.breakdown,
    grouped.breakdown_value,
    cast(max(grouped.sort_key) as bigint) as sort_key,
    count(*) as persons,
    count(*) filter (where grouped.is_listed) as listed_persons,
    (select count(*) from scored where scored.is_listed) as list_persons,
    100 * cast(sum(cast(grouped.predicted_risk as decimal(18, 15))) as double)
    / (select cast(sum(cast(scored.predicted_risk as decimal(18, 15))) as double) from scored)
        as expected_share_percent
from grouped
group by grouped.breakdown, grouped.breakdown_value
