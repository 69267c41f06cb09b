-- One row per cohort, scenario and year from now: people expected in the whole ICB, to the nearest ten.
select
    cohort,
    scenario,
    year,
    assumption,
    expected_persons,
    expected_persons_lower,
    expected_persons_upper
from cohort.outlook
