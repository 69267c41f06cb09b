-- One row per person and condition on the index date.
-- onset_date is the first clinical date of the record, which may be before anyone could see it in the feed.
select
    status.person_id,
    status.condition,
    status.source,
    status.evidence_code,
    status.evidence_count,
    status.first_date as onset_date,
    status.last_date,
    status.first_known_date
from register.condition_status as status
where status.index_date = $index_date
