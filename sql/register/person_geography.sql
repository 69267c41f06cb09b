-- One row per person: where the person lives on the index date, beside the registered practice's own geography.
-- Several addresses on the day: latest start, then open or latest end, then one whose LSOA is known, then the first
-- row (the order that OpenSAFELY documents for its addresses).
-- An LSOA keeps its code where Census 2021 left it as it was, so a code in both deprivation lists is of both
-- vintages; a code in one list is of that vintage only and has no decile in the other: no best fit is made up.
-- Sub-ICB location and ICB of residence: the ICB's own look-up (neighbourhood_lsoa), else ONS for LSOA 2011 and the
-- ICB of the sub-ICB location on $hierarchy_date; Welsh codes and LSOA 2021 codes that are new are not known.
with address as (
    select
        person_id,
        lsoa_code,
        imd_decile,
        is_care_home,
        row_number() over (
            partition by person_id
            order by
                address_from desc nulls last,
                address_to desc nulls first,
                case when lsoa_code is null then 1 else 0 end,
                row_id
        ) as preference
    from staging.address
    where
        coalesce(address_from, $index_date) <= $index_date
        and coalesce(address_to, $index_date) >= $index_date
),

located as (
    select
        person.person_id,
        case
            when address.lsoa_code is null and address.imd_decile is null then person.lsoa_code
            else address.lsoa_code
        end as lsoa_code,
        case
            when address.lsoa_code is null and address.imd_decile is null then person.imd_decile
            else address.imd_decile
        end as given_decile,
        coalesce(address.is_care_home, person.is_care_home) as is_care_home
    from staging.person as person
    left join address on address.person_id = person.person_id and address.preference = 1
),

own_area as (
    select
        lsoa_code,
        neighbourhood,
        sub_icb,
        icb,
        row_number() over (
            partition by lsoa_code
            order by effective_from desc nulls last, effective_to desc nulls first, row_id
        ) as preference
    from staging.neighbourhood_lsoa
    where
        coalesce(effective_from, $hierarchy_date) <= $hierarchy_date
        and coalesce(effective_to, $hierarchy_date) >= $hierarchy_date
),

sub_icb as (
    select
        sub_icb,
        icb
    from codelist.sub_icb
    where
        $hierarchy_date between coalesce(effective_from, date '1900-01-01')
        and coalesce(effective_to, date '9999-12-31')
),

ended_sub_icb as (
    select
        code,
        successor_code
    from register.succession
    where
        organisation_type = 'sub_icb'
        and $hierarchy_date between effective_from and coalesce(effective_to, date '9999-12-31')
),

area as (
    select
        national.lsoa_code,
        sub_icb.sub_icb,
        sub_icb.icb
    from codelist.lsoa_2011_sub_icb as national
    left join ended_sub_icb on ended_sub_icb.code = national.sub_icb
    inner join sub_icb
        on
            sub_icb.sub_icb
            = case when ended_sub_icb.code is null then national.sub_icb else ended_sub_icb.successor_code end
)

select
    located.person_id,
    located.lsoa_code,
    imd_2019.lsoa_code as lsoa_2011_code,
    imd_2025.lsoa_code as lsoa_2021_code,
    coalesce(own_area.neighbourhood, 'not known') as resident_neighbourhood,
    coalesce(own_area.sub_icb, area.sub_icb, 'not known') as resident_sub_icb,
    coalesce(
        own_area.icb,
        own_sub_icb.icb,
        case when own_area.sub_icb is null then area.icb end,
        'not known'
    ) as resident_icb,
    case when located.given_decile between 1 and 10 then located.given_decile end as given_decile,
    imd_2019.imd_decile as imd_2019_decile,
    imd_2025.imd_decile as imd_2025_decile,
    located.is_care_home
from located
left join codelist.imd2019_lsoa11 as imd_2019 on imd_2019.lsoa_code = located.lsoa_code
left join codelist.imd2025_lsoa21 as imd_2025 on imd_2025.lsoa_code = located.lsoa_code
left join own_area on own_area.lsoa_code = located.lsoa_code and own_area.preference = 1
left join sub_icb as own_sub_icb on own_sub_icb.sub_icb = own_area.sub_icb
left join area on area.lsoa_code = located.lsoa_code
