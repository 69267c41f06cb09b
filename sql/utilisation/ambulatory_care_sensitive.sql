-- One row per index date and person: emergency admissions for ambulatory care sensitive conditions.
-- Admissions of utilisation.acsc_admission by admission date: `acsc` is CCG OIS indicator 2.6 (chronic conditions),
-- `acsc_19` the set of 19 conditions with its acute, chronic and vaccine preventable groups. The two are not to be
-- added up. Null where no hospital feed was supplied.
with index_date as (
    select distinct index_date
    from meta.index_date
),

counted as (
    select
        index_date.index_date,
        acsc.person_id,
        count(*) filter (
            where acsc.code_set = 'ccg_ois_2.6' and acsc.admission_date > index_date.index_date - interval 12 month
        ) as acsc_12m,
        count(*) filter (where acsc.code_set = 'ccg_ois_2.6') as acsc_24m,
        count(*) filter (
            where acsc.code_set = 'nhs_institute_19' and acsc.admission_date > index_date.index_date - interval 12 month
        ) as acsc_19_12m,
        count(*) filter (where acsc.code_set = 'nhs_institute_19') as acsc_19_24m,
        count(*) filter (
            where
            acsc.code_set = 'nhs_institute_19'
            and acsc.acsc_group = 'acute'
            and acsc.admission_date > index_date.index_date - interval 12 month
        ) as acute_12m,
        count(*) filter (
            where
            acsc.code_set = 'nhs_institute_19'
            and acsc.acsc_group = 'chronic'
            and acsc.admission_date > index_date.index_date - interval 12 month
        ) as chronic_12m,
        count(*) filter (
            where
            acsc.code_set = 'nhs_institute_19'
            and acsc.acsc_group = 'vaccine_preventable'
            and acsc.admission_date > index_date.index_date - interval 12 month
        ) as vaccine_12m,
        max(case when acsc.code_set = 'ccg_ois_2.6' then acsc.admission_date end) as last_acsc_admission_date
    from index_date
    inner join utilisation.acsc_admission as acsc
        on
            acsc.admission_date <= index_date.index_date
            and acsc.admission_date > index_date.index_date - interval 24 month
    group by index_date.index_date, acsc.person_id
)

select
    spine.index_date,
    spine.person_id,
    case when feed.has_hospital_episode then coalesce(counted.acsc_12m, 0) end as acsc_admission_count_12m,
    case when feed.has_hospital_episode then coalesce(counted.acsc_24m, 0) end as acsc_admission_count_24m,
    case when feed.has_hospital_episode then coalesce(counted.acsc_19_12m, 0) end as acsc_19_admission_count_12m,
    case when feed.has_hospital_episode then coalesce(counted.acsc_19_24m, 0) end as acsc_19_admission_count_24m,
    case when feed.has_hospital_episode then coalesce(counted.acute_12m, 0) end as acsc_19_acute_admission_count_12m,
    case when feed.has_hospital_episode then coalesce(counted.chronic_12m, 0) end
        as acsc_19_chronic_admission_count_12m,
    case when feed.has_hospital_episode then coalesce(counted.vaccine_12m, 0) end
        as acsc_19_vaccine_preventable_admission_count_12m,
    counted.last_acsc_admission_date
from register.spine as spine
cross join meta.feed as feed
left join counted on counted.person_id = spine.person_id and counted.index_date = spine.index_date
