-- One row per person with MLTC under the definition of the run: of whom the indicators speak, and what can be known.
-- A window of 12 or 24 months is known where the feed was supplied (meta.feed), had begun when the window begins
-- (features.feed_start, needs.feed_start), and, for what a practice sends, where the feed of the person's practice has
-- not failed (meta.practice_abstention). No indicator asks any of that itself. Evidence that is found counts in any
-- case; that there is none says something only where the window is known.
with feed_start as (
    select
        table_name,
        first_month
    from features.feed_start
    union all
    select
        table_name,
        first_month
    from needs.feed_start
),

started as (
    select
        max(case when table_name = 'gp_event' then first_month end) as gp_event_from,
        max(case when table_name = 'gp_prescription' then first_month end) as gp_prescription_from,
        max(case when table_name = 'gp_consultation' then first_month end) as gp_consultation_from,
        max(case when table_name = 'hospital_episode' then first_month end) as hospital_from,
        max(case when table_name = 'emergency' then first_month end) as emergency_from,
        max(case when table_name = 'outpatient' then first_month end) as outpatient_from,
        max(case when table_name = 'mental_health_contact' then first_month end) as mental_health_from,
        max(case when table_name = 'community_contact' then first_month end) as community_from,
        max(case when table_name = 'social_care_event' then first_month end) as social_care_from
    from feed_start
),

failed as (
    select
        practice_code,
        count(*) filter (where table_name = 'gp_event') > 0 as has_gp_event_failed,
        count(*) filter (where table_name = 'gp_prescription') > 0 as has_gp_prescription_failed,
        count(*) filter (where table_name = 'gp_consultation') > 0 as has_gp_consultation_failed
    from meta.practice_abstention
    where from_month <= $index_date
    group by practice_code
)

select
    mltc.person_id,
    person.practice_code,
    person.age_years,
    mltc.condition_count,
    mltc.is_complex_mltc,
    mltc.has_physical_mental,
    feed.has_gp_event
    and coalesce(started.gp_event_from <= $index_date - interval 12 month, false)
    and not coalesce(failed.has_gp_event_failed, false) as is_gp_event_known_12m,
    feed.has_gp_event
    and coalesce(started.gp_event_from <= $index_date - interval 24 month, false)
    and not coalesce(failed.has_gp_event_failed, false) as is_gp_event_known_24m,
    feed.has_gp_prescription
    and coalesce(started.gp_prescription_from <= $index_date - interval 12 month, false)
    and not coalesce(failed.has_gp_prescription_failed, false) as is_gp_prescription_known_12m,
    feed.has_gp_consultation
    and coalesce(started.gp_consultation_from <= $index_date - interval 12 month, false)
    and not coalesce(failed.has_gp_consultation_failed, false) as is_gp_consultation_known_12m,
    feed.has_gp_consultation
    and coalesce(started.gp_consultation_from <= $index_date - interval 24 month, false)
    and not coalesce(failed.has_gp_consultation_failed, false) as is_gp_consultation_known_24m,
    feed.has_hospital_episode
    and coalesce(started.hospital_from <= $index_date - interval 12 month, false) as is_hospital_known_12m,
    feed.has_emergency
    and coalesce(started.emergency_from <= $index_date - interval 12 month, false) as is_emergency_known_12m,
    feed.has_outpatient
    and coalesce(started.outpatient_from <= $index_date - interval 12 month, false) as is_outpatient_known_12m,
    feed.has_mental_health_contact
    and coalesce(started.mental_health_from <= $index_date - interval 12 month, false) as is_mental_health_known_12m,
    feed.has_community_contact
    and coalesce(started.community_from <= $index_date - interval 12 month, false) as is_community_known_12m,
    feed.has_social_care_event
    and coalesce(started.social_care_from <= $index_date - interval 12 month, false) as is_social_care_known_12m,
    feed.has_waiting_list as is_waiting_list_known,
    feed.has_patient_reported as is_patient_reported_known
from register.mltc as mltc
inner join register.person as person on person.person_id = mltc.person_id
cross join started
cross join meta.feed as feed
left join failed on failed.practice_code = coalesce(person.succeeded_from, person.practice_code)
where mltc.is_mltc and mltc.definition = $definition
