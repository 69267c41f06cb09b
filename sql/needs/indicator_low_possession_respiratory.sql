-- One row per person with MLTC and lasting respiratory medicines: supplied for less than 80% of the days.
-- Medicines, and how the ratio is made: needs.medicine_possession. Value: the possession ratio, 0 to 1. Source of the
-- ratio and of 0.8: Andrade SE et al. Pharmacoepidemiol Drug Saf 2006;15:565-74; Karve S et al. Curr Med Res Opin
-- 2009;25:2303-10. Issues are prescribed and not dispensed, and not taken. 0.8 or more is enough to know; less says
-- something only where the window is known and every issue tells its days. People whose issues are not BNF coded, or
-- not known, and show none of these medicines, are not known.
with possession as (
    select
        person_id,
        untold_issue_count_12m,
        possession_ratio,
        last_issue_date
    from needs.medicine_possession
    where medicine_group = 'respiratory'
),

uncoded as (
    select person_id
    from scores.person_score
    where index_date = $index_date and product_count_3m > 0
)

select
    person.person_id,
    'low_possession_respiratory' as indicator,
    case
        when possession.possession_ratio >= 0.8 then 'absent'
        when possession.untold_issue_count_12m = 0 and person.is_gp_prescription_known_12m then 'present'
        else 'not_known'
    end as state,
    case
        when
            possession.possession_ratio >= 0.8
            or (possession.untold_issue_count_12m = 0 and person.is_gp_prescription_known_12m)
            then possession.possession_ratio
    end as value,
    'staging.gp_prescription' as evidence_source,
    cast(null as varchar) as evidence_code,
    possession.last_issue_date as evidence_date
from needs.person as person
left join possession on possession.person_id = person.person_id
left join uncoded on uncoded.person_id = person.person_id
where possession.person_id is not null or uncoded.person_id is not null or not person.is_gp_prescription_known_12m
