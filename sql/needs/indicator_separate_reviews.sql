-- One row per person with MLTC and two or more conditions that are reviewed one by one: on different days, in a year.
-- The last of each annual review that a condition of the person asks for and one review of all of them would meet
-- (codelist.condition_review; blood pressure, which is measured at any contact, is left out), in the 12 months up to
-- the index date. Present with two days or more. Value: days that one review could have replaced, which is one less.
-- Two days found are enough; fewer say something only where the practice's entries and all of the person's reviews are
-- known (needs.care_process). Source: NICE NG56; Salisbury C et al. Lancet 2018;392:41-50 (3D: one review of all
-- conditions).
with held as (
    select distinct
        status.person_id,
        review.care_process
    from register.person_condition as status
    inner join codelist.condition_review as review
        on
            review.condition = status.condition
            and review.verified = 'yes'
            and review.is_met_by_any = 'yes'
            and review.care_process <> 'hypertension_review'
    inner join needs.person as person on person.person_id = status.person_id
),

reviewed as (
    select
        held.person_id,
        count(*) as review_count,
        bool_and(coalesce(process.is_known, false)) as is_process_known,
        count(distinct case when recorded.count_12m > 0 then recorded.last_date end) as day_count,
        max(case when recorded.count_12m > 0 then recorded.last_date end) as last_date
    from held
    left join needs.care_process as process on process.key = held.care_process
    left join needs.process_record as recorded
        on recorded.person_id = held.person_id and recorded.care_process = held.care_process
    group by held.person_id
),

stated as (
    select
        reviewed.*,
        reviewed.is_process_known and person.is_gp_event_known_12m as is_known
    from reviewed
    inner join needs.person as person on person.person_id = reviewed.person_id
    where reviewed.review_count >= 2
)

select
    person_id,
    'separate_reviews' as indicator,
    case
        when day_count >= 2 then 'present'
        when is_known then 'absent'
        else 'not_known'
    end as state,
    cast(case when day_count >= 2 or is_known then greatest(day_count - 1, 0) end as double) as value,
    'staging.gp_event' as evidence_source,
    cast(null as varchar) as evidence_code,
    last_date as evidence_date
from stated
