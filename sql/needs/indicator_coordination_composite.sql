-- One row per person with MLTC: three or more of the ten parts of needs.coordination are present.
-- Value: parts present, of those known; a part that does not apply to the person is known. Three found are enough;
-- fewer say something only where at least half of the parts (five) are known. Three and five are ours, and so is the
-- choice of parts: it is a list for a clinician to look at, not a measure of how well care is coordinated. Source:
-- NICE NG56 and NG27, from which the parts are taken.
select
    person_id,
    'coordination_composite' as indicator,
    case
        when present_count >= 3 then 'present'
        when known_count >= 5 then 'absent'
        else 'not_known'
    end as state,
    cast(case when present_count >= 3 or known_count >= 5 then present_count end as double) as value,
    'needs.coordination' as evidence_source,
    cast(null as varchar) as evidence_code,
    cast(null as date) as evidence_date
from needs.coordination
