-- One row per cluster and condition: how many of the cluster live with it, and how that differs from others.
-- observed_expected: share in the cluster over share in everyone clustered; exclusivity: of all with the
-- condition, the percentage in this cluster (Violan C et al. BMJ Open 2019;9:e029594).
select
    profile.cluster_id,
    profile.cluster_name,
    profile.condition,
    condition.name as condition_name,
    profile.persons,
    profile.persons_with_condition,
    profile.observed_expected,
    100 * profile.exclusivity as exclusivity_percent
from clusters.profile as profile
inner join codelist.condition as condition on condition.key = profile.condition
where profile.stratum = 'all'
