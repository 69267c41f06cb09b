-- One row per person with MLTC and an unplanned stay that ended in the last 12 months, 14 days left out at
-- the end so that each discharge has its full fortnight. Present: at least one discharge without an attended
-- practice contact on the days 0 to 14 after it. Left out: discharges followed by an admission in that time
-- (a regular day or night attendance is none). A transfer to another hospital is no discharge.
-- Not known where consultations are not read.
with discharge as (
    select
        cips.person_id,
        cips.cips_id,
        cips.discharge_date
    from register.continuous_inpatient_spell as cips
    inner join register.mltc as mltc on mltc.person_id = cips.person_id
    where
        cips.is_unplanned
        and mltc.is_mltc
        and mltc.definition = $definition
        and cips.discharge_date > $index_date - interval 12 month
        and cips.discharge_date <= $index_date - interval 14 day
        and not exists (
            select 1
            from register.continuous_inpatient_spell as next_cips
            where
                next_cips.person_id = cips.person_id
                and next_cips.cips_id <> cips.cips_id
                and not next_cips.is_regular_attender
                and next_cips.admission_date >= cips.discharge_date
                and next_cips.admission_date <= cips.discharge_date + interval 14 day
        )
),

followed as (
    select
        discharge.person_id,
        discharge.cips_id,
        discharge.discharge_date,
        max(case when consultation.person_id is not null then 1 else 0 end) as has_contact
    from discharge
    left join staging.gp_consultation as consultation
        on
            consultation.person_id = discharge.person_id
            and consultation.status = 'attended'
            and consultation.consultation_date >= discharge.discharge_date
            and consultation.consultation_date <= discharge.discharge_date + interval 14 day
    group by discharge.person_id, discharge.cips_id, discharge.discharge_date
)

select
    followed.person_id,
    'discharge_without_contact' as indicator,
    case
        when not max(feed.has_gp_consultation) then 'not_known'
        when min(followed.has_contact) = 0 then 'present'
        else 'absent'
    end as state,
    cast(sum(1 - followed.has_contact) as double) as value,
    'register.continuous_inpatient_spell' as evidence_source,
    cast(null as varchar) as evidence_code,
    max(case when followed.has_contact = 0 then followed.discharge_date end) as evidence_date
from followed
cross join meta.feed as feed
group by followed.person_id
