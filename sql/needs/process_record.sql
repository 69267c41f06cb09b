-- One row per person with MLTC and care process that the GP record has ever coded, up to the index date.
-- Codes: those of codelists/care_processes.toml that are verified. A process without any is known of nobody
-- (codelist.care_process). Entries recorded under a code of a process count on their clinical date.
with entry as (
    select
        event.person_id,
        code.key as care_process,
        event.code,
        event.event_date
    from staging.gp_event as event
    inner join codelist.code as code on code.code = event.code and code.code_system = event.code_system
    inner join codelist.care_process as care_process on care_process.key = code.key
    inner join needs.person as person on person.person_id = event.person_id
    where code.is_verified and event.event_date <= $index_date
)

select
    person_id,
    care_process,
    arg_max(code, struct_pack(event_date := event_date, code := code)) as last_code,
    count(*) filter (where event_date > $index_date - interval 12 month) as count_12m,
    count(*) filter (where event_date > $index_date - interval 24 month) as count_24m,
    min(event_date) as first_date,
    max(event_date) as last_date
from entry
group by person_id, care_process
