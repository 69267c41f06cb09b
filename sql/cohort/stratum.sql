-- One row per place, sex and age band: people and cohorts, for age and sex to be taken out.
-- Places people are registered at: the ICB, sub-ICB locations, PCNs and practices. Places they live in:
-- neighbourhoods of this ICB, where known. Somebody is in one place of each kind at most. pcn_code, sub_icb_code and
-- resident_area say which larger place a small one is part of (empty where it is of several).
with placed as (
    select
        person.*,
        'icb' as geography_type,
        $icb_code as geography_code,
        $icb_name as geography_name,
        '' as in_pcn,
        '' as in_sub_icb,
        '' as in_area
    from cohort.person as person
    union all
    select
        person.*,
        'sub_icb' as geography_type,
        person.registered_sub_icb as geography_code,
        person.sub_icb_name as geography_name,
        '' as in_pcn,
        person.registered_sub_icb as in_sub_icb,
        '' as in_area
    from cohort.person as person
    union all
    select
        person.*,
        'pcn' as geography_type,
        person.pcn_code as geography_code,
        person.pcn_name as geography_name,
        person.pcn_code as in_pcn,
        '' as in_sub_icb,
        '' as in_area
    from cohort.person as person
    union all
    select
        person.*,
        'practice' as geography_type,
        person.practice_code as geography_code,
        person.practice_name as geography_name,
        person.pcn_code as in_pcn,
        person.registered_sub_icb as in_sub_icb,
        '' as in_area
    from cohort.person as person
    union all
    select
        person.*,
        'resident_neighbourhood' as geography_type,
        person.resident_neighbourhood as geography_code,
        person.resident_neighbourhood as geography_name,
        '' as in_pcn,
        '' as in_sub_icb,
        person.resident_sub_icb as in_area
    from cohort.person as person
    where person.resident_icb = $icb_code and person.resident_neighbourhood <> 'not known'
),

place as (
    select
        geography_type,
        geography_code,
        max(geography_name) as geography_name,
        case when count(distinct in_pcn) = 1 then max(in_pcn) else '' end as pcn_code,
        case when count(distinct in_sub_icb) = 1 then max(in_sub_icb) else '' end as sub_icb_code,
        case when count(distinct in_area) = 1 then max(in_area) else '' end as resident_area
    from placed
    group by geography_type, geography_code
),

counted as (
    select
        geography_type,
        geography_code,
        sex,
        age_band,
        count(*) as persons,
        count(*) filter (where is_mltc) as mltc,
        count(*) filter (where is_complex_mltc) as complex_mltc,
        count(*) filter (where is_physical_mental) as physical_mental
    from placed
    group by geography_type, geography_code, sex, age_band
)

select
    counted.geography_type,
    counted.geography_code,
    place.geography_name,
    place.pcn_code,
    place.sub_icb_code,
    place.resident_area,
    counted.sex,
    counted.age_band,
    counted.persons,
    counted.mltc,
    counted.complex_mltc,
    counted.physical_mental
from counted
inner join place on place.geography_type = counted.geography_type and place.geography_code = counted.geography_code
