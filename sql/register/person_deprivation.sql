-- One row per person: deprivation, as known on the index date of the run.
-- The decile given with the address or the person, else that of the LSOA in the chosen vintage ([run] imd_vintage),
-- else in the other vintage; imd_source says which. Decile 1 is the most deprived tenth of LSOAs in England (MHCLG,
-- English indices of deprivation); quintile = ceil(decile / 2), quintile 1 the most deprived fifth.
with chosen as (
    select
        person_id,
        lsoa_code,
        case
            when given_decile is not null then 'given'
            when $imd_vintage = '2019' and imd_2019_decile is not null then 'IMD 2019'
            when imd_2025_decile is not null then 'IMD 2025'
            when imd_2019_decile is not null then 'IMD 2019'
            else 'not known'
        end as imd_source,
        given_decile,
        imd_2019_decile,
        imd_2025_decile,
        is_care_home
    from register.person_geography
),

deprived as (
    select
        person_id,
        lsoa_code,
        imd_source,
        case imd_source
            when 'given' then given_decile
            when 'IMD 2019' then imd_2019_decile
            when 'IMD 2025' then imd_2025_decile
        end as imd_decile,
        imd_2019_decile,
        imd_2025_decile,
        is_care_home
    from chosen
)

select
    person_id,
    lsoa_code,
    imd_source,
    imd_decile,
    cast(ceil(imd_decile / 2.0) as bigint) as imd_quintile,
    imd_2019_decile,
    imd_2025_decile,
    is_care_home
from deprived
