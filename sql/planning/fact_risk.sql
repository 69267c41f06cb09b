-- One row per person and band of predicted risk, of the outcome that reports lead with.
-- Who was not scored has each band not known, but for an outcome that they have already (risk.person_risk).
select
    risk.person_id,
    'risk:' || band.risk_band as fact,
    case when risk.status = 'scored' then 'present' else 'not_known' end as state
from risk.person_risk as risk
inner join risk.outcome as outcome on outcome.outcome = risk.outcome and outcome.is_main
inner join register.person as person on person.person_id = risk.person_id
inner join codelist.risk_band as band on band.risk_band = risk.risk_band or risk.status <> 'scored'
where risk.status <> 'has it already'
