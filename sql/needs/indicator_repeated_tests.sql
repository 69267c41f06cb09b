-- One row per person with MLTC: the same monitoring blood test again within 14 days, in 12 months.
-- Tests of needs.test_record that come 1 to 14 days after the same test. Value: how many, which is the tests that
-- could have been spared. One found is enough; none says something only where the practice's entries of 12 months are
-- known, and some person has a test in the feed at all. Source: Royal College of Pathologists, National minimum
-- retesting intervals in pathology (G147, 2015), which sets them test by test and by purpose; 14 days for every test
-- is ours.
with recorded as (
    select count(*) > 0 as is_known
    from needs.test_record
),

counted as (
    select
        person_id,
        count(*) as spared_count,
        max(test_date) as last_date
    from needs.test_record
    where test_date <= previous_test_date + interval 14 day
    group by person_id
)

select
    person.person_id,
    'repeated_tests' as indicator,
    case
        when counted.spared_count > 0 then 'present'
        when person.is_gp_event_known_12m and recorded.is_known then 'absent'
        else 'not_known'
    end as state,
    cast(
        case
            when counted.spared_count > 0 then counted.spared_count
            when person.is_gp_event_known_12m and recorded.is_known then 0
        end as double
    ) as value,
    'staging.gp_event' as evidence_source,
    cast(null as varchar) as evidence_code,
    counted.last_date as evidence_date
from needs.person as person
cross join recorded
left join counted on counted.person_id = person.person_id
