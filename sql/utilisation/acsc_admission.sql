-- One row per code set and emergency admission that is ambulatory care sensitive under it.
-- Rules of NHS Digital CCG OIS indicator 2.6 (specification v1.15, 2018): the first episode of an ordinary emergency
-- spell, not a transfer in (admission source 51-53), of a man or woman of age 0 to 120; the condition by primary
-- diagnosis; some need or bar a secondary diagnosis, or bar operations in the episode (codelist.acsc_code,
-- acsc_related_code, acsc_rule). The 19-condition set has codes of its own and takes the same admissions.
-- A patient class or episode order that is not given counts as 1; episode type is not in the contract.
with rule as (
    select
        field,
        code,
        is_counted
    from codelist.acsc_rule
    where verified = 'yes'
),

primary_diagnosis as (
    select distinct primary_diagnosis
    from register.spell
    where is_unplanned
),

sensitive as (
    select
        primary_diagnosis.primary_diagnosis,
        acsc_code.code_set,
        acsc_code.acsc_group,
        acsc_code.acsc_condition,
        acsc_code.secondary_needed,
        acsc_code.secondary_barred,
        acsc_code.procedure_barred
    from primary_diagnosis
    inner join codelist.acsc_code as acsc_code
        on
            starts_with(primary_diagnosis.primary_diagnosis, acsc_code.code)
            and acsc_code.verified = 'yes'
),

candidate as (
    select
        sensitive.*,
        spell.spell_key,
        spell.person_id,
        spell.admission_date,
        episode.procedures
    from register.spell as spell
    inner join sensitive on sensitive.primary_diagnosis = spell.primary_diagnosis
    inner join staging.hospital_episode as episode
        on episode.row_id = spell.spell_key and coalesce(episode.episode_order, 1) = 1
    inner join staging.person as person
        on
            person.person_id = spell.person_id
            and spell.admission_date >= person.birth_date
            and spell.admission_date < person.birth_date + interval 121 year
    inner join rule as sex on sex.field = 'sex' and sex.code = person.sex and sex.is_counted
    inner join rule as class
        on class.field = 'patient_class' and class.code = coalesce(spell.patient_class, '1') and class.is_counted
    left join rule as source
        on source.field = 'admission_source' and source.code = spell.admission_source
    where spell.is_unplanned and coalesce(source.is_counted, true)
),

carried as (
    select
        candidate.spell_key,
        'diagnosis' as field,
        diagnosis.code
    from candidate
    inner join staging.hospital_diagnosis as diagnosis
        on diagnosis.row_id = candidate.spell_key and diagnosis.diagnosis_position > 1
    where candidate.secondary_needed is not null or candidate.secondary_barred is not null
    union
    select
        performed.spell_key,
        'procedure' as field,
        regexp_replace(upper(performed.code), '[^A-Z0-9]', '', 'g') as code
    from (
        select
            spell_key,
            unnest(procedures) as code
        from candidate
        where procedure_barred is not null
    ) as performed
),

related as (
    select distinct
        carried.spell_key,
        acsc_related_code.code_list
    from carried
    inner join codelist.acsc_related_code as acsc_related_code
        on
            acsc_related_code.field = carried.field
            and starts_with(carried.code, acsc_related_code.code)
            and acsc_related_code.verified = 'yes'
)

select
    candidate.code_set,
    candidate.spell_key,
    candidate.person_id,
    candidate.acsc_group,
    candidate.acsc_condition,
    candidate.admission_date
from candidate
left join related as needed
    on needed.spell_key = candidate.spell_key and needed.code_list = candidate.secondary_needed
left join related as barred
    on
        barred.spell_key = candidate.spell_key
        and (barred.code_list = candidate.secondary_barred or barred.code_list = candidate.procedure_barred)
where
    (candidate.secondary_needed is null or needed.spell_key is not null)
    and barred.spell_key is null
