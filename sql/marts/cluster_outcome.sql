-- One row per condition cluster and outcome that is true of a person or not: how many it is true of.
-- Outcomes that marts.cluster has are left out; those that nobody's records can answer have no rows. Uncertain: the
-- most probable cluster has a probability below the floor of the configuration ([clusters] minimum_certainty).
with told as (
    select
        cluster_id,
        outcome,
        denominator as known_persons,
        numerator as outcome_persons
    from clusters.outcome
    where stratum = 'all' and unit = 'persons' and outcome in ('emergency_attendance', 'mental_condition')
    union all
    select
        cluster_id,
        'uncertain' as outcome,
        count(*) as known_persons,
        count(*) filter (where not is_certain) as outcome_persons
    from clusters.person_cluster
    where stratum = 'all'
    group by cluster_id
),

named as (
    select distinct
        cluster_id,
        cluster_name
    from clusters.profile
    where stratum = 'all'
)

select
    told.cluster_id,
    named.cluster_name,
    told.outcome,
    told.known_persons,
    cast(told.outcome_persons as bigint) as outcome_persons
from told
inner join named on named.cluster_id = told.cluster_id
where told.known_persons > 0
