-- One row per index date, person and medicine issued in the 12 months up to the index date.
-- A medicine is a BNF chemical substance: the first nine characters of a BNF code, so that its strengths, forms and
-- brands count once (NHSBSA, BNF code structure). A dm+d or SNOMED CT code names a product and no substance: there the
-- whole code is the medicine, its name is kept, and scores say what they make of it. Windows end on the index date,
-- that day included.
-- Issues are gathered to persons and medicines before they meet the spine: there are tens of millions of them.
with index_date as (
    select distinct index_date
    from meta.index_date
),

issue as (
    select
        index_date.index_date,
        prescription.person_id,
        prescription.code_system = 'bnf' as is_bnf_coded,
        case
            when prescription.code_system = 'bnf' then substr(prescription.code, 1, 9)
            else prescription.code
        end as medicine,
        case when prescription.code_system <> 'bnf' then prescription.name end as name,
        prescription.issue_date,
        prescription.issue_date > index_date.index_date - interval 3 month as is_recent,
        prescription.is_repeat
    from staging.gp_prescription as prescription
    inner join index_date
        on
            prescription.issue_date <= index_date.index_date
            and prescription.issue_date > index_date.index_date - interval 12 month
),

medicine as (
    select
        index_date,
        person_id,
        is_bnf_coded,
        medicine,
        lower(min(name)) as name,
        count(*) as issue_count_12m,
        sum(case when is_recent then 1 else 0 end) as issue_count_3m,
        max(case when is_recent and is_repeat then 1 when is_recent and not is_repeat then 0 end) as is_repeat_3m,
        max(issue_date) as last_issue_date
    from issue
    group by index_date, person_id, is_bnf_coded, medicine
)

select
    medicine.index_date,
    medicine.person_id,
    medicine.medicine,
    medicine.name,
    medicine.issue_count_12m,
    cast(medicine.issue_count_3m as bigint) as issue_count_3m,
    medicine.is_bnf_coded,
    medicine.is_repeat_3m = 1 as is_repeat_3m,
    medicine.last_issue_date
from medicine
inner join register.spine as spine
    on spine.person_id = medicine.person_id and spine.index_date = medicine.index_date
