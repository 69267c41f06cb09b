-- One row per person, definition and spell of runs in which the person's place in the register stayed the same.
-- From valid_from, the index date of the first such run, up to but not including valid_to, that of the first run that
-- said otherwise; valid_to is empty while it stands. Somebody without any condition of the definition has no row.
-- This run takes the days from its index date to the next run that is known, whatever order the months are run in:
-- what the last warehouse held is cut at both, this run's register is laid between, and what did not change is joined
-- again. Whoever has opted out is in no row, of no run.
with next_run as (
    select min(as_of) as as_of
    from meta.last_history_run
    where as_of > $index_date
),

earlier as (
    select
        history.*,
        concat_ws(
            '|',
            history.definition_version,
            history.condition_signature,
            cast(history.is_mltc as varchar),
            cast(history.is_complex_mltc as varchar)
        ) as place
    from meta.last_history_mltc as history
    left join meta.person_permission as permission
        on permission.person_id = history.person_id and permission.gp = 'opted_out'
    where permission.person_id is null
),

before as (
    select * from earlier
    where valid_from < $index_date and coalesce(valid_to, date '9999-12-31') >= $index_date
),

after as (
    select
        earlier.*,
        next_run.as_of as next_as_of
    from earlier
    inner join next_run
        on
            earlier.valid_from <= next_run.as_of
            and coalesce(earlier.valid_to, date '9999-12-31') > next_run.as_of
),

this as (
    select
        person_id,
        definition,
        definition_version,
        condition_signature,
        condition_count,
        is_mltc,
        is_complex_mltc,
        concat_ws(
            '|',
            definition_version,
            condition_signature,
            cast(is_mltc as varchar),
            cast(is_complex_mltc as varchar)
        ) as place
    from register.mltc
    where condition_count > 0
),

laid as (
    select
        this.*,
        coalesce(before.valid_from, $index_date) as valid_from,
        case when after.person_id is not null then after.valid_to else next_run.as_of end as valid_to
    from this
    cross join next_run
    left join before
        on before.person_id = this.person_id and before.definition = this.definition and before.place = this.place
    left join after
        on after.person_id = this.person_id and after.definition = this.definition and after.place = this.place
),

cut_before as (
    select before.*
    from before
    left join this
        on this.person_id = before.person_id and this.definition = before.definition and this.place = before.place
    where this.person_id is null
),

cut_after as (
    select after.*
    from after
    left join this
        on this.person_id = after.person_id and this.definition = after.definition and this.place = after.place
    where this.person_id is null
)

select
    person_id,
    definition,
    definition_version,
    condition_signature,
    condition_count,
    is_mltc,
    is_complex_mltc,
    cast(valid_from as date) as valid_from,
    cast(valid_to as date) as valid_to
from laid
union all
select
    person_id,
    definition,
    definition_version,
    condition_signature,
    condition_count,
    is_mltc,
    is_complex_mltc,
    valid_from,
    $index_date as valid_to
from cut_before
union all
select
    person_id,
    definition,
    definition_version,
    condition_signature,
    condition_count,
    is_mltc,
    is_complex_mltc,
    next_as_of as valid_from,
    valid_to
from cut_after
union all
select
    person_id,
    definition,
    definition_version,
    condition_signature,
    condition_count,
    is_mltc,
    is_complex_mltc,
    valid_from,
    valid_to
from earlier
where
    valid_to < $index_date
    or valid_from > (select next_run.as_of from next_run)
