-- One row per condition cluster and kind of use that is counted: the mean per person in the 12 months before.
-- Interval of a mean: 1.96 standard errors either way, not below 0. Costs are in pounds, and have no rows where no
-- record bears one. Nobody is put right for age.
with named as (
    select distinct
        cluster_id,
        cluster_name
    from clusters.profile
    where stratum = 'all'
)

select
    used.cluster_id,
    named.cluster_name,
    used.outcome,
    used.unit,
    used.denominator as known_persons,
    used.numerator / used.denominator as mean_use,
    greatest(0, used.numerator / used.denominator - 1.96 * used.deviation / sqrt(used.denominator)) as mean_use_lower,
    used.numerator / used.denominator + 1.96 * used.deviation / sqrt(used.denominator) as mean_use_upper
from clusters.outcome as used
inner join named on named.cluster_id = used.cluster_id
where used.stratum = 'all' and used.unit <> 'persons' and used.denominator > 0
