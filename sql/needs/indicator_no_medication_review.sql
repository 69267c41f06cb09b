-- One row per person with MLTC and ten or more medicines: no medication review coded in 12 months.
-- Care processes medication_review and structured_medication_review. Value: days since the last one. Source: NHS
-- England, QOF and Network Contract DES (reviews of repeat medicines); NICE NG5 (regular structured reviews of many
-- medicines). Not known where a process is not (needs.care_process), or the practice's entries of 12 months are not
-- known.
with process as (
    select count(*) = 2 as is_known
    from needs.care_process
    where is_known and key in ('medication_review', 'structured_medication_review')
),

review as (
    select
        person_id,
        arg_max(last_code, struct_pack(last_date := last_date, last_code := last_code)) as last_code,
        sum(count_12m) as count_12m,
        max(last_date) as last_date
    from needs.process_record
    where care_process in ('medication_review', 'structured_medication_review')
    group by person_id
)

select
    person.person_id,
    'no_medication_review' as indicator,
    case
        when review.count_12m > 0 then 'absent'
        when process.is_known and person.is_gp_event_known_12m then 'present'
        else 'not_known'
    end as state,
    cast(date_diff('day', review.last_date, $index_date) as double) as value,
    'staging.gp_event' as evidence_source,
    review.last_code as evidence_code,
    review.last_date as evidence_date
from needs.indicator_ten_medicines as ten_medicines
inner join needs.person as person on person.person_id = ten_medicines.person_id
cross join process
left join review on review.person_id = person.person_id
where ten_medicines.state = 'present'
