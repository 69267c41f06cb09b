-- One row per person with MLTC: rated their own health in 12 months, on the visual analogue scale of EQ-5D.
-- Present is that there is an answer, not that health is bad. Value: the latest answer, 0 (worst imaginable) to 100
-- (best); of several on a day the lowest. Not known where no patient-reported feed was supplied, or it holds no such
-- answer of anybody. Source: EuroQol EQ-5D (instrument EQ-5D, EQ-5D-3L or EQ-5D-5L; item VAS or EQ-VAS).
with recorded as (
    select count(*) > 0 as is_known
    from staging.patient_reported
    where upper(instrument) like 'EQ-5D%' and upper(item) like '%VAS%'
),

answer as (
    select
        person_id,
        max(answered_date) as last_date
    from staging.patient_reported
    where
        upper(instrument) like 'EQ-5D%'
        and upper(item) like '%VAS%'
        and value between 0 and 100
        and answered_date <= $index_date
        and answered_date > $index_date - interval 12 month
    group by person_id
),

latest as (
    select
        answer.person_id,
        answer.last_date,
        min(reported.value) as value
    from answer
    inner join staging.patient_reported as reported
        on reported.person_id = answer.person_id and reported.answered_date = answer.last_date
    where
        upper(reported.instrument) like 'EQ-5D%'
        and upper(reported.item) like '%VAS%'
        and reported.value between 0 and 100
    group by answer.person_id, answer.last_date
)

select
    person.person_id,
    'health_rating' as indicator,
    case
        when latest.person_id is not null then 'present'
        when person.is_patient_reported_known and recorded.is_known then 'absent'
        else 'not_known'
    end as state,
    latest.value,
    'staging.patient_reported' as evidence_source,
    cast(null as varchar) as evidence_code,
    latest.last_date as evidence_date
from needs.person as person
cross join recorded
left join latest on latest.person_id = person.person_id
