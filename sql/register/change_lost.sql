-- One row per person, definition and condition lost since the last run, and why; the first reason that applies.
-- The person is gone from the register: the reason of register.change_person. The definition no longer counts the
-- condition: codelist version.
-- Today's records and lists show it on the day of the last run still: resolved, where a code that says so, or a
-- measurement that the rule looks at, became known since; new code, where something that must not hold does now;
-- feed gap, where the feed of the practice that carried it has failed; else rule window passed.
-- They do not even show it then: codelist version, where the version of the definition changed; resolved, where the
-- code that says so is later than the last diagnosis (it was backdated); feed gap as above, for any practice that the
-- person ever had; feed restored, where it had been held over and the feed that came back does not bear it out; else
-- record withdrawn.
with wanted as (
    select distinct
        rule.condition,
        rule.clause,
        clause.is_unresolved,
        clause_evidence.kind,
        clause_evidence.evidence
    from codelist.rule as rule
    inner join codelist.clause as clause on clause.clause = rule.clause
    inner join codelist.clause_evidence as clause_evidence on clause_evidence.clause = rule.clause
    where not rule.is_without
),

resolved as (
    select distinct
        lost.person_id,
        lost.condition
    from register.change_condition as lost
    cross join meta.last_run as last_run
    inner join wanted on wanted.condition = lost.condition and wanted.is_unresolved
    inner join register.evidence as evidence
        on
            evidence.person_id = lost.person_id
            and evidence.kind = 'resolved'
            and evidence.evidence = wanted.evidence
            and evidence.known_date <= $index_date
            and (evidence.known_date > last_run.as_of or evidence.event_date > lost.last_date)
    where not lost.is_gained
    union
    select distinct
        lost.person_id,
        lost.condition
    from register.change_condition as lost
    cross join meta.last_run as last_run
    inner join wanted on wanted.condition = lost.condition and wanted.kind = 'measure'
    inner join register.measurement as measurement
        on
            measurement.person_id = lost.person_id
            and measurement.measure = wanted.evidence
            and measurement.known_date > last_run.as_of
            and measurement.known_date <= $index_date
    where not lost.is_gained
),

barred as (
    select distinct
        bar.person_id,
        rule.condition
    from meta.last_run as last_run
    inner join register.clause_status as bar on bar.index_date = $index_date
    inner join codelist.rule as rule on rule.clause = bar.clause and rule.is_without
    left join register.clause_status as earlier
        on
            earlier.person_id = bar.person_id
            and earlier.clause = bar.clause
            and earlier.index_date = last_run.as_of
    where earlier.person_id is null
),

failed as (
    select
        lost.person_id,
        lost.condition,
        max(case when person.person_id is not null then 1 else 0 end) = 1 as is_of_now
    from register.change_condition as lost
    inner join register.registration as registration on registration.person_id = lost.person_id
    inner join meta.practice_abstention as feed on feed.practice_code = registration.practice_code
    left join register.person as person
        on
            person.person_id = lost.person_id
            and coalesce(person.succeeded_from, person.practice_code) = feed.practice_code
    where
        not lost.is_gained
        and (
            (feed.table_name = 'gp_event' and (lost.source like '%gp%' or lost.source like '%value%'))
            or (feed.table_name = 'gp_prescription' and lost.source like '%prescription%')
        )
    group by lost.person_id, lost.condition
)

select
    lost.person_id,
    lost.definition,
    lost.condition,
    case
        when gone.person_id is not null then gone.reason
        when lost.is_member_changed then 'codelist version'
        when not lost.is_shown_then and lost.is_version_changed then 'codelist version'
        when resolved.person_id is not null then 'resolved'
        when lost.is_shown_then and barred.person_id is not null then 'new code'
        when failed.is_of_now or (failed.person_id is not null and not lost.is_shown_then) then 'feed gap'
        when lost.is_shown_then then 'rule window passed'
        when lost.was_held_over then 'feed restored'
        else 'record withdrawn'
    end as reason
from register.change_condition as lost
left join register.change_person as gone on gone.person_id = lost.person_id and gone.is_gone
left join resolved on resolved.person_id = lost.person_id and resolved.condition = lost.condition
left join barred on barred.person_id = lost.person_id and barred.condition = lost.condition
left join failed on failed.person_id = lost.person_id and failed.condition = lost.condition
where not lost.is_gained
