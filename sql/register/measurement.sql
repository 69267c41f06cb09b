-- One row per person, measure, day and value that a rule or a score may use.
-- A value is known from the day when it was entered, and never before its own day.
select
    event.person_id,
    wanted.evidence as measure,
    event.value,
    event.event_date,
    min(greatest(coalesce(event.recorded_date, event.event_date), event.event_date)) as known_date
from staging.gp_event as event
inner join codelist.evidence_code as wanted
    on wanted.kind = 'measure' and wanted.code = event.code and wanted.code_system = event.code_system
where event.value is not null
group by event.person_id, wanted.evidence, event.value, event.event_date
