-- One row per area of residence: where the people of the register live, before disclosure control.
-- Areas: every sub-ICB location of this ICB, this ICB where that is not known, any other ICB, and not known. One split
-- only: by registered area too, a reader could subtract the PCNs of marts.prevalence.
with area as (
    select
        case
            when resident_icb = $icb_code and resident_sub_icb = 'not known' then 'this ICB'
            when resident_icb = $icb_code then resident_sub_icb
            when resident_icb = 'not known' then 'not known'
            else 'another ICB'
        end as resident_area,
        resident_icb = $icb_code and resident_sub_icb <> 'not known' as is_sub_icb,
        persons,
        mltc_persons
    from marts.registered_resident
),

sub_icb as (
    select
        sub_icb,
        max(sub_icb_name) as sub_icb_name
    from register.practice
    group by sub_icb
)

select
    area.resident_area,
    case
        when area.is_sub_icb then coalesce(max(sub_icb.sub_icb_name), area.resident_area)
        when area.resident_area = 'this ICB' then $icb_name
        when area.resident_area = 'another ICB' then 'Another ICB'
        else 'Not known'
    end as resident_area_name,
    case
        when area.is_sub_icb then 1
        when area.resident_area = 'this ICB' then 2
        when area.resident_area = 'another ICB' then 3
        else 4
    end as sort_key,
    cast(sum(area.persons) as bigint) as persons,
    cast(sum(area.mltc_persons) as bigint) as mltc_persons
from area
left join sub_icb on sub_icb.sub_icb = area.resident_area
group by area.resident_area, area.is_sub_icb
