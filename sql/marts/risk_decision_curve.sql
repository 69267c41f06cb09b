-- One row per threshold of risk around the capacities: net benefit of flagging those at or above it, and everyone.
-- The outcome that reports lead with; flagging nobody is 0. Net benefit: Vickers and Elkin, Med Decis Making
-- 2006;26:565, kept to the nearest ten people, so that no count can be worked back from it.
with everyone as (
    select max(performance.persons) as persons
    from risk.performance as performance
    inner join risk.outcome as outcome on outcome.outcome = performance.outcome and outcome.is_main
    where performance.is_chosen = 'yes'
),

curve as (
    select
        capacity.threshold,
        max(case when capacity.measure = 'net_benefit' then capacity.estimate end) as net_benefit,
        max(case when capacity.measure = 'net_benefit_all' then capacity.estimate end) as net_benefit_all
    from risk.capacity as capacity
    inner join risk.outcome as outcome on outcome.outcome = capacity.outcome and outcome.is_main
    where capacity.measure in ('net_benefit', 'net_benefit_all')
    group by capacity.threshold
)

select
    cast(row_number() over (order by curve.threshold) as bigint) as position,
    100 * curve.threshold as threshold_percent,
    10 * round(curve.net_benefit * everyone.persons / 10) / everyone.persons as net_benefit,
    10 * round(curve.net_benefit_all * everyone.persons / 10) / everyone.persons as net_benefit_all
from curve
cross join everyone
