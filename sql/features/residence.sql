-- One row per index date and person: where the person lived on that date, as far as addresses tell.
-- The address of the day: latest start, then open or latest end, then one whose LSOA is known, then the first row (as
-- register.person_geography has it for the index date of the run). Without an address of the day, the LSOA of the
-- person table, which has no date. Decile: as given, else of the LSOA in the chosen vintage of the index of multiple
-- deprivation, else in the other; quintile = ceil(decile / 2), quintile 1 the most deprived fifth (MHCLG).
-- A care home only by an address that says since when: the flag of the person table holds when the extract was made,
-- and to use it for an earlier date would be to know the future.
with address as (
    select
        spine.index_date,
        spine.person_id,
        address.lsoa_code,
        address.imd_decile,
        case when address.address_from is not null then address.is_care_home end as is_care_home,
        row_number() over (
            partition by spine.index_date, spine.person_id
            order by
                address.address_from desc nulls last,
                case when address.address_to > spine.index_date then null else address.address_to end desc nulls first,
                case when address.lsoa_code is null then 1 else 0 end,
                address.row_id
        ) as preference
    from register.spine as spine
    inner join staging.address as address
        on
            address.person_id = spine.person_id
            and coalesce(address.address_from, spine.index_date) <= spine.index_date
            and coalesce(address.address_to, spine.index_date) >= spine.index_date
),

located as (
    select
        spine.index_date,
        spine.person_id,
        case
            when address.lsoa_code is null and address.imd_decile is null then person.lsoa_code
            else address.lsoa_code
        end as lsoa_code,
        case
            when address.lsoa_code is null and address.imd_decile is null then person.imd_decile
            else address.imd_decile
        end as given_decile,
        address.is_care_home
    from register.spine as spine
    inner join staging.person as person on person.person_id = spine.person_id
    left join address
        on
            address.person_id = spine.person_id
            and address.index_date = spine.index_date
            and address.preference = 1
),

deprived as (
    select
        located.index_date,
        located.person_id,
        located.is_care_home,
        case when located.given_decile between 1 and 10 then located.given_decile end as given_decile,
        imd_2019.imd_decile as imd_2019_decile,
        imd_2025.imd_decile as imd_2025_decile
    from located
    left join codelist.imd2019_lsoa11 as imd_2019 on imd_2019.lsoa_code = located.lsoa_code
    left join codelist.imd2025_lsoa21 as imd_2025 on imd_2025.lsoa_code = located.lsoa_code
)

select
    index_date,
    person_id,
    cast(
        ceil(
            case
                when given_decile is not null then given_decile
                when $imd_vintage = '2019' then coalesce(imd_2019_decile, imd_2025_decile)
                else coalesce(imd_2025_decile, imd_2019_decile)
            end / 2.0
        ) as bigint
    ) as imd_quintile,
    case when is_care_home then 1 when not is_care_home then 0 end as is_care_home
from deprived
