-- One row per person with MLTC and a condition that asks for an annual review: at least one review is overdue.
-- Overdue: none coded in 15 months (needs.annual_review). Value: reviews overdue; where some cannot be told, those
-- that can. Source: NHS England, QOF (reviews in the preceding 12 months; 15 months until 2013), and NICE where QOF
-- has none. One that is overdue is enough to know; none says something only where every review can be told.
with review as (
    select
        person_id,
        count(*) filter (where is_overdue) as overdue_count,
        count(*) filter (where is_overdue is null) as untold_count,
        max(last_review_date) as last_review_date
    from needs.annual_review
    group by person_id
)

select
    person_id,
    'annual_review_overdue' as indicator,
    case
        when overdue_count > 0 then 'present'
        when untold_count > 0 then 'not_known'
        else 'absent'
    end as state,
    cast(case when overdue_count > 0 or untold_count = 0 then overdue_count end as double) as value,
    'staging.gp_event' as evidence_source,
    cast(null as varchar) as evidence_code,
    last_review_date as evidence_date
from review
