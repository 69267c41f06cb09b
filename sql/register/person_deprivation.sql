-- One row per person: deprivation, as known on the index date of the run.
-- The decile given with the address or the person, else of the LSOA (IMD 2025, then IMD 2019).
-- Decile 1 is the most deprived tenth; quintile = ceil(decile / 2), quintile 1 the most deprived fifth.
with address as (
    select
        person_id,
        lsoa_code,
        imd_decile,
        is_care_home,
        row_number() over (
            partition by person_id
            order by address_from desc nulls last, address_to desc nulls first, row_id
        ) as recency
    from staging.address
    where
        coalesce(address_from, $index_date) <= $index_date
        and coalesce(address_to, $index_date) >= $index_date
),

located as (
    select
        person.person_id,
        coalesce(address.lsoa_code, person.lsoa_code) as lsoa_code,
        coalesce(address.imd_decile, person.imd_decile) as given_decile,
        coalesce(address.is_care_home, person.is_care_home) as is_care_home
    from staging.person as person
    left join address on address.person_id = person.person_id and address.recency = 1
),

deprived as (
    select
        located.person_id,
        located.lsoa_code,
        coalesce(
            case when located.given_decile between 1 and 10 then located.given_decile end,
            imd_2025.imd_decile,
            imd_2019.imd_decile
        ) as imd_decile,
        located.is_care_home
    from located
    left join codelist.imd2025_lsoa21 as imd_2025 on imd_2025.lsoa_code = located.lsoa_code
    left join codelist.imd2019_lsoa11 as imd_2019 on imd_2019.lsoa_code = located.lsoa_code
)

select
    person_id,
    lsoa_code,
    imd_decile,
    cast(ceil(imd_decile / 2.0) as bigint) as imd_quintile,
    is_care_home
from deprived
