-- One row per person with MLTC who was not complex 12 months ago: became complex in the 12 months up to the index date.
-- Complex by the definition of the run; the day is the one on which the record first met the rule (register.mltc).
-- Value: conditions held now. That it happened is known from the register; that it did not only where the practice's
-- entries of 12 months are known. A new code list or definition can make people complex, too: register.change tells
-- them apart.
select
    person.person_id,
    'new_complex_mltc' as indicator,
    case
        when mltc.is_complex_mltc then 'present'
        when person.is_gp_event_known_12m then 'absent'
        else 'not_known'
    end as state,
    cast(case when mltc.is_complex_mltc or person.is_gp_event_known_12m then person.condition_count end as double)
        as value,
    'register.mltc' as evidence_source,
    cast(null as varchar) as evidence_code,
    mltc.complex_onset_date as evidence_date
from needs.person as person
inner join register.mltc as mltc on mltc.person_id = person.person_id and mltc.definition = $definition
where not mltc.is_complex_mltc or mltc.complex_onset_date > $index_date - interval 12 month
