-- One row per person with MLTC: on a waiting list for more than 18 weeks.
-- The longest wait among the person's open pathways (needs.waiting_pathway), from the start of the clock to the day
-- that the list describes; more than 18 weeks is more than 126 days. Value: days of the longest wait. Source: NHS
-- England, referral to treatment consultant-led waiting times (18 weeks, NHS Constitution). One such wait is enough
-- to know. Not known where no list of the last 92 days was supplied, or where no wait is that long and a pathway has
-- no clock.
with waiting as (
    select
        person_id,
        count(*) filter (where clock_start_date is null or clock_start_date > snapshot_date) as undated_count,
        max(
            case when clock_start_date <= snapshot_date then date_diff('day', clock_start_date, snapshot_date) end
        ) as longest_wait_days,
        min(case when clock_start_date <= snapshot_date then clock_start_date end) as longest_clock_start_date
    from needs.waiting_pathway
    group by person_id
),

list as (
    select count(*) > 0 as is_recent
    from needs.waiting_pathway
)

select
    person.person_id,
    'waiting_18_weeks' as indicator,
    case
        when waiting.longest_wait_days > 126 then 'present'
        when person.is_waiting_list_known and list.is_recent and coalesce(waiting.undated_count, 0) = 0 then 'absent'
        else 'not_known'
    end as state,
    cast(waiting.longest_wait_days as double) as value,
    'staging.waiting_list' as evidence_source,
    cast(null as varchar) as evidence_code,
    waiting.longest_clock_start_date as evidence_date
from needs.person as person
cross join list
left join waiting on waiting.person_id = person.person_id
