-- One row per person with MLTC: a medicine without the blood test that it asks for.
-- Rules with a test of codelists/medicine_pairs.toml (needs.medicine_pair), such as methotrexate without a blood
-- count. Value: how many of them. Source: PINCER and the other sources that each rule names. The code is the key of
-- the first rule met. A rule that is met is enough to know. None says something only where prescriptions of 12 months
-- are known, every issue of 3 months is BNF coded, no rule is left open, and the practice's entries of 12 months,
-- which tell of conditions, are known.
with met as (
    select
        person_id,
        count(*) filter (where is_unsafe) as unsafe_count,
        count(*) filter (where is_unsafe is null) as untold_count,
        min(case when is_unsafe then rule end) as rule,
        max(case when is_unsafe then last_issue_date end) as last_issue_date
    from needs.medicine_pair
    where is_test_asked
    group by person_id
),

known as (
    select
        person.person_id,
        coalesce(met.unsafe_count, 0) as unsafe_count,
        coalesce(met.untold_count, 0) = 0
        and person.is_gp_prescription_known_12m
        and person.is_gp_event_known_12m
        and coalesce(score.product_count_3m = 0, false) as is_known,
        met.rule,
        met.last_issue_date
    from needs.person as person
    left join met on met.person_id = person.person_id
    left join scores.person_score as score
        on score.person_id = person.person_id and score.index_date = $index_date
)

select
    person_id,
    'medicine_without_monitoring' as indicator,
    case
        when unsafe_count > 0 then 'present'
        when is_known then 'absent'
        else 'not_known'
    end as state,
    cast(case when unsafe_count > 0 or is_known then unsafe_count end as double) as value,
    'needs.medicine_pair' as evidence_source,
    rule as evidence_code,
    last_issue_date as evidence_date
from known
