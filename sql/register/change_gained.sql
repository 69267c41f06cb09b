-- One row per person, definition and condition gained since the last run, and why; the first reason that applies.
-- The person is new to the register: the reason of register.change_person. The definition counts the condition only
-- now: codelist version. It counts only because a window is counted back to where the practice's feed failed (it had
-- passed at the last run, which did not know of the failure): feed gap. So it is where a rule asks for something that
-- is not there (an earlier record, a later value, a code that says resolved, something that must not hold) and a
-- practice of the person's, past ones included, has failed since the last run: what is missing was there then.
-- Today's records and lists show it on the day of the last run already: codelist version, where the version of the
-- definition changed; feed restored, where the practice's feed that carries it had failed then and no longer does;
-- else record backdated (a record that says it was known, and that the last run had not got).
-- They do not: age limit reached, where the rule was met by then and only the age of the condition was not; rule
-- window passed, where something that must not hold has passed; else new code.
with practice as (
    select
        person_id,
        coalesce(succeeded_from, practice_code) as practice_code
    from register.person
),

age as (
    select
        later.person_id,
        earlier.age_years as earlier_age_years,
        later.age_years
    from meta.last_run as last_run
    inner join register.observation as earlier on earlier.index_date = last_run.as_of
    inner join register.observation as later
        on later.person_id = earlier.person_id and later.index_date = $index_date
),

unbarred as (
    select distinct
        barred.person_id,
        rule.condition
    from meta.last_run as last_run
    inner join register.clause_status as barred on barred.index_date = last_run.as_of
    inner join codelist.rule as rule on rule.clause = barred.clause and rule.is_without
    left join register.clause_status as still
        on
            still.person_id = barred.person_id
            and still.clause = barred.clause
            and still.index_date = $index_date
    where still.person_id is null
),

restored as (
    select distinct
        gained.person_id,
        gained.condition
    from register.change_condition as gained
    inner join practice on practice.person_id = gained.person_id
    inner join meta.last_practice_abstention as failed on failed.practice_code = practice.practice_code
    left join meta.practice_abstention as still
        on still.practice_code = failed.practice_code and still.table_name = failed.table_name
    where
        still.practice_code is null
        and (
            (failed.table_name = 'gp_event' and (gained.source like '%gp%' or gained.source like '%value%'))
            or (failed.table_name = 'gp_prescription' and gained.source like '%prescription%')
        )
),

emptied as (
    select distinct
        registration.person_id,
        rule.condition
    from meta.practice_abstention as failed
    left join meta.last_practice_abstention as earlier
        on earlier.practice_code = failed.practice_code and earlier.table_name = failed.table_name
    inner join register.registration as registration on registration.practice_code = failed.practice_code
    inner join register.change_condition as gained on gained.person_id = registration.person_id and gained.is_gained
    inner join codelist.rule as rule on rule.condition = gained.condition
    inner join codelist.clause as clause on clause.clause = rule.clause
    where
        (earlier.practice_code is null or failed.from_month < earlier.from_month)
        and (
            rule.is_without
            or clause.new_within_months is not null
            or clause.is_unresolved
            or clause.latest is not null
        )
        and failed.table_name in ('gp_event', 'gp_prescription')
)

select
    gained.person_id,
    gained.definition,
    gained.condition,
    case
        when came.person_id is not null then came.reason
        when gained.is_member_changed then 'codelist version'
        when gained.is_held_over then 'feed gap'
        when gained.is_shown_then and gained.is_version_changed then 'codelist version'
        when
            emptied.person_id is not null
            and (gained.is_shown_then or gained.first_known_date <= last_run.as_of)
            then 'feed gap'
        when gained.is_shown_then and restored.person_id is not null then 'feed restored'
        when gained.is_shown_then then 'record backdated'
        when
            gained.first_known_date <= last_run.as_of
            and age.earlier_age_years < condition.minimum_age_years
            and age.age_years >= condition.minimum_age_years
            then 'age limit reached'
        when unbarred.person_id is not null then 'rule window passed'
        else 'new code'
    end as reason
from register.change_condition as gained
cross join meta.last_run as last_run
inner join codelist.condition as condition on condition.key = gained.condition
left join register.change_person as came on came.person_id = gained.person_id and not came.is_gone
left join age on age.person_id = gained.person_id
left join unbarred on unbarred.person_id = gained.person_id and unbarred.condition = gained.condition
left join emptied on emptied.person_id = gained.person_id and emptied.condition = gained.condition
left join restored on restored.person_id = gained.person_id and restored.condition = gained.condition
where gained.is_gained
