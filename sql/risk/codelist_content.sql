-- One row per condition: a fingerprint of its rule and of the codes that the rule looks at.
-- The next run tells from it which conditions are found by another code list or rule than in this one (risk.change).
with listed as (
    select
        rule.condition,
        evidence_code.code_system || ' ' || evidence_code.code || case when evidence_code.is_prefix then '*' else '' end
            as code
    from codelist.rule as rule
    inner join codelist.clause_evidence as evidence on evidence.clause = rule.clause
    inner join codelist.evidence_code as evidence_code
        on evidence_code.kind = evidence.kind and evidence_code.evidence = evidence.evidence
    group by rule.condition, evidence_code.code_system, evidence_code.code, evidence_code.is_prefix
)

select
    condition.key as condition,
    md5(condition.rule_words || ': ' || coalesce(string_agg(listed.code, ', ' order by listed.code), '')) as fingerprint
from codelist.condition as condition
left join listed on listed.condition = condition.key
group by condition.key, condition.rule_words
