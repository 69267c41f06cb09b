-- One row per record and list that it is on.
-- Every record that any rule or score may use, matched to the lists once (register.listed_code; register.evidence has
-- the words). A record is known from the day when it was entered (GP), discharge (hospital) or issue, and never before
-- its own day.
select
    event.person_id,
    listed.code_number,
    event.event_date,
    greatest(coalesce(event.recorded_date, event.event_date), event.event_date) as known_date
from staging.gp_event as event
inner join register.listed_code as listed
    on listed.source = 'gp' and listed.code = event.code and listed.code_system = event.code_system
union all
select
    diagnosis.person_id,
    listed.code_number,
    diagnosis.admission_date as event_date,
    greatest(coalesce(diagnosis.known_date, diagnosis.admission_date), diagnosis.admission_date) as known_date
from staging.hospital_diagnosis as diagnosis
inner join register.listed_code as listed on listed.source = 'hospital' and listed.code = diagnosis.code
union all
select
    prescription.person_id,
    listed.code_number,
    prescription.issue_date as event_date,
    prescription.issue_date as known_date
from staging.gp_prescription as prescription
inner join register.listed_code as listed
    on
        listed.source = 'prescription'
        and listed.code = prescription.code
        and listed.code_system = prescription.code_system
