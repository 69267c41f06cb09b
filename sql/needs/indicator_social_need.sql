-- One row per person with MLTC: a problem of housing or money, or loneliness, coded in 12 months.
-- Value: how many of the three kinds. Present with one; absent only where all three (needs.care_process) and the
-- practice's entries of 12 months are known: that none is coded is not that there is none. Source: NHS England,
-- Universal Personalised Care (social prescribing: practical, social and emotional needs).
with process as (
    select count(*) = 3 as is_known
    from needs.care_process
    where is_known and key in ('housing_problem', 'financial_problem', 'loneliness')
),

coded as (
    select
        person_id,
        count(*) as kind_count,
        max(last_date) as last_date,
        arg_max(last_code, struct_pack(last_date := last_date, last_code := last_code)) as last_code
    from needs.process_record
    where care_process in ('housing_problem', 'financial_problem', 'loneliness') and count_12m > 0
    group by person_id
)

select
    person.person_id,
    'social_need' as indicator,
    case
        when coded.kind_count > 0 then 'present'
        when process.is_known and person.is_gp_event_known_12m then 'absent'
        else 'not_known'
    end as state,
    cast(
        case
            when coded.kind_count > 0 then coded.kind_count
            when process.is_known and person.is_gp_event_known_12m then 0
        end as double
    ) as value,
    'staging.gp_event' as evidence_source,
    coded.last_code as evidence_code,
    coded.last_date as evidence_date
from needs.person as person
cross join process
left join coded on coded.person_id = person.person_id
