-- One row per person with MLTC and indicator of need that is present or not known.
select
    person_id,
    'indicator:' || indicator as fact,
    state
from needs.person_indicator
where state <> 'absent'
