-- One row per index date and person whose horizon lies inside the data: 1 if dead within it, else 0.
-- By register.death, after the index date and within the horizon. Who moves away counts as alive unless a feed tells
-- otherwise. No rows where no feed gives any death: then nothing is known of anyone.
select
    spine.index_date,
    spine.person_id,
    case when death.death_date <= horizon.horizon_end then 1 else 0 end as value
from register.spine as spine
inner join features.horizon as horizon on horizon.index_date = spine.index_date
left join register.death as death on death.person_id = spine.person_id and death.death_date > spine.index_date
where (select max(known.death_date) from register.death as known) is not null
