-- One row per record and list that it is on, in words.
-- A view: register.listed_record holds the rows, and register.listed_code says which code, list and feed they are of.
select
    record.person_id,
    listed.kind,
    listed.evidence,
    listed.source,
    listed.code as evidence_code,
    record.event_date,
    record.known_date
from register.listed_record as record
inner join register.listed_code as listed on listed.code_number = record.code_number
