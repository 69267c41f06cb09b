-- One row per attended practice contact with a named clinician, from 24 months before the first index date on.
-- A GP is a role of codelist.gp_role. Contacts follow each other by date; on one day, where no time is known, by
-- clinician and then by row, so that the order does not hang on the order of the delivery. Contacts of one day all
-- count. The contact before it is looked up once, over all contacts, for every index date and window.
with contact as (
    select
        consultation.row_id,
        consultation.person_id,
        consultation.clinician_id,
        consultation.consultation_date,
        role.code is not null as is_gp
    from staging.gp_consultation as consultation
    left join codelist.gp_role as role
        on role.code = lower(trim(consultation.clinician_role)) and role.verified = 'yes'
    where
        consultation.status = 'attended'
        and consultation.clinician_id is not null
        and consultation.consultation_date <= $index_date
        and consultation.consultation_date
        > (select min(index_date.index_date) from meta.index_date as index_date) - interval 24 month
)

select
    row_id,
    person_id,
    clinician_id,
    is_gp,
    case when is_gp then lag(clinician_id) over earlier end as previous_gp_id,
    consultation_date,
    case when is_gp then lag(consultation_date) over earlier end as previous_gp_contact_date
from contact
window
    earlier as (partition by person_id, is_gp order by consultation_date, clinician_id, row_id)
