-- One row per place (ICB and each PCN), measure, breakdown, group, sex and age band: people, events, squared events.
-- Measures: each cohort among everyone registered; unplanned and ambulatory care sensitive admissions of the 12 months
-- before the index date among people with MLTC, where the hospital feed is known (no row where it is not, never 0).
-- Deprivation quintile for both, ethnic group for the ICB alone. squared_count: the sum over people of the square of
-- each one's events, since admissions repeat in a person. Who is in no known group has the group null.
with measured as (
    select
        person.*,
        'mltc' as measure,
        cast(person.is_mltc as bigint) as events
    from cohort.person as person
    union all
    select
        person.*,
        'complex_mltc' as measure,
        cast(person.is_complex_mltc as bigint) as events
    from cohort.person as person
    union all
    select
        person.*,
        'physical_mental' as measure,
        cast(person.is_physical_mental as bigint) as events
    from cohort.person as person
    union all
    select
        person.*,
        'unplanned_admission' as measure,
        cast(use_count.unplanned_admission_count_12m as bigint) as events
    from cohort.person as person
    inner join features.use_count as use_count
        on use_count.person_id = person.person_id and use_count.index_date = $index_date
    where person.is_mltc and use_count.unplanned_admission_count_12m is not null
    union all
    select
        person.*,
        'acsc_admission' as measure,
        cast(person_use.acsc_admission_count_12m as bigint) as events
    from cohort.person as person
    inner join utilisation.person_use as person_use
        on person_use.person_id = person.person_id and person_use.index_date = $index_date
    where person.is_mltc and person_use.acsc_admission_count_12m is not null
),

grouped as (
    select
        measured.*,
        'imd_quintile' as breakdown,
        cast(measured.imd_quintile as varchar) as breakdown_value,
        'icb' as geography_type,
        $icb_code as geography_code,
        $icb_name as geography_name
    from measured
    union all
    select
        measured.*,
        'imd_quintile' as breakdown,
        cast(measured.imd_quintile as varchar) as breakdown_value,
        'pcn' as geography_type,
        measured.pcn_code as geography_code,
        measured.pcn_name as geography_name
    from measured
    union all
    select
        measured.*,
        'ethnic_group' as breakdown,
        nullif(measured.ethnic_group, 'Unknown') as breakdown_value,
        'icb' as geography_type,
        $icb_code as geography_code,
        $icb_name as geography_name
    from measured
)

select
    geography_type,
    geography_code,
    max(geography_name) as geography_name,
    measure,
    breakdown,
    breakdown_value,
    sex,
    age_band,
    count(*) as population,
    cast(sum(events) as bigint) as events,
    cast(sum(events * events) as bigint) as squared_count
from grouped
group by geography_type, geography_code, measure, breakdown, breakdown_value, sex, age_band
