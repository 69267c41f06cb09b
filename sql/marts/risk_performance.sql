-- One row per candidate model, and per group for the chosen one, on people of held-out practices.
select
    model,
    model_name,
    group_type,
    group_value,
    sort_key,
    is_chosen,
    persons,
    events,
    c_statistic,
    c_statistic_lower,
    c_statistic_upper,
    calibration_slope,
    calibration_intercept,
    observed_expected,
    brier,
    scaled_brier,
    ici
from risk.performance
