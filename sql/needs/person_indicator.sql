-- One row per person with MLTC and indicator that applies to them, with its evidence.
-- state: present, absent or not_known; a test holds this list equal to codelists/needs.toml.
select
    person_id,
    indicator,
    state,
    value,
    evidence_source,
    evidence_date
from needs.indicator_physical_and_mental
union all
select
    person_id,
    indicator,
    state,
    value,
    evidence_source,
    evidence_date
from needs.indicator_three_specialties
union all
select
    person_id,
    indicator,
    state,
    value,
    evidence_source,
    evidence_date
from needs.indicator_two_unplanned_admissions
union all
select
    person_id,
    indicator,
    state,
    value,
    evidence_source,
    evidence_date
from needs.indicator_discharge_without_contact
union all
select
    person_id,
    indicator,
    state,
    value,
    evidence_source,
    evidence_date
from needs.indicator_low_continuity
union all
select
    person_id,
    indicator,
    state,
    value,
    evidence_source,
    evidence_date
from needs.indicator_social_prescribing
union all
select
    person_id,
    indicator,
    state,
    value,
    evidence_source,
    evidence_date
from needs.indicator_no_contact
union all
select
    person_id,
    indicator,
    state,
    value,
    evidence_source,
    evidence_date
from needs.indicator_missed_appointments
union all
select
    person_id,
    indicator,
    state,
    value,
    evidence_source,
    evidence_date
from needs.indicator_ten_medicines
union all
select
    person_id,
    indicator,
    state,
    value,
    evidence_source,
    evidence_date
from needs.indicator_no_medication_review
