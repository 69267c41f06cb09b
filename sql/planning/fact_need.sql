-- One row per person with MLTC and need that is present or not known.
select
    person_id,
    'need:' || need as fact,
    state
from needs.person_need
where state <> 'absent'
