-- One row per person with MLTC: the pattern of conditions, of all ages together, that fits them best.
select
    person_id,
    'cluster:' || cluster_id as fact,
    'present' as state
from clusters.person_cluster
where stratum = 'all'
