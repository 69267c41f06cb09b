-- One row per person and fact of their number of conditions, under the definition of the run.
-- One or more, two or more (MLTC), complex, physical with mental. Fewer than that are not known to be all where the GP
-- record says nothing (planning.known).
with counted as (
    select
        mltc.person_id,
        mltc.condition_count >= 1 as has_condition,
        mltc.is_mltc,
        mltc.is_complex_mltc,
        mltc.has_physical_mental,
        known.is_gp_event_known
    from register.mltc as mltc
    inner join planning.known as known on known.person_id = mltc.person_id
    where mltc.definition = $definition
),

stated as (
    select
        person_id,
        'long_term_condition' as fact,
        has_condition as is_present,
        is_gp_event_known
    from counted
    union all
    select
        person_id,
        'mltc' as fact,
        is_mltc as is_present,
        is_gp_event_known
    from counted
    union all
    select
        person_id,
        'complex_mltc' as fact,
        is_complex_mltc as is_present,
        is_gp_event_known
    from counted
    union all
    select
        person_id,
        'physical_and_mental' as fact,
        has_physical_mental as is_present,
        is_gp_event_known
    from counted
)

select
    person_id,
    fact,
    case when is_present then 'present' else 'not_known' end as state
from stated
where is_present or not is_gp_event_known
