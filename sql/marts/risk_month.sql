-- One row per month in which it became known what happened to people scored a horizon before: observed over predicted.
-- The outcome that reports lead with, everyone who validates the model then in use.
select
    strftime(monthly.known_date, '%Y-%m') as known_month,
    monthly.model_version,
    case when monthly.known_date = max(monthly.known_date) over () then 'yes' else 'no' end as is_latest,
    monthly.persons,
    cast(round(monthly.observed) as bigint) as events,
    monthly.ratio as observed_expected,
    monthly.lower as observed_expected_lower,
    monthly.upper as observed_expected_upper
from risk.monthly as monthly
inner join risk.outcome as outcome on outcome.outcome = monthly.outcome and outcome.is_main
where monthly.decile is null
