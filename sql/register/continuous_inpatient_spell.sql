-- One row per continuous inpatient spell (CIPS): a person's time in hospital from coming in to going home,
-- through every transfer and every provider (register.spell_cips says which spells are joined, and why).
-- Admission, method, class and diagnosis of its first spell, so that it is unplanned only if coming in was;
-- discharge of the spell that ends last, no discharge while any of them is open.
-- nights are those of its spells, none counted twice; days between two spells of a transfer are not nights.
with member as (
    select
        spell_cips.cips_id,
        spell_cips.spell_rank,
        spell.*,
        row_number() over (
            partition by spell_cips.cips_id
            order by spell.stay_end_date desc nulls first, spell_cips.spell_rank desc
        ) as reverse_rank
    from register.spell_cips as spell_cips
    inner join register.spell as spell on spell.spell_key = spell_cips.spell_key
)

select
    cips_id,
    person_id,
    max(case when spell_rank = 1 then provider_code end) as provider_code,
    max(case when spell_rank = 1 then admission_method end) as admission_method,
    max(case when spell_rank = 1 then admission_source end) as admission_source,
    max(case when reverse_rank = 1 then discharge_method end) as discharge_method,
    max(case when reverse_rank = 1 then discharge_destination end) as discharge_destination,
    max(case when spell_rank = 1 then point_of_delivery end) as point_of_delivery,
    max(case when spell_rank = 1 then specialty end) as specialty,
    max(case when spell_rank = 1 then primary_diagnosis end) as primary_diagnosis,
    count(*) as spell_count,
    cast(len(list_distinct(list(coalesce(provider_code, '')))) as bigint) as provider_count,
    cast(sum(bed_days) as bigint) as nights,
    cast(sum(cast(cost_gbp as decimal(18, 4))) as double) as cost_gbp,
    bool_or(is_unplanned and spell_rank = 1) as is_unplanned,
    bool_or(is_day_case and spell_rank = 1) as is_day_case,
    bool_or(is_regular_attender) as is_regular_attender,
    bool_or(is_open) as is_open,
    bool_or(is_ended_by_death and reverse_rank = 1) as is_ended_by_death,
    min(admission_date) as admission_date,
    max(case when reverse_rank = 1 then stay_end_date end) as discharge_date
from member
group by cips_id, person_id
