-- One row per person with MLTC and ten or more medicines: no medication review coded in 12 months.
-- Review: care processes medication_review and structured_medication_review. Not known without GP events.
with review as (
    select
        event.person_id,
        max(event.event_date) as last_date
    from staging.gp_event as event
    inner join codelist.code as code
        on
            code.code = event.code
            and code.code_system = event.code_system
            and code.key in ('medication_review', 'structured_medication_review')
            and code.is_verified
    where event.event_date <= $index_date and event.event_date > $index_date - interval 12 month
    group by event.person_id
)

select
    ten_medicines.person_id,
    'no_medication_review' as indicator,
    case
        when not feed.has_gp_event then 'not_known'
        when review.person_id is null then 'present'
        else 'absent'
    end as state,
    ten_medicines.value,
    'staging.gp_event' as evidence_source,
    cast(null as varchar) as evidence_code,
    review.last_date as evidence_date
from needs.indicator_ten_medicines as ten_medicines
cross join meta.feed as feed
left join review on review.person_id = ten_medicines.person_id
where ten_medicines.state = 'present'
