-- One row per run and definition that the register has been published for: what it said then.
-- The rows of earlier (and later) runs are those that the last warehouse held; this run replaces those of its own
-- index date, so that a month that is run again, or out of turn, stands once.
select
    person.as_of,
    person.definition,
    person.definition_version,
    count(*) as persons,
    count(case when person.is_mltc then 1 end) as mltc_persons,
    count(case when person.is_complex_mltc then 1 end) as complex_mltc_persons
from register.mltc as person
group by person.as_of, person.definition, person.definition_version
union all
select
    as_of,
    definition,
    definition_version,
    persons,
    mltc_persons,
    complex_mltc_persons
from meta.last_history_run
where as_of <> $index_date
