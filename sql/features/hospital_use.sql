-- One row per index date and person with a hospital stay in the 24 months up to the date: use of hospital beds.
-- An admission is a continuous inpatient spell, which is unplanned if coming in was: a transfer is not a new one. It
-- counts by the day of admission. Regular day and night attendances (dialysis, chemotherapy) are counted apart.
-- Nights are those up to the index date, none counted twice, of admissions within the window. What a diagnosis must
-- tell (care sensitive to ambulatory care, readmission) counts once the stay is over: it is coded at discharge.
-- Time since a stay: the last end of a stay of a night or more.
with index_date as (
    select distinct
        index_date,
        cast(index_date - interval 3 month as date) as before_3m,
        cast(index_date - interval 12 month as date) as before_12m,
        cast(index_date - interval 24 month as date) as before_24m
    from meta.index_date
    where role <> 'last_run'
),

stay as (
    select
        index_date.index_date,
        spell.person_id,
        spell.spell_key,
        spell_cips.spell_rank = 1 as is_admission,
        cips.is_unplanned,
        cips.is_regular_attender,
        cips.admission_date,
        cips.admission_date > index_date.before_3m as is_3m,
        cips.admission_date > index_date.before_12m as is_12m,
        coalesce(spell.stay_end_date <= index_date.index_date, false) as is_over,
        case when spell.stay_end_date > spell.admission_date then spell.stay_end_date end as stay_end_date,
        greatest(
            least(coalesce(spell.stay_end_date, $index_date), index_date.index_date)
            - (
                cast(least(coalesce(spell.stay_end_date, $index_date), $index_date) as date)
                - cast(spell.bed_days as integer)
            ),
            0
        ) as nights
    from index_date
    inner join register.spell as spell
        on
            spell.admission_date <= index_date.index_date
            and spell.admission_date > index_date.before_24m
    inner join register.spell_cips as spell_cips on spell_cips.spell_key = spell.spell_key
    inner join register.continuous_inpatient_spell as cips on cips.cips_id = spell_cips.cips_id
),

sensitive as (
    select distinct spell_key
    from utilisation.acsc_admission
    where code_set = 'ccg_ois_2.6'
),

readmitted as (
    select distinct readmission_cips_id
    from utilisation.readmission
    where readmission_cips_id is not null
)

select
    stay.index_date,
    stay.person_id,
    count(*) filter (where stay.is_admission and stay.is_unplanned and stay.is_12m) as unplanned_admission_count_12m,
    count(*) filter (
        where
        stay.is_admission
        and stay.is_unplanned
        and not stay.is_12m
        and stay.admission_date > stay.index_date - interval 24 month
    ) as unplanned_admission_count_13_24m,
    count(*) filter (where stay.is_admission and stay.is_unplanned and stay.is_3m) as unplanned_admission_count_3m,
    count(*) filter (
        where stay.is_admission and not stay.is_unplanned and not stay.is_regular_attender and stay.is_12m
    ) as planned_admission_count_12m,
    count(*) filter (where stay.is_admission and stay.is_regular_attender and stay.is_12m)
        as regular_attendance_count_12m,
    cast(sum(case when stay.is_unplanned and stay.is_12m then stay.nights else 0 end) as bigint)
        as unplanned_bed_days_12m,
    cast(
        sum(
            case
                when not stay.is_unplanned and not stay.is_regular_attender and stay.is_12m then stay.nights
                else 0
            end
        ) as bigint
    ) as planned_bed_days_12m,
    max(case when stay.is_unplanned and stay.is_12m then stay.nights else 0 end) as longest_unplanned_stay_days_12m,
    count(*) filter (
        where stay.is_admission and stay.is_unplanned and stay.is_12m and stay.is_over and stay.nights <= 1
    ) as short_unplanned_stay_count_12m,
    count(readmitted.readmission_cips_id) filter (where stay.is_12m and stay.is_over)
        as emergency_readmission_count_12m,
    count(sensitive.spell_key) filter (where stay.is_12m and stay.is_over) as acsc_admission_count_12m,
    max(case when not stay.is_over and not stay.is_regular_attender then 1 else 0 end) as is_in_hospital,
    max(case when stay.is_admission and stay.is_unplanned then stay.admission_date end)
        as last_unplanned_admission_date,
    max(case when stay.is_over and not stay.is_regular_attender then stay.stay_end_date end) as last_discharge_date
from stay
left join sensitive on sensitive.spell_key = stay.spell_key
left join readmitted on readmitted.readmission_cips_id = stay.spell_key
group by stay.index_date, stay.person_id
