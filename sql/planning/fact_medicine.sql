-- One row per person and threshold of different medicines in 3 months that they reach (scores.polypharmacy).
-- Fewer are not known to be all without the prescription feed, or where that of the practice has failed.
with threshold as (
    select unnest([5, 8, 10, 15]) as medicine_count
),

stated as (
    select
        score.person_id,
        threshold.medicine_count,
        coalesce(score.medicine_count_3m >= threshold.medicine_count, false) as is_present,
        score.medicine_count_3m is not null and known.is_gp_prescription_known as is_known
    from scores.person_score as score
    inner join planning.known as known on known.person_id = score.person_id
    cross join threshold
    where score.index_date = $index_date
)

select
    person_id,
    'medicines_' || medicine_count || '_or_more' as fact,
    case when is_present then 'present' else 'not_known' end as state
from stated
where is_present or not is_known
