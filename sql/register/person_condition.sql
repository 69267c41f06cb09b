-- One row per person and condition on the index date.
-- onset_date is the first clinical date of the record, which may be before anyone could see it in the feed.
-- A condition of the last run that the records no longer bear out, while the practice's feed has failed and nothing
-- speaks against it, is held over: a feed that stops is not a person who got better.
with held_over as (
    select
        last_run.person_id,
        last_run.condition,
        last_run.source,
        last_run.evidence_code,
        last_run.evidence_count,
        last_run.onset_date,
        last_run.last_date,
        last_run.first_known_date
    from meta.last_person_condition as last_run
    inner join register.failed_feed as failed
        on failed.person_id = last_run.person_id and failed.index_date = $index_date
    inner join codelist.condition as condition on condition.key = last_run.condition and condition.verified
    left join register.condition_status as seen
        on
            seen.person_id = last_run.person_id
            and seen.condition = last_run.condition
            and seen.index_date in (select index_date from meta.index_date where role in ('current', 'last_run'))
    where
        seen.person_id is null
        and (
            (failed.gp_event_until is not null and (last_run.source like '%gp%' or last_run.source like '%value%'))
            or (failed.gp_prescription_until is not null and last_run.source like '%prescription%')
        )
)

select
    status.person_id,
    status.condition,
    status.source,
    status.evidence_code,
    status.evidence_count,
    status.is_held_over,
    status.first_date as onset_date,
    status.last_date,
    status.first_known_date
from register.condition_status as status
where status.index_date = $index_date
union all
select
    held_over.person_id,
    held_over.condition,
    held_over.source,
    held_over.evidence_code,
    held_over.evidence_count,
    true as is_held_over,
    held_over.onset_date,
    held_over.last_date,
    held_over.first_known_date
from held_over
