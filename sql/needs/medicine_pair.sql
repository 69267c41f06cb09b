-- One row per person with MLTC and rule of prescribing safety whose medicines, condition and age the person has.
-- Rules: codelist.medicine_rule (codelists/medicine_pairs.toml, each with its source), the verified ones. A person
-- has at least one medicine of every group of the rule, each issued within the months of the rule; any of its
-- conditions on the register where it names some; and its age. is_unsafe: nothing that would protect was issued in
-- the same months (part without), or none of the tests was coded in the months of the test (part test); always true
-- where the rule asks for neither. Null where nothing was found and issues or entries are not known, or issues are
-- not BNF coded and may hold what protects. Products match where a list holds their code; lists of BNF codes find BNF
-- coded issues only.
with rule as (
    select
        rule.key as rule,
        rule.months,
        rule.minimum_age_years,
        rule.test_months,
        count(distinct part.number) filter (where part.part = 'group') as group_count,
        count(*) filter (where part.part = 'without') > 0 as has_protection,
        count(*) filter (where part.part = 'condition') > 0 as has_condition
    from codelist.medicine_rule as rule
    inner join codelist.medicine_rule_part as part on part.rule = rule.key
    where rule.verified
    group by rule.key, rule.months, rule.minimum_age_years, rule.test_months
),

medicine as (
    select distinct
        medicine,
        is_bnf_coded
    from scores.person_medicine
    where index_date = $index_date
),

listed as (
    select distinct
        medicine.medicine,
        medicine.is_bnf_coded,
        code.evidence
    from medicine
    inner join codelist.medicine_code as code
        on
            code.kind = 'drug'
            and (code.code_system = 'bnf') = medicine.is_bnf_coded
            and (
                code.code = medicine.medicine
                or (code.is_prefix and substr(medicine.medicine, 1, length(code.code)) = code.code)
            )
),

held as (
    select
        taken.person_id,
        listed.evidence,
        max(taken.last_issue_date) as last_issue_date
    from scores.person_medicine as taken
    inner join listed on listed.medicine = taken.medicine and listed.is_bnf_coded = taken.is_bnf_coded
    inner join needs.person as person on person.person_id = taken.person_id
    where taken.index_date = $index_date
    group by taken.person_id, listed.evidence
),

grouped as (
    select
        held.person_id,
        rule.rule,
        max(held.last_issue_date) as last_issue_date
    from held
    inner join codelist.medicine_rule_part as part on part.part = 'group' and part.evidence = held.evidence
    inner join rule on rule.rule = part.rule
    where held.last_issue_date > $index_date - to_months(rule.months)
    group by held.person_id, rule.rule, rule.group_count
    having count(distinct part.number) = rule.group_count
),

conditioned as (
    select distinct
        condition.person_id,
        part.rule
    from register.person_condition as condition
    inner join codelist.medicine_rule_part as part
        on part.part = 'condition' and part.evidence = condition.condition
),

protected as (
    select distinct
        held.person_id,
        rule.rule
    from held
    inner join codelist.medicine_rule_part as part on part.part = 'without' and part.evidence = held.evidence
    inner join rule on rule.rule = part.rule
    where held.last_issue_date > $index_date - to_months(rule.months)
),

applying as (
    select
        grouped.person_id,
        rule.rule,
        rule.test_months,
        rule.has_protection,
        person.is_gp_event_known_24m,
        person.is_gp_prescription_known_12m,
        grouped.last_issue_date
    from grouped
    inner join rule on rule.rule = grouped.rule
    inner join needs.person as person on person.person_id = grouped.person_id
    left join conditioned on conditioned.person_id = grouped.person_id and conditioned.rule = grouped.rule
    where
        (not rule.has_condition or conditioned.person_id is not null)
        and person.age_years >= coalesce(rule.minimum_age_years, 0)
),

test_code as (
    select distinct
        part.rule,
        code.code,
        code.code_system
    from codelist.medicine_rule_part as part
    inner join rule on rule.rule = part.rule
    inner join codelist.medicine_code as code on code.kind = 'measure' and code.evidence = part.evidence
    where part.part = 'test'
),

tested as (
    select
        applying.person_id,
        applying.rule,
        max(event.event_date) as last_test_date
    from staging.gp_event as event
    inner join test_code on test_code.code = event.code and test_code.code_system = event.code_system
    inner join applying
        on
            applying.person_id = event.person_id
            and applying.rule = test_code.rule
            and event.event_date > $index_date - to_months(applying.test_months)
    where event.event_date <= $index_date
    group by applying.person_id, applying.rule
)

select
    applying.person_id,
    applying.rule,
    applying.test_months is not null as is_test_asked,
    case
        when protected.person_id is not null or tested.person_id is not null then false
        when applying.has_protection and not applying.is_gp_prescription_known_12m then null
        when applying.has_protection and coalesce(score.product_count_3m, 0) > 0 then null
        when applying.test_months is not null and not applying.is_gp_event_known_24m then null
        else true
    end as is_unsafe,
    applying.last_issue_date,
    tested.last_test_date
from applying
left join protected on protected.person_id = applying.person_id and protected.rule = applying.rule
left join tested on tested.person_id = applying.person_id and tested.rule = applying.rule
left join scores.person_score as score
    on score.person_id = applying.person_id and score.index_date = $index_date
