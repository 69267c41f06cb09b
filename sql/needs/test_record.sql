-- One row per person with MLTC, monitoring blood test and day on which the GP record has it, in the last 12 months.
-- Tests and their codes: codelist.monitoring_code (from codelist.monitoring_test). Tests that one sample answers are
-- one (kidney_function: eGFR, creatinine, sodium, potassium), and several entries of a day are one.
-- previous_test_date: the same test before it, previous_day_date: any of the tests on an earlier day, both within the
-- window.
with tested as (
    select distinct
        event.person_id,
        monitoring.analyte,
        event.event_date as test_date
    from staging.gp_event as event
    inner join codelist.monitoring_code as monitoring on monitoring.code = event.code
    inner join needs.person as person on person.person_id = event.person_id
    where
        event.code_system = 'snomed'
        and event.event_date <= $index_date
        and event.event_date > $index_date - interval 12 month
),

test_day as (
    select
        person_id,
        test_date,
        lag(test_date) over (partition by person_id order by test_date) as previous_day_date
    from tested
    group by person_id, test_date
)

select
    tested.person_id,
    tested.analyte,
    tested.test_date,
    lag(tested.test_date) over (partition by tested.person_id, tested.analyte order by tested.test_date)
        as previous_test_date,
    test_day.previous_day_date
from tested
inner join test_day on test_day.person_id = tested.person_id and test_day.test_date = tested.test_date
