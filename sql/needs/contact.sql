-- One row per contact of a person with MLTC with a service in the 12 months up to the index date, over every feed.
-- Attended ones only: practice, mental health and community by status; outpatients 5 and 6 of ATTENDED OR DID NOT
-- ATTEND (NHS Data Dictionary), without administrative events. A hospital stay is one contact, on its last day up to
-- the index date; every emergency attendance and every event of social care is one. The provider of a practice contact
-- is the person's practice. Service: specialty (treatment function) of a stay or appointment, the service or team of
-- others.
with person as (
    select
        person_id,
        practice_code
    from needs.person
),

happened as (
    select
        consultation.person_id,
        'practice' as setting,
        cast(null as varchar) as provider_code,
        cast(null as varchar) as service,
        consultation.consultation_date as contact_date
    from staging.gp_consultation as consultation
    where consultation.status = 'attended'
    union all
    select
        emergency.person_id,
        'emergency' as setting,
        emergency.provider_code,
        cast(null as varchar) as service,
        cast(emergency.arrival_at as date) as contact_date
    from staging.emergency as emergency
    union all
    select
        outpatient.person_id,
        'outpatient' as setting,
        outpatient.provider_code,
        outpatient.specialty as service,
        outpatient.appointment_date as contact_date
    from staging.outpatient as outpatient
    where
        outpatient.attendance_status in ('5', '6')
        and coalesce(outpatient.first_or_followup, '') <> '5'
    union all
    select
        spell.person_id,
        'hospital' as setting,
        spell.provider_code,
        spell.specialty as service,
        cast(least(coalesce(spell.stay_end_date, $index_date), $index_date) as date) as contact_date
    from register.spell as spell
    where spell.admission_date <= $index_date
    union all
    select
        contact.person_id,
        'mental_health' as setting,
        contact.provider_code,
        contact.service,
        contact.contact_date
    from staging.mental_health_contact as contact
    where contact.status = 'attended'
    union all
    select
        contact.person_id,
        'community' as setting,
        contact.provider_code,
        contact.service,
        contact.contact_date
    from staging.community_contact as contact
    where contact.status = 'attended'
    union all
    select
        event.person_id,
        'social_care' as setting,
        event.provider_code,
        event.service,
        event.event_date as contact_date
    from staging.social_care_event as event
    where event.event_type in ('assessment', 'service', 'review')
)

select
    person.person_id,
    happened.setting,
    case when happened.setting = 'practice' then person.practice_code else happened.provider_code end as provider_code,
    happened.service,
    happened.contact_date
from happened
inner join person on person.person_id = happened.person_id
where happened.contact_date <= $index_date and happened.contact_date > $index_date - interval 12 month
