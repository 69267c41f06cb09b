-- One row per feature of the model in use: how far its people have changed since training (population stability index).
-- The outcome that reports lead with. No count of people.
select
    stability.feature,
    stability.reading,
    stability.stability_index,
    stability.upper as chance_upper
from risk.stability as stability
inner join risk.outcome as outcome on outcome.outcome = stability.outcome and outcome.is_main
