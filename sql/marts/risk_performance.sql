-- One row per candidate model, and per group for the chosen one, on people of held-out practices.
-- The outcome that reports lead with. warning: where a group is predicted wrongly, by much or beyond chance.
with measured as (
    select
        outcome,
        model,
        model_name,
        'all' as group_type,
        'all' as group_value,
        sort_key,
        is_chosen,
        '' as warning,
        persons,
        events,
        measure,
        estimate,
        lower,
        upper
    from risk.performance
    union all
    select
        outcome,
        model,
        model_name,
        group_type,
        group_value,
        1000 + sort_key as sort_key,
        'yes' as is_chosen,
        coalesce(warning, '') as warning,
        persons,
        events,
        measure,
        estimate,
        lower,
        upper
    from risk.subgroup
)

select
    measured.model,
    max(measured.model_name) as model_name,
    measured.group_type,
    measured.group_value,
    min(measured.sort_key) as sort_key,
    max(measured.is_chosen) as is_chosen,
    max(measured.warning) as warning,
    max(measured.persons) as persons,
    max(measured.events) as events,
    max(case when measured.measure = 'c_statistic' then measured.estimate end) as c_statistic,
    max(case when measured.measure = 'c_statistic' then measured.lower end) as c_statistic_lower,
    max(case when measured.measure = 'c_statistic' then measured.upper end) as c_statistic_upper,
    max(case when measured.measure = 'calibration_slope' then measured.estimate end) as calibration_slope,
    max(case when measured.measure = 'calibration_intercept' then measured.estimate end) as calibration_intercept,
    max(case when measured.measure = 'observed_expected' then measured.estimate end) as observed_expected,
    max(case when measured.measure = 'brier' then measured.estimate end) as brier,
    max(case when measured.measure = 'scaled_brier' then measured.estimate end) as scaled_brier,
    max(case when measured.measure = 'ici' then measured.estimate end) as ici
from measured
inner join risk.outcome as outcome on outcome.outcome = measured.outcome and outcome.is_main
group by measured.model, measured.group_type, measured.group_value
