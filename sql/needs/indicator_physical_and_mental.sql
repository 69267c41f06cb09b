-- One row per person with MLTC: lives with physical and mental conditions together.
-- Kind of each condition as in codelist.condition, of those that the definition of the run counts. Value: conditions
-- held. Always known, since the register is. Source: NICE NG56 (2016), which names physical and mental conditions held
-- together as a ground for an approach that takes account of multimorbidity.
select
    person.person_id,
    'physical_and_mental' as indicator,
    case when person.has_physical_mental then 'present' else 'absent' end as state,
    cast(person.condition_count as double) as value,
    'register.mltc' as evidence_source,
    cast(null as varchar) as evidence_code,
    cast(null as date) as evidence_date
from needs.person as person
