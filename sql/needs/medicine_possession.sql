-- One row per person with MLTC and group of lasting medicines: days supplied of the days that the medicine was held.
-- Groups: codelist.medicine_group, by BNF prefix (codelist.medicine_code), without what is taken when needed or at
-- doses that vary (codelist.possession_exclusion). A substance counts where it was issued on two or more days of the
-- last 12 months, first at least 90 days before the index date, and last within 6 months (one that was stopped longer
-- ago is not held against anybody). Days held: from the first issue of the window to the index date. Days supplied:
-- the course lengths issued, no more than the days held. possession_ratio: supplied of held over the substances of
-- the group. An issue that does not tell its days supplies none, so that the ratio is then a lower bound. BNF coded
-- issues only: other codes name no substance.
with listed as (
    select distinct
        part.medicine_group,
        code.code
    from codelist.medicine_group_part as part
    inner join codelist.medicine_group as medicine_group on medicine_group.key = part.medicine_group
    inner join codelist.medicine_code as code on code.kind = 'drug' and code.evidence = part.evidence
    where part.part = 'drug' and medicine_group.verified and code.code_system = 'bnf'
),

substance as (
    select distinct medicine
    from scores.person_medicine
    where is_bnf_coded and index_date = $index_date
),

excluded as (
    select distinct substance.medicine
    from substance
    inner join codelist.possession_exclusion as exclusion
        on substr(substance.medicine, 1, length(exclusion.code)) = exclusion.code
),

grouped as (
    select distinct
        substance.medicine,
        listed.medicine_group
    from substance
    inner join listed on substr(substance.medicine, 1, length(listed.code)) = listed.code
    left join excluded on excluded.medicine = substance.medicine
    where excluded.medicine is null
),

supply as (
    select
        prescription.person_id,
        grouped.medicine_group,
        grouped.medicine,
        count(*) as issue_count,
        count(distinct prescription.issue_date) as issue_day_count,
        count(*) filter (where coalesce(prescription.days, 0) = 0) as untold_count,
        coalesce(sum(prescription.days), 0) as supplied_days,
        min(prescription.issue_date) as first_issue_date,
        max(prescription.issue_date) as last_issue_date
    from staging.gp_prescription as prescription
    inner join grouped on grouped.medicine = substr(prescription.code, 1, 9)
    inner join needs.person as person on person.person_id = prescription.person_id
    where
        prescription.code_system = 'bnf'
        and prescription.issue_date <= $index_date
        and prescription.issue_date > $index_date - interval 12 month
    group by prescription.person_id, grouped.medicine_group, grouped.medicine
),

held as (
    select
        person_id,
        medicine_group,
        issue_count,
        untold_count,
        supplied_days,
        date_diff('day', first_issue_date, $index_date) as held_days,
        last_issue_date
    from supply
    where
        issue_day_count >= 2
        and first_issue_date <= $index_date - interval 90 day
        and last_issue_date > $index_date - interval 6 month
)

select
    person_id,
    medicine_group,
    count(*) as medicine_count,
    cast(sum(issue_count) as bigint) as issue_count_12m,
    cast(sum(untold_count) as bigint) as untold_issue_count_12m,
    cast(sum(least(supplied_days, held_days)) as bigint) as supplied_days,
    cast(sum(held_days) as bigint) as held_days,
    cast(sum(least(supplied_days, held_days)) as double) / sum(held_days) as possession_ratio,
    max(last_issue_date) as last_issue_date
from held
group by person_id, medicine_group
