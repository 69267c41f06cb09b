-- One row per person with MLTC whose patient activation was scored in 12 months: activation is low.
-- Low: level 1 or 2 of the Patient Activation Measure, a score of 55.1 or less of 100 (levels begin at 47.1, 55.2 and
-- above; J Am Geriatr Soc 2010;58:1496-1503, after Hibbard JH). From the last answer that bears a score: instrument
-- PAM, item score. Value: the score. Not known where no score was supplied: an instrument that is not asked says
-- nothing.
with answer as (
    select
        answer.person_id,
        answer.value as score,
        answer.answered_date,
        row_number() over (
            partition by answer.person_id
            order by answer.answered_date desc, answer.row_id desc
        ) as recency
    from staging.patient_reported as answer
    where
        lower(answer.instrument) like 'pam%'
        and lower(answer.item) like '%score%'
        and answer.value between 0 and 100
        and answer.answered_date <= $index_date
        and answer.answered_date > $index_date - interval 12 month
)

select
    person.person_id,
    'low_patient_activation' as indicator,
    case
        when answer.score is null then 'not_known'
        when answer.score <= 55.1 then 'present'
        else 'absent'
    end as state,
    cast(answer.score as double) as value,
    'staging.patient_reported' as evidence_source,
    cast(null as varchar) as evidence_code,
    answer.answered_date as evidence_date
from needs.person as person
left join answer on answer.person_id = person.person_id and answer.recency = 1
