-- One row per index date and person: appointments missed in 12 months, of those neither cancelled nor to come.
-- Practice: did not attend (dna) of dna and attended. Outpatients (NHS Data Dictionary ATTENDED OR DID NOT ATTEND):
-- missed is 3, did not attend without warning; kept are 5 and 6, and 7, who came too late to be seen; cancelled (2, 4)
-- and future (0) appointments, and administrative events (FIRSTATT 5), are none. The rate is null without an
-- appointment, and everything is null where the feed was not supplied.
with index_date as (
    select distinct index_date
    from meta.index_date
),

practice as (
    select
        index_date.index_date,
        consultation.person_id,
        count(*) as appointment_count,
        count(*) filter (where consultation.status = 'dna') as missed_count
    from index_date
    inner join staging.gp_consultation as consultation
        on
            consultation.consultation_date <= index_date.index_date
            and consultation.consultation_date > index_date.index_date - interval 12 month
    where consultation.status in ('attended', 'dna')
    group by index_date.index_date, consultation.person_id
),

hospital as (
    select
        index_date.index_date,
        outpatient.person_id,
        count(*) as appointment_count,
        count(*) filter (where outpatient.attendance_status = '3') as missed_count
    from index_date
    inner join staging.outpatient as outpatient
        on
            outpatient.appointment_date <= index_date.index_date
            and outpatient.appointment_date > index_date.index_date - interval 12 month
    where
        outpatient.attendance_status in ('3', '5', '6', '7')
        and coalesce(outpatient.first_or_followup, '') <> '5'
    group by index_date.index_date, outpatient.person_id
)

select
    spine.index_date,
    spine.person_id,
    case when feed.has_gp_consultation then coalesce(practice.appointment_count, 0) end as gp_appointment_count_12m,
    case when feed.has_gp_consultation then coalesce(practice.missed_count, 0) end as gp_missed_count_12m,
    cast(practice.missed_count as double) / practice.appointment_count as gp_missed_rate_12m,
    case when feed.has_outpatient then coalesce(hospital.appointment_count, 0) end as outpatient_appointment_count_12m,
    case when feed.has_outpatient then coalesce(hospital.missed_count, 0) end as outpatient_missed_count_12m,
    cast(hospital.missed_count as double) / hospital.appointment_count as outpatient_missed_rate_12m
from register.spine as spine
cross join meta.feed as feed
left join practice on practice.person_id = spine.person_id and practice.index_date = spine.index_date
left join hospital on hospital.person_id = spine.person_id and hospital.index_date = spine.index_date
