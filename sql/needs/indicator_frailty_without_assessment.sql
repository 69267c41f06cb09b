-- One row per frail person with MLTC: neither a comprehensive geriatric assessment nor an MDT discussion in 12 months.
-- Frail: electronic Frailty Index moderate or severe at 65 or over (Clegg 2016), or Hospital Frailty Risk Score high
-- at 75 or over (Gilbert 2018). Value: days since the last of either. Not known where either process
-- (needs.care_process) is not, or where the practice's entries of 12 months are not known. Source: NICE NG56 and NG27;
-- British Geriatrics Society, Fit for Frailty; 12 months are ours.
with process as (
    select count(*) = 2 as is_known
    from needs.care_process
    where is_known and key in ('comprehensive_geriatric_assessment', 'mdt_discussion')
),

frail as (
    select person_id
    from scores.person_score
    where
        index_date = $index_date
        and (
            (efi_is_65_or_over and efi_band in ('moderate', 'severe'))
            or (hfrs_is_75_or_over and hfrs_band = 'high')
        )
),

coded as (
    select
        person_id,
        max(last_date) as last_date,
        arg_max(last_code, struct_pack(last_date := last_date, last_code := last_code)) as last_code
    from needs.process_record
    where care_process in ('comprehensive_geriatric_assessment', 'mdt_discussion')
    group by person_id
)

select
    person.person_id,
    'frailty_without_assessment' as indicator,
    case
        when coded.last_date > $index_date - interval 12 month then 'absent'
        when process.is_known and person.is_gp_event_known_12m then 'present'
        else 'not_known'
    end as state,
    cast(date_diff('day', coded.last_date, $index_date) as double) as value,
    'staging.gp_event' as evidence_source,
    coded.last_code as evidence_code,
    coded.last_date as evidence_date
from needs.person as person
inner join frail on frail.person_id = person.person_id
cross join process
left join coded on coded.person_id = person.person_id
