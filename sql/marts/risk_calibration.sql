-- One row per tenth of predicted risk among the people of held-out practices, one horizon before the index date.
select
    decile,
    persons,
    admitted_persons,
    mean_predicted_percent
from risk.calibration
