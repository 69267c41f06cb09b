-- One row per person with MLTC and annual review that a condition of theirs asks for, and whether it is overdue.
-- Which condition asks for which review: codelist.condition_review. QOF looks back 12 months, and did so for 15
-- months until 2013; 15 are allowed here, so that a review a few weeks late is not overdue. A review of all long-term
-- conditions at once (annual_review_any) counts where the list says so. A condition that was first recorded within
-- the 15 months asks for none yet. is_overdue is null where nothing was found and the review is not known
-- (needs.care_process), or the practice's entries are not known.
with asked as (
    select
        condition.person_id,
        review.care_process,
        max(case when review.is_met_by_any = 'yes' then 1 else 0 end) as is_met_by_any
    from register.person_condition as condition
    inner join codelist.condition_review as review
        on review.condition = condition.condition and review.verified = 'yes'
    inner join needs.person as person on person.person_id = condition.person_id
    where condition.onset_date <= $index_date - interval 15 month
    group by condition.person_id, review.care_process
),

reviewed as (
    select
        asked.person_id,
        asked.care_process,
        arg_max(record.last_code, struct_pack(last_date := record.last_date, last_code := record.last_code))
            as last_code,
        max(record.last_date) as last_review_date
    from asked
    inner join needs.process_record as record
        on
            record.person_id = asked.person_id
            and (
                record.care_process = asked.care_process
                or (record.care_process = 'annual_review_any' and asked.is_met_by_any = 1)
            )
    group by asked.person_id, asked.care_process
)

select
    asked.person_id,
    asked.care_process,
    reviewed.last_code,
    case
        when reviewed.last_review_date > $index_date - interval 15 month then false
        when care_process.is_known and person.is_gp_event_known_24m then true
    end as is_overdue,
    reviewed.last_review_date
from asked
inner join needs.person as person on person.person_id = asked.person_id
left join needs.care_process as care_process on care_process.key = asked.care_process
left join reviewed on reviewed.person_id = asked.person_id and reviewed.care_process = asked.care_process
