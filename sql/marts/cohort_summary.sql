-- One row per geography (ICB and each PCN), breakdown and value: the register counted, before disclosure control.
-- Breakdowns one at a time: all, age band, sex, deprivation quintile, ethnic group; every person is in exactly
-- one value of each. Unplanned admissions are of the 12 months before the index date.
with person as (
    select
        person.person_id,
        person.pcn_code,
        practice.pcn_name,
        person.age_band,
        age_band.sort_key as age_sort,
        person.sex,
        person.imd_quintile,
        person.ethnic_group,
        mltc.is_mltc,
        mltc.is_complex_mltc,
        mltc.is_mltc and mltc.has_physical_mental as is_physical_mental,
        use_count.unplanned_admission_count_12m,
        use_count.unplanned_bed_days_12m
    from register.person as person
    inner join register.practice as practice on practice.practice_code = person.practice_code
    inner join register.mltc as mltc on mltc.person_id = person.person_id and mltc.definition = $definition
    inner join codelist.age_band as age_band on age_band.age_band = person.age_band
    inner join features.use_count as use_count
        on use_count.person_id = person.person_id and use_count.index_date = $index_date
),

by_value as (
    select
        person.*,
        'all' as breakdown,
        'all' as breakdown_value,
        0 as sort_key
    from person
    union all
    select
        person.*,
        'age_band' as breakdown,
        person.age_band as breakdown_value,
        person.age_sort as sort_key
    from person
    union all
    select
        person.*,
        'sex' as breakdown,
        case person.sex when '1' then 'Male' when '2' then 'Female' when '9' then 'Indeterminate' else 'Not known' end
            as breakdown_value,
        case person.sex when '2' then 1 when '1' then 2 when '9' then 3 else 4 end as sort_key
    from person
    union all
    select
        person.*,
        'imd_quintile' as breakdown,
        case person.imd_quintile
            when 1 then '1 (most deprived)'
            when 2 then '2'
            when 3 then '3'
            when 4 then '4'
            when 5 then '5 (least deprived)'
            else 'Not known'
        end as breakdown_value,
        coalesce(person.imd_quintile, 6) as sort_key
    from person
    union all
    select
        person.*,
        'ethnic_group' as breakdown,
        person.ethnic_group as breakdown_value,
        case person.ethnic_group
            when 'White' then 1
            when 'Mixed' then 2
            when 'Asian' then 3
            when 'Black' then 4
            when 'Other' then 5
            else 6
        end as sort_key
    from person
),

by_place as (
    select
        by_value.*,
        'icb' as geography_type,
        $icb_code as geography_code,
        $icb_name as geography_name
    from by_value
    union all
    select
        by_value.*,
        'pcn' as geography_type,
        by_value.pcn_code as geography_code,
        by_value.pcn_name as geography_name
    from by_value
    where by_value.breakdown <> 'ethnic_group'
)

select
    'mltc' as cohort,
    geography_type,
    geography_code,
    max(geography_name) as geography_name,
    breakdown,
    breakdown_value,
    cast(max(sort_key) as bigint) as sort_key,
    count(*) as persons,
    count(*) filter (where is_mltc) as mltc_persons,
    count(*) filter (where is_complex_mltc) as complex_mltc_persons,
    count(*) filter (where is_physical_mental) as physical_mental_persons,
    cast(sum(case when is_mltc then unplanned_admission_count_12m end) as bigint) as mltc_unplanned_admissions_12m,
    cast(sum(case when is_mltc then unplanned_bed_days_12m end) as bigint) as mltc_unplanned_bed_days_12m
from by_place
group by geography_type, geography_code, breakdown, breakdown_value
