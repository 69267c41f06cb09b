-- One row per index date and person not complex on it and described again when the horizon ends: 1 if complex then.
-- Complex MLTC by the definition of the run and what was known on each day (features.condition_held). Who died or left
-- in between has no row: the register says nothing of them then.
select
    spine.index_date,
    spine.person_id,
    coalesce(after_condition.is_complex_mltc, 0) as value
from register.spine as spine
inner join features.horizon as horizon on horizon.index_date = spine.index_date
inner join register.spine as after_spine
    on after_spine.person_id = spine.person_id and after_spine.index_date = horizon.described_date
left join features.condition_held as condition
    on condition.person_id = spine.person_id and condition.index_date = spine.index_date
left join features.condition_held as after_condition
    on after_condition.person_id = spine.person_id and after_condition.index_date = after_spine.index_date
where coalesce(condition.is_complex_mltc, 0) = 0
