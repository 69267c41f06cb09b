-- One row per number of classes that was tried: fit, size of the smallest class, certainty and stability.
select
    class_count,
    bic,
    entropy,
    smallest_share,
    stability_ari,
    is_chosen
from clusters.selection
where stratum = 'all'
