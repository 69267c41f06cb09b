-- One row per capacity (highest 0.5, 1, 2, 5, 10 % of risks): the people of held-out practices who would be listed.
-- The outcome that reports lead with. Net benefit and admissions per person, which are no counts of people, are
-- reckoned from counts to the nearest five, as published, and tell nothing beyond them. Net benefit: Vickers and Elkin,
-- Med Decis Making 2006;26:565, at the lowest risk on the list. Break-even: effect x admissions per person and year x
-- their cost.
with listed as (
    select
        capacity.capacity_percent,
        max(capacity.persons) as persons,
        max(capacity.threshold) as threshold,
        max(case when capacity.measure = 'ppv' then capacity.estimate end) as ppv,
        max(case when capacity.measure = 'unplanned_admissions_per_person' then capacity.estimate end) as admissions,
        max(case when capacity.measure = 'unplanned_admissions_per_person' then capacity.lower end)
            as admissions_lower,
        max(case when capacity.measure = 'unplanned_admissions_per_person' then capacity.upper end)
            as admissions_upper
    from risk.capacity as capacity
    inner join risk.outcome as outcome on outcome.outcome = capacity.outcome and outcome.is_main
    where capacity.measure in ('ppv', 'unplanned_admissions_per_person')
    group by capacity.capacity_percent
),

everyone as (
    select max(performance.persons) as persons
    from risk.performance as performance
    inner join risk.outcome as outcome on outcome.outcome = performance.outcome and outcome.is_main
    where performance.is_chosen = 'yes'
),

rounded as (
    select
        listed.capacity_percent,
        listed.persons,
        listed.threshold,
        cast(round(listed.ppv * listed.persons) as bigint) as admitted_persons,
        5 * round(listed.persons / 5) as listed_fives,
        5 * round(listed.ppv * listed.persons / 5) as admitted_fives,
        5 * round(listed.admissions * listed.persons / 5) as admission_fives,
        5 * round(listed.admissions_lower * listed.persons / 5) as admission_fives_lower,
        5 * round(listed.admissions_upper * listed.persons / 5) as admission_fives_upper,
        5 * round(everyone.persons / 5) as everyone_fives
    from listed
    cross join everyone
),

per_person as (
    select
        rounded.*,
        (admitted_fives - (listed_fives - admitted_fives) * threshold / nullif(1 - threshold, 0))
        / nullif(everyone_fives, 0) as net_benefit,
        admission_fives / nullif(listed_fives, 0) as admissions_per_person,
        admission_fives_lower / nullif(listed_fives, 0) as admissions_per_person_lower,
        admission_fives_upper / nullif(listed_fives, 0) as admissions_per_person_upper
    from rounded
)

select
    replace(cast(per_person.capacity_percent as varchar), '.0', '') as capacity_percent,
    cast(row_number() over (order by per_person.capacity_percent) as bigint) as sort_key,
    coalesce(cost.source, '') as cost_source,
    per_person.persons,
    per_person.admitted_persons,
    100 * per_person.threshold as lowest_risk_percent,
    per_person.net_benefit,
    per_person.admissions_per_person,
    per_person.admissions_per_person_lower,
    per_person.admissions_per_person_upper,
    0.05 * per_person.admissions_per_person * cost.gbp_per_year as break_even_5_gbp,
    0.10 * per_person.admissions_per_person * cost.gbp_per_year as break_even_10_gbp,
    0.20 * per_person.admissions_per_person * cost.gbp_per_year as break_even_20_gbp
from per_person
left join risk.unit_cost as cost on cost.unit = 'unplanned admission'
