-- One row per tenth of predicted risk among the people of held-out practices, one horizon before the index date.
-- The outcome that reports lead with. Empty where nobody was scored.
select
    calibration.position as decile,
    calibration.persons,
    calibration.events as admitted_persons,
    100 * calibration.predicted as mean_predicted_percent
from risk.calibration as calibration
inner join risk.outcome as outcome on outcome.outcome = calibration.outcome and outcome.is_main
where calibration.kind = 'tenth'
