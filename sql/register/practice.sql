-- One row per practice that anyone is registered with.
-- Name, PCN and place as the organisation table has them on the index date; the latest row where periods overlap.
with organisation as (
    select
        practice_code,
        name,
        pcn_code,
        pcn_name,
        place,
        row_number() over (
            partition by practice_code
            order by effective_from desc nulls last, row_id
        ) as recency
    from staging.organisation
    where
        coalesce(effective_from, $index_date) <= $index_date
        and coalesce(effective_to, $index_date) >= $index_date
),

practice as (
    select distinct practice_code from register.registration
)

select
    practice.practice_code,
    coalesce(organisation.name, practice.practice_code) as practice_name,
    coalesce(organisation.pcn_code, 'not known') as pcn_code,
    coalesce(organisation.pcn_name, organisation.pcn_code, 'PCN not known') as pcn_name,
    coalesce(organisation.place, 'not known') as place
from practice
left join organisation on organisation.practice_code = practice.practice_code and organisation.recency = 1
