-- One row per risk band of the people scored on the index date; empty where no model could be fitted.
-- The outcome that reports lead with. Bands by rank of predicted risk among those scored: highest 0.5 %, to 1 %, to
-- 5 %, to 20 %, others. People of a practice whose feed stopped (risk.abstention) stand in no band: they are not known
-- to be at low risk.
with banded as (
    select
        risk.risk_band,
        risk.predicted_risk,
        person.imd_quintile,
        mltc.is_mltc
    from risk.person_risk as risk
    inner join risk.outcome as outcome on outcome.outcome = risk.outcome and outcome.is_main
    inner join register.person as person on person.person_id = risk.person_id
    inner join register.mltc as mltc on mltc.person_id = risk.person_id and mltc.definition = $definition
    where risk.status = 'scored'
)

select
    banded.risk_band,
    max(band.sort_key) as sort_key,
    count(*) as persons,
    count(*) filter (where banded.is_mltc) as mltc_persons,
    count(*) filter (where banded.imd_quintile = 1) as most_deprived_persons,
    100 * avg(cast(banded.predicted_risk as decimal(18, 15))) as mean_predicted_percent
from banded
inner join codelist.risk_band as band on band.risk_band = banded.risk_band
group by banded.risk_band
