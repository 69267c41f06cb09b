"""Queries for codes near a list: ICD-10 codes seen, and SNOMED CT codes that go with a condition."""

ICD10_SEEN = """
    with recorded as (
        select person_id, code, admission_date as event_date from staging.hospital_diagnosis
        union all
        select person_id, code, event_date from staging.gp_event
        where code_system = 'icd10'
    )

    select recorded.code, count(distinct recorded.person_id) as persons, count(*) as events
    from recorded
    inner join register.person as person on person.person_id = recorded.person_id
    where recorded.event_date <= $index_date and length(recorded.code) >= 3
    group by recorded.code
"""
# Ratio of the shares with a code among people with and without a condition, over strata of age band and sex: Mantel
# and Haenszel (J Natl Cancer Inst 1959;22:719-748) in its form for cohorts, the sum of a*n0/n over the sum of b*n1/n,
# where a of n1 with and b of n0 without the condition carry the code in a stratum of n persons.
SNOMED_LIFT = """
    with person as (
        select person_id, age_band, coalesce(sex, 'not known') as sex
        from register.person
    ),

    target as (
        select distinct person_id, condition from register.person_condition
        where condition in (select unnest($conditions))
    ),

    rare as (
        select code from staging.gp_event
        where code_system = 'snomed' and event_date <= $index_date and code not in (select unnest($listed))
        group by code
        having approx_count_distinct(person_id) <= $maximum_share * (select count(*) from person)
    ),

    carried as (
        select event.person_id, event.code, count(*) as events
        from staging.gp_event as event
        inner join rare on rare.code = event.code
        where event.code_system = 'snomed' and event.event_date <= $index_date
        group by event.person_id, event.code
    ),

    stratum as (
        select age_band, sex, count(*) as persons from person
        group by age_band, sex
    ),

    with_condition as (
        select target.condition, person.age_band, person.sex, count(*) as persons
        from target
        inner join person on person.person_id = target.person_id
        group by target.condition, person.age_band, person.sex
    ),

    with_code as (
        select carried.code, person.age_band, person.sex, count(*) as persons, sum(carried.events) as events
        from carried
        inner join person on person.person_id = carried.person_id
        group by carried.code, person.age_band, person.sex
    ),

    with_both as (
        select target.condition, carried.code, person.age_band, person.sex, count(*) as persons
        from target
        inner join carried on carried.person_id = target.person_id
        inner join person on person.person_id = target.person_id
        group by target.condition, carried.code, person.age_band, person.sex
    ),

    condition_size as (
        select condition, sum(persons) as persons from with_condition
        group by condition
    ),

    candidate as (
        select with_both.condition, with_both.code, sum(with_both.persons) as persons_with
        from with_both
        inner join condition_size on condition_size.condition = with_both.condition
        group by with_both.condition, with_both.code
        having
            sum(with_both.persons) >= $minimum_persons
            and sum(with_both.persons) * 100.0 >= $minimum_share_percent * max(condition_size.persons)
    ),

    code_size as (
        select code, sum(persons) as persons, sum(events) as events from with_code
        group by code
    ),

    weighed as (
        select
            candidate.condition,
            candidate.code,
            candidate.persons_with,
            sum(
                coalesce(with_both.persons, 0) * (stratum.persons - with_condition.persons) * 1.0 / stratum.persons
            ) as above,
            sum(
                (with_code.persons - coalesce(with_both.persons, 0)) * with_condition.persons * 1.0 / stratum.persons
            ) as below
        from candidate
        inner join with_code on with_code.code = candidate.code
        inner join with_condition
            on
                with_condition.condition = candidate.condition
                and with_condition.age_band = with_code.age_band
                and with_condition.sex = with_code.sex
        inner join stratum on stratum.age_band = with_code.age_band and stratum.sex = with_code.sex
        left join with_both
            on
                with_both.condition = candidate.condition
                and with_both.code = candidate.code
                and with_both.age_band = with_code.age_band
                and with_both.sex = with_code.sex
        group by candidate.condition, candidate.code, candidate.persons_with
    )

    select
        weighed.condition,
        weighed.code,
        cast(code_size.persons as bigint) as persons,
        cast(code_size.events as bigint) as events,
        weighed.persons_with * 100.0 / condition_size.persons as share_percent,
        case when weighed.below > 0 then weighed.above / weighed.below end as ratio
    from weighed
    inner join code_size on code_size.code = weighed.code
    inner join condition_size on condition_size.condition = weighed.condition
    where weighed.above > 0 and (weighed.below = 0 or weighed.above / weighed.below >= $minimum_ratio)
    order by weighed.condition, ratio desc nulls first, weighed.persons_with desc, weighed.code
"""
