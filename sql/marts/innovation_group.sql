-- One row per innovation, breakdown (deprivation quintile, ethnic group) and value: people with MLTC, and eligible.
-- Every group that anybody registered is of has its row, also where none has MLTC: a row that is missing would say so.
-- Whom a team with less room than there are eligible people would leave out is not decided here: it shows who they are.
with person as (
    select
        needs.person_id,
        person.imd_quintile,
        person.ethnic_group
    from register.person as person
    left join needs.person as needs on needs.person_id = person.person_id
),

grouped as (
    select
        person_id,
        'imd_quintile' as breakdown,
        case imd_quintile
            when 1 then '1 (most deprived)'
            when 2 then '2'
            when 3 then '3'
            when 4 then '4'
            when 5 then '5 (least deprived)'
            else 'Not known'
        end as breakdown_value,
        coalesce(imd_quintile, 6) as sort_key
    from person
    union all
    select
        person_id,
        'ethnic_group' as breakdown,
        ethnic_group as breakdown_value,
        case ethnic_group
            when 'White' then 1
            when 'Mixed' then 2
            when 'Asian' then 3
            when 'Black' then 4
            when 'Other' then 5
            else 6
        end as sort_key
    from person
)

select
    innovation.innovation,
    innovation.innovation_name,
    grouped.breakdown,
    grouped.breakdown_value,
    cast(max(grouped.sort_key) as bigint) as sort_key,
    count(grouped.person_id) as mltc_persons,
    count(*) filter (where eligibility.state = 'eligible') as eligible_persons
from grouped
cross join codelist.innovation as innovation
left join planning.innovation_eligibility as eligibility
    on eligibility.person_id = grouped.person_id and eligibility.innovation = innovation.innovation
group by innovation.innovation, innovation.innovation_name, grouped.breakdown, grouped.breakdown_value
