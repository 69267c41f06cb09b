-- One row per practice that the organisation table names: the supplier of its GP system, from its latest row.
with ranked as (
    select
        practice_code,
        supplier,
        row_number() over (
            partition by practice_code
            order by effective_from desc nulls last, row_id
        ) as recency
    from staging.organisation
    where coalesce(effective_from, $index_date) <= $index_date
)

select
    practice_code,
    coalesce(supplier, 'not known') as supplier
from ranked
where recency = 1
