-- One row per person with MLTC: blood taken again within 14 days of an earlier day, in 12 months.
-- Days with any monitoring blood test (needs.test_record) that come 1 to 14 days after the test day before: visits
-- that one test day could have spared. Value: how many. One found is enough; none says something only where the
-- practice's entries of 12 months are known, and some person has a test in the feed at all. Source: NICE NG56
-- (reducing the burden of treatment); 14 days are ours.
with recorded as (
    select count(*) > 0 as is_known
    from needs.test_record
),

counted as (
    select
        person_id,
        count(distinct test_date) as day_count,
        max(test_date) as last_date
    from needs.test_record
    where test_date <= previous_day_date + interval 14 day
    group by person_id
)

select
    person.person_id,
    'mergeable_test_days' as indicator,
    case
        when counted.day_count > 0 then 'present'
        when person.is_gp_event_known_12m and recorded.is_known then 'absent'
        else 'not_known'
    end as state,
    cast(
        case
            when counted.day_count > 0 then counted.day_count
            when person.is_gp_event_known_12m and recorded.is_known then 0
        end as double
    ) as value,
    'staging.gp_event' as evidence_source,
    cast(null as varchar) as evidence_code,
    counted.last_date as evidence_date
from needs.person as person
cross join recorded
left join counted on counted.person_id = person.person_id
