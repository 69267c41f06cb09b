-- One row per method of grouping: how alike its groups are to the clusters, and how far apart they lie.
-- Shares of the smallest groups are left out: a method may leave a handful of people in one.
select
    method,
    class_count,
    largest_share,
    adjusted_rand,
    silhouette
from clusters.comparison
where stratum = 'all'
