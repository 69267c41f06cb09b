-- One row per table, practice or provider, and month: records that it sent, and the day of the latest.
-- A GP record belongs to the practice that it names, else to the one where the person was registered on that day.
-- An entry of the GP record counts on the day when it was made, where that is known: a feed that stops stops then.
with gp_record as (
    select
        'gp_event' as table_name,
        person_id,
        practice_code,
        coalesce(recorded_date, event_date) as record_date
    from staging.gp_event
    union all
    select
        'gp_prescription' as table_name,
        person_id,
        null as practice_code,
        issue_date as record_date
    from staging.gp_prescription
    union all
    select
        'gp_consultation' as table_name,
        person_id,
        null as practice_code,
        consultation_date as record_date
    from staging.gp_consultation
),

hospital_record as (
    select
        'hospital_episode' as table_name,
        provider_code,
        admission_date as record_date
    from staging.hospital_episode
    union all
    select
        'outpatient' as table_name,
        provider_code,
        appointment_date as record_date
    from staging.outpatient
    union all
    select
        'emergency' as table_name,
        provider_code,
        cast(arrival_at as date) as record_date
    from staging.emergency
),

first_month as (
    select min(month) as month from meta.coverage_month
),

placed as (
    select
        gp_record.table_name,
        'practice' as organisation_type,
        gp_record.record_date,
        gp_record.practice_code as organisation_code
    from gp_record
    where gp_record.practice_code is not null
    union all
    select
        gp_record.table_name,
        'practice' as organisation_type,
        gp_record.record_date,
        stay.practice_code as organisation_code
    from gp_record
    inner join coverage.practice_stay as stay
        on
            stay.person_id = gp_record.person_id
            and gp_record.record_date between stay.registered_from and stay.registered_to
    where gp_record.practice_code is null
    union all
    select
        hospital_record.table_name,
        'provider' as organisation_type,
        hospital_record.record_date,
        hospital_record.provider_code as organisation_code
    from hospital_record
    where hospital_record.provider_code is not null
)

select
    placed.table_name,
    placed.organisation_type,
    placed.organisation_code,
    count(*) as row_count,
    cast(date_trunc('month', placed.record_date) as date) as month,
    max(placed.record_date) as last_date
from placed
inner join first_month on first_month.month <= placed.record_date
where placed.record_date < $index_date
group by
    placed.table_name, placed.organisation_type, placed.organisation_code,
    cast(date_trunc('month', placed.record_date) as date)
