-- One row per person with MLTC and diabetes: structured education was never offered, as far as is coded.
-- An entry of attending counts as an offer. Value: days since the last entry. Source: NICE NG28 and NG17 (structured
-- education offered at and around diagnosis); QOF DM014 (referral within nine months of diagnosis). Not known where
-- offers are not (needs.care_process), or where the practice's entries of 12 months are not known; attending counts
-- where it is coded.
with process as (
    select count(*) = 1 as is_known
    from needs.care_process
    where is_known and key = 'structured_education_offered'
),

recorded as (
    select
        person_id,
        arg_max(last_code, struct_pack(last_date := last_date, last_code := last_code)) as last_code,
        max(last_date) as last_date
    from needs.process_record
    where care_process in ('structured_education_attended', 'structured_education_offered')
    group by person_id
)

select
    person.person_id,
    'no_structured_education_offered' as indicator,
    case
        when recorded.person_id is not null then 'absent'
        when process.is_known and person.is_gp_event_known_12m then 'present'
        else 'not_known'
    end as state,
    cast(date_diff('day', recorded.last_date, $index_date) as double) as value,
    'staging.gp_event' as evidence_source,
    recorded.last_code as evidence_code,
    recorded.last_date as evidence_date
from needs.person as person
cross join process
left join recorded on recorded.person_id = person.person_id
where
    exists (
        select 1
        from register.person_condition as condition
        where condition.person_id = person.person_id and condition.condition = 'diabetes_register'
    )
