-- One row per person registered and alive on the index date: the denominator of the register.
-- Two geographies side by side: where the practice belongs (registered) and where the person lives (resident).
-- Ethnicity: the GP record first, then the latest stated in hospital; a refusal or blank is Unknown.
with hospital_ethnicity as (
    select
        ethnicity.person_id,
        ethnicity.ethnic_category,
        row_number() over (
            partition by ethnicity.person_id
            order by ethnicity.stated_date desc nulls last, ethnicity.row_id
        ) as recency
    from staging.ethnicity as ethnicity
    inner join codelist.ethnic_category as category
        on category.code = ethnicity.ethnic_category and category.ethnic_group <> 'Unknown'
)

select
    spine.person_id,
    spine.practice_code,
    spine.succeeded_from,
    practice.pcn_code,
    practice.neighbourhood as registered_neighbourhood,
    practice.sub_icb as registered_sub_icb,
    practice.icb as registered_icb,
    geography.resident_neighbourhood,
    geography.resident_sub_icb,
    geography.resident_icb,
    deprivation.lsoa_code,
    person.sex,
    coalesce(gp_category.ethnic_group, hospital_category.ethnic_group, 'Unknown') as ethnic_group,
    age_band.age_band,
    spine.age_years,
    deprivation.imd_decile,
    deprivation.imd_quintile,
    deprivation.imd_source,
    deprivation.imd_2019_decile,
    deprivation.imd_2025_decile,
    deprivation.is_care_home,
    person.is_housebound
from register.spine as spine
inner join staging.person as person on person.person_id = spine.person_id
inner join register.practice as practice on practice.practice_code = spine.practice_code
inner join register.person_geography as geography on geography.person_id = spine.person_id
inner join register.person_deprivation as deprivation on deprivation.person_id = spine.person_id
inner join codelist.age_band as age_band
    on spine.age_years between age_band.lower_age_years and age_band.upper_age_years
left join codelist.ethnic_category as gp_category
    on gp_category.code = person.ethnic_category and gp_category.ethnic_group <> 'Unknown'
left join hospital_ethnicity
    on hospital_ethnicity.person_id = spine.person_id and hospital_ethnicity.recency = 1
left join codelist.ethnic_category as hospital_category
    on hospital_category.code = hospital_ethnicity.ethnic_category
where spine.index_date = $index_date
