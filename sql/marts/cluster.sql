-- One row per condition cluster: who is in it and what they use. Empty where clusters could not be fitted.
select
    cluster.cluster_id,
    max(cluster.cluster_name) as cluster_name,
    max(cluster.top_conditions) as top_conditions,
    count(*) as persons,
    count(*) filter (where use_count.unplanned_admission_count_12m >= 1) as unplanned_admitted_persons,
    count(*) filter (where use_count.medicine_count_3m >= 10) as polypharmacy_persons,
    count(*) filter (where person.imd_quintile = 1) as most_deprived_persons,
    avg(person.age_years) as mean_age_years,
    avg(mltc.condition_count) as mean_condition_count,
    avg(cast(cluster.certainty as decimal(18, 15))) as mean_certainty
from clusters.person_cluster as cluster
inner join register.person as person on person.person_id = cluster.person_id
inner join register.mltc as mltc on mltc.person_id = cluster.person_id and mltc.definition = $definition
inner join features.use_count as use_count
    on use_count.person_id = cluster.person_id and use_count.index_date = $index_date
where cluster.stratum = 'all'
group by cluster.cluster_id
