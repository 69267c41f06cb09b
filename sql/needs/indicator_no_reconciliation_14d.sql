-- One row per person with MLTC whose medicines changed after an unplanned stay: no reconciliation coded on the days 0
-- to 14 after one of those discharges. Discharges with a medicine that is new after them, and what counts as
-- reconciliation: needs.discharge_medicine. Value: how many such discharges. Source: NICE NG5 and QS120, statement 5
-- (a reconciled list within a week of the practice receiving the discharge information); the 14 days are ours, since
-- the day of receipt is not in the feeds. Not known where the process is not (needs.care_process), or entries or
-- issues of 12 months are not known.
with process as (
    select count(*) = 1 as is_known
    from needs.care_process
    where is_known and key = 'medicines_reconciliation'
),

discharge as (
    select
        person_id,
        count(*) filter (where started_medicine_count > 0) as changed_count,
        count(*) filter (
            where
            started_medicine_count > 0
            and coalesce(first_reconciliation_date > discharge_date + interval 14 day, true)
        ) as missed_count,
        max(
            case
                when
                    started_medicine_count > 0
                    and coalesce(first_reconciliation_date > discharge_date + interval 14 day, true)
                    then discharge_date
            end
        ) as last_missed_date
    from needs.discharge_medicine
    group by person_id
)

select
    person.person_id,
    'no_reconciliation_14d' as indicator,
    case
        when not person.is_gp_prescription_known_12m then 'not_known'
        when discharge.missed_count = 0 then 'absent'
        when process.is_known and person.is_gp_event_known_12m then 'present'
        else 'not_known'
    end as state,
    cast(
        case
            when person.is_gp_prescription_known_12m and discharge.missed_count = 0 then 0
            when person.is_gp_prescription_known_12m and process.is_known and person.is_gp_event_known_12m
                then discharge.missed_count
        end as double
    ) as value,
    'register.continuous_inpatient_spell' as evidence_source,
    cast(null as varchar) as evidence_code,
    discharge.last_missed_date as evidence_date
from discharge
inner join needs.person as person on person.person_id = discharge.person_id
cross join process
where discharge.changed_count > 0 or not person.is_gp_prescription_known_12m
