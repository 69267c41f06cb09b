-- One row per person on the index date: whether something could be done for them, beside their risk and never in it.
-- Each has_ column is 1, 0 or null: not known, because the feed was not supplied, had not begun, or has failed for the
-- person's practice (meta.practice_abstention), while evidence that is there counts in any case. Rules: an admission
-- for an ambulatory care sensitive condition (CCG OIS 2.6) in 12 months; no medication review coded in 12 months (care
-- processes medication_review, structured_medication_review); ten or more medicines in 3 months (NHSBSA comparator);
-- under half of attended contacts of 24 months with one clinician, from three contacts on; three or more outpatient
-- specialties in 12 months; two or more appointments missed in 12 months, practice and outpatients. The cuts at a half,
-- three and two are ours, as in codelists/needs.toml. They are not added up: no source says what they weigh.
with review as (
    select
        event.person_id,
        max(event.event_date) as last_review_date
    from staging.gp_event as event
    inner join codelist.code as code
        on
            code.code = event.code
            and code.code_system = event.code_system
            and code.key in ('medication_review', 'structured_medication_review')
            and code.is_verified
    where event.event_date <= $index_date and event.event_date > $index_date - interval 12 month
    group by event.person_id
),

failed as (
    select
        practice_code,
        max(case when table_name = 'gp_event' then 1 else 0 end) as is_event_failed,
        max(case when table_name = 'gp_prescription' then 1 else 0 end) as is_prescription_failed,
        max(case when table_name = 'gp_consultation' then 1 else 0 end) as is_consultation_failed
    from meta.practice_abstention
    where from_month <= $index_date
    group by practice_code
),

feed as (
    select
        feed.has_gp_event
        and coalesce(max(started.first_month) <= $index_date - interval 12 month, false) as is_event_12m_known
    from meta.feed as feed
    left join features.feed_start as started on started.table_name = 'gp_event'
    group by feed.has_gp_event
),

described as (
    select
        feature.person_id,
        feature.acsc_admission_count_12m,
        review.last_review_date,
        feature.medicine_count_3m,
        case when continuity.named_clinician_contact_count_24m >= 3 then continuity.any_usual_provider_index_24m end
            as usual_provider_index_24m,
        feature.outpatient_specialty_count_12m,
        feature.gp_missed_count_12m,
        feature.outpatient_missed_count_12m,
        coalesce(feature.gp_missed_count_12m, 0) + coalesce(feature.outpatient_missed_count_12m, 0) as missed_count,
        feed.is_event_12m_known and coalesce(failed.is_event_failed, 0) = 0 as is_review_known,
        coalesce(failed.is_prescription_failed, 0) = 1 as is_prescription_failed,
        coalesce(failed.is_consultation_failed, 0) = 1 as is_consultation_failed
    from features.person_feature as feature
    inner join register.person as person on person.person_id = feature.person_id
    cross join feed
    left join review on review.person_id = feature.person_id
    left join failed on failed.practice_code = coalesce(person.succeeded_from, person.practice_code)
    left join utilisation.continuity as continuity
        on continuity.person_id = feature.person_id and continuity.index_date = $index_date
    where feature.index_date = $index_date
)

select
    cast($index_date as date) as index_date,
    person_id,
    acsc_admission_count_12m,
    medicine_count_3m,
    usual_provider_index_24m,
    outpatient_specialty_count_12m,
    gp_missed_count_12m,
    outpatient_missed_count_12m,
    case when acsc_admission_count_12m > 0 then 1 when acsc_admission_count_12m = 0 then 0 end
        as has_acsc_admission_12m,
    case when last_review_date is not null then 0 when is_review_known then 1 end as has_no_review_12m,
    case
        when medicine_count_3m >= 10 then 1
        when medicine_count_3m < 10 and not is_prescription_failed then 0
    end as has_ten_medicines_3m,
    case
        when is_consultation_failed then null
        when usual_provider_index_24m < 0.5 then 1
        when usual_provider_index_24m >= 0.5 then 0
    end as has_low_continuity_24m,
    case
        when outpatient_specialty_count_12m >= 3 then 1
        when outpatient_specialty_count_12m < 3 then 0
    end as has_three_specialties_12m,
    case
        when missed_count >= 2 then 1
        when
            gp_missed_count_12m is not null
            and outpatient_missed_count_12m is not null
            and not is_consultation_failed
            then 0
    end as has_missed_appointments_12m,
    last_review_date
from described
