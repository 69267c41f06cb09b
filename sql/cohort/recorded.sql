-- One row per practice and condition with a published figure that counts the same: recorded and expected people.
-- People of the ages that the published register counts. expected: as many as the prevalence of England (QOF 2024-25)
-- would give; it takes no account of age within them, so that a practice of old people records more.
with published as (
    select
        condition,
        published_percent,
        minimum_age_years,
        denominator,
        source
    from codelist.qof_published
    where comparable
),

member as (
    select
        condition.key as condition,
        condition.name as condition_name,
        published.published_percent,
        published.minimum_age_years,
        published.denominator,
        published.source
    from published
    inner join codelist.condition as condition on condition.key = published.condition
    inner join codelist.membership as membership
        on membership.condition = condition.key and membership.definition = $definition
)

select
    person.practice_code,
    max(person.practice_name) as practice_name,
    member.condition,
    max(member.condition_name) as condition_name,
    max(member.denominator) as denominator,
    max(member.source) as published_source,
    max(member.published_percent) as published_percent,
    count(*) as persons,
    count(held.person_id) as recorded_persons,
    count(*) * max(member.published_percent) / 100 as expected_persons
from cohort.person as person
inner join member on person.age_years >= member.minimum_age_years
left join register.person_condition as held
    on held.person_id = person.person_id and held.condition = member.condition
group by person.practice_code, member.condition
