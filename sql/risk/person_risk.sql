-- One row per person of the register and outcome: the predicted risk or count with its limits, or why there is none.
-- Percentile and band by rank among those scored for the outcome, ties by person_id; bands as in codelist.risk_band.
-- status: scored; a reason of risk.abstention (the practice's feed stopped); no model; or has it already (the person
-- cannot have the outcome anew). Without `scored` there is no number.
with band as (
    select
        risk_band,
        upper_share,
        coalesce(lag(upper_share) over (order by sort_key), 0) as lower_share
    from codelist.risk_band
),

ranked as (
    select
        predicted.*,
        row_number() over (
            partition by predicted.outcome
            order by coalesce(predicted.predicted_risk, predicted.predicted_count) desc, predicted.person_id
        ) as position,
        count(*) over (partition by predicted.outcome) as persons
    from risk.predicted as predicted
),

banded as (
    select
        ranked.*,
        100 * (1 - (ranked.position - 0.5) / ranked.persons) as risk_percentile,
        band.risk_band
    from ranked
    inner join band
        on ranked.position / ranked.persons > band.lower_share and ranked.position / ranked.persons <= band.upper_share
)

select
    cast($index_date as date) as index_date,
    person.person_id,
    outcome.outcome,
    banded.predicted_risk,
    banded.predicted_risk_lower,
    banded.predicted_risk_upper,
    banded.predicted_count,
    banded.predicted_count_lower,
    banded.predicted_count_upper,
    banded.risk_percentile,
    banded.risk_band,
    case when banded.person_id is not null then outcome.model_version end as model_version,
    case
        when banded.person_id is not null then 'scored'
        when abstention.person_id is not null then abstention.reason
        when outcome.model_version is null then 'no model'
        else 'has it already'
    end as status
from risk.outcome as outcome
cross join register.person as person
left join banded
    on banded.outcome = outcome.outcome and banded.person_id = person.person_id
left join risk.abstention as abstention on abstention.person_id = person.person_id
order by outcome.sort_key, person.person_id
