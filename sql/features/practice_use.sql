-- One row per index date and person with a contact or missed appointment: use of the practice in 24 months.
-- A contact is one that was attended. A GP is a role of codelist.gp_role; telephone, video and online are remote. Where
-- none of a person's contacts of the year tells the role, or the mode, the counts that need it are null.
with index_date as (
    select distinct
        index_date,
        cast(index_date - interval 3 month as date) as before_3m,
        cast(index_date - interval 12 month as date) as before_12m,
        cast(index_date - interval 24 month as date) as before_24m
    from meta.index_date
    where role <> 'last_run'
),

contact as (
    select
        consultation.person_id,
        consultation.consultation_date,
        consultation.status = 'attended' as is_attended,
        consultation.status = 'dna' as is_missed,
        role.code is not null as is_doctor,
        consultation.clinician_role is not null as is_role_told,
        consultation.mode in ('telephone', 'video', 'online') as is_remote,
        consultation.mode = 'home_visit' as is_home_visit,
        consultation.mode is not null as is_mode_told
    from staging.gp_consultation as consultation
    left join codelist.gp_role as role
        on role.code = lower(trim(consultation.clinician_role)) and role.verified = 'yes'
    where consultation.status in ('attended', 'dna')
),

windowed as (
    select
        index_date.index_date,
        contact.*,
        contact.consultation_date > index_date.before_3m as is_3m,
        contact.consultation_date > index_date.before_12m as is_12m
    from index_date
    inner join contact
        on
            contact.consultation_date <= index_date.index_date
            and contact.consultation_date > index_date.before_24m
),

counted as (
    select
        index_date,
        person_id,
        count(*) filter (where is_attended and is_12m) as gp_contact_count_12m,
        count(*) filter (where is_attended and not is_12m) as gp_contact_count_13_24m,
        count(*) filter (where is_attended and is_3m) as gp_contact_count_3m,
        count(*) filter (where is_attended and is_12m and is_doctor) as doctor_count,
        count(*) filter (where is_attended and is_12m and is_role_told) as role_count,
        count(*) filter (where is_attended and is_12m and is_remote) as remote_count,
        count(*) filter (where is_attended and is_12m and is_home_visit) as home_visit_count,
        count(*) filter (where is_attended and is_12m and is_mode_told) as mode_count,
        count(*) filter (where is_missed and is_12m) as gp_missed_count_12m,
        max(case when is_attended then consultation_date end) as last_gp_contact_date
    from windowed
    group by index_date, person_id
)

select
    index_date,
    person_id,
    gp_contact_count_12m,
    gp_contact_count_13_24m,
    gp_contact_count_3m,
    case when role_count > 0 or gp_contact_count_12m = 0 then doctor_count end as gp_doctor_contact_count_12m,
    case when mode_count > 0 or gp_contact_count_12m = 0 then remote_count end as gp_remote_contact_count_12m,
    case when mode_count > 0 or gp_contact_count_12m = 0 then home_visit_count end as gp_home_visit_count_12m,
    gp_missed_count_12m,
    last_gp_contact_date
from counted
