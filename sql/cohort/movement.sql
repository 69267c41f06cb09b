-- One row per sex and single year of age: people today and with MLTC, and what became of last year's.
-- A year ago is the index date of validation where that is 12 months back; else nothing is known and there is no row.
-- Deaths and leavers of the people then, by their age then; joiners are on the register today and were not then, by
-- their age today (births among them). Each cohort of today beside them.
with a_year_ago as (
    select
        spine.person_id,
        spine.age_years
    from register.spine as spine
    inner join meta.index_date as described
        on described.index_date = spine.index_date and described.role = 'validation'
    where described.index_date = $index_date - interval 12 month
),

gone as (
    select
        a_year_ago.age_years,
        coalesce(staged.sex, 'not known') as sex,
        count(*) as persons_a_year_ago,
        count(*) filter (where today.person_id is null and death.death_date <= $index_date) as deaths,
        count(*) filter (
            where today.person_id is null and coalesce(death.death_date > $index_date, true)
        ) as leavers
    from a_year_ago
    inner join staging.person as staged on staged.person_id = a_year_ago.person_id
    left join register.death as death on death.person_id = a_year_ago.person_id
    left join cohort.person as today on today.person_id = a_year_ago.person_id
    group by a_year_ago.age_years, coalesce(staged.sex, 'not known')
),

present as (
    select
        today.age_years,
        coalesce(today.sex, 'not known') as sex,
        count(*) as persons,
        count(*) filter (where today.is_mltc) as mltc,
        count(*) filter (where today.is_complex_mltc) as complex_mltc,
        count(*) filter (where today.is_physical_mental) as physical_mental,
        count(*) filter (where a_year_ago.person_id is null) as joiners
    from cohort.person as today
    left join a_year_ago on a_year_ago.person_id = today.person_id
    group by today.age_years, coalesce(today.sex, 'not known')
)

select
    coalesce(present.sex, gone.sex) as sex,
    coalesce(present.age_years, gone.age_years) as age_years,
    coalesce(present.persons, 0) as persons,
    coalesce(present.mltc, 0) as mltc,
    coalesce(present.complex_mltc, 0) as complex_mltc,
    coalesce(present.physical_mental, 0) as physical_mental,
    coalesce(gone.persons_a_year_ago, 0) as persons_a_year_ago,
    coalesce(gone.deaths, 0) as deaths,
    coalesce(gone.leavers, 0) as leavers,
    coalesce(present.joiners, 0) as joiners
from present
full outer join gone on gone.sex = present.sex and gone.age_years = present.age_years
where exists (select 1 from a_year_ago)
