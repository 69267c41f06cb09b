-- One row per person with MLTC who should be offered a structured medication review: none coded in 12 months.
-- Of whom: ten or more medicines; severe frailty (electronic Frailty Index above 0.36 at 65 or over); or living in a
-- care home. Value: days since the last one. Source: NHS England, Network Contract DES, structured medication reviews
-- and medicines optimisation: guidance (31 March 2021). Its other groups are not counted: medicines of common errors,
-- addictive pain medicines, isolated or housebound people. Not known where the process is not (needs.care_process),
-- or the practice's entries of 12 months are not known.
with process as (
    select count(*) = 1 as is_known
    from needs.care_process
    where is_known and key = 'structured_medication_review'
),

asked as (
    select person_id
    from needs.indicator_ten_medicines
    where state = 'present'
    union
    select person_id
    from scores.person_score
    where index_date = $index_date and efi_is_65_or_over and efi_band = 'severe'
    union
    select person_id
    from register.person
    where is_care_home
)

select
    person.person_id,
    'no_structured_medication_review' as indicator,
    case
        when review.count_12m > 0 then 'absent'
        when process.is_known and person.is_gp_event_known_12m then 'present'
        else 'not_known'
    end as state,
    cast(date_diff('day', review.last_date, $index_date) as double) as value,
    'staging.gp_event' as evidence_source,
    review.last_code as evidence_code,
    review.last_date as evidence_date
from needs.person as person
inner join asked on asked.person_id = person.person_id
cross join process
left join needs.process_record as review
    on review.person_id = person.person_id and review.care_process = 'structured_medication_review'
