-- One row per person of the register: places, age band of the standard population, deprivation, and cohorts.
-- Cohorts: everyone registered, MLTC, complex MLTC, and MLTC with a physical and a mental condition.
select
    person.person_id,
    person.sex,
    person.age_years,
    standard.age_band,
    person.imd_quintile,
    person.ethnic_group,
    person.practice_code,
    practice.practice_name,
    person.pcn_code,
    practice.pcn_name,
    person.registered_sub_icb,
    practice.sub_icb_name,
    person.resident_neighbourhood,
    person.resident_sub_icb,
    person.resident_icb,
    mltc.is_mltc,
    mltc.is_complex_mltc,
    mltc.is_mltc and mltc.has_physical_mental as is_physical_mental,
    mltc.mltc_onset_date
from register.person as person
inner join register.practice as practice on practice.practice_code = person.practice_code
inner join register.mltc as mltc on mltc.person_id = person.person_id and mltc.definition = $definition
inner join codelist.esp2013 as standard
    on
        person.age_years >= standard.lower_age_years
        and person.age_years <= coalesce(standard.upper_age_years, 150)
