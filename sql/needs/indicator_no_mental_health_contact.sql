-- One row per person with MLTC and depression or anxiety: no contact with a mental health service in 12 months.
-- Neither an attended contact with a mental health service nor a referral to talking therapies coded by the practice.
-- Depression and anxiety as codelist.disease_condition has them (common_mental_disorder). Value: contacts and
-- referrals found. Not known unless both feeds and the process talking_therapy_referral (needs.care_process) are
-- known. Source: NICE NG222 (depression) and CG113 (anxiety), which offer psychological treatment; 12 months are ours.
with process as (
    select count(*) = 1 as is_known
    from needs.care_process
    where is_known and key = 'talking_therapy_referral'
),

contact as (
    select
        person_id,
        count(*) as contact_count,
        max(contact_date) as last_date
    from needs.contact
    where setting = 'mental_health'
    group by person_id
),

found as (
    select
        person.person_id,
        person.is_mental_health_known_12m and person.is_gp_event_known_12m and process.is_known as is_known,
        coalesce(contact.contact_count, 0) + coalesce(referral.count_12m, 0) as contact_count,
        case when referral.count_12m > 0 then referral.last_code end as referral_code,
        coalesce(contact.contact_count, 0) > 0 as is_seen,
        greatest(contact.last_date, case when referral.count_12m > 0 then referral.last_date end) as last_date
    from needs.person as person
    inner join needs.disease as disease
        on disease.person_id = person.person_id and disease.disease = 'common_mental_disorder'
    cross join process
    left join contact on contact.person_id = person.person_id
    left join needs.process_record as referral
        on referral.person_id = person.person_id and referral.care_process = 'talking_therapy_referral'
)

select
    person_id,
    'no_mental_health_contact' as indicator,
    case
        when contact_count > 0 then 'absent'
        when is_known then 'present'
        else 'not_known'
    end as state,
    cast(case when contact_count > 0 or is_known then contact_count end as double) as value,
    case when is_seen or referral_code is null then 'staging.mental_health_contact' else 'staging.gp_event' end
        as evidence_source,
    referral_code as evidence_code,
    last_date as evidence_date
from found
