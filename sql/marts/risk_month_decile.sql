-- One row per month and tenth of predicted risk: whether as many people were admitted as predicted, in words alone.
-- No number: each tenth of the month of the run is counted in risk_calibration, and two counts of nearly the same
-- people would tell each other's hidden ones. Beyond chance: the 95 % interval of observed over predicted leaves 1 out.
select
    strftime(monthly.known_date, '%Y-%m') as known_month,
    monthly.model_version,
    monthly.decile,
    case
        when monthly.lower > 1 then 'more than predicted, beyond chance'
        when monthly.upper < 1 then 'fewer than predicted, beyond chance'
        when monthly.ratio is null then 'too few to tell'
        else 'as predicted'
    end as reading
from risk.monthly as monthly
inner join risk.outcome as outcome on outcome.outcome = monthly.outcome and outcome.is_main
where monthly.decile is not null
