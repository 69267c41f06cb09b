-- One row per person with MLTC: referred to social prescribing in 12 months.
-- Codes of the care process social_prescribing_referral; not known where the GP feed is not read.
with referral as (
    select
        event.person_id,
        count(*) as referral_count,
        max(event.event_date) as last_date
    from staging.gp_event as event
    inner join codelist.code as code
        on
            code.code = event.code
            and code.code_system = event.code_system
            and code.key = 'social_prescribing_referral'
            and code.is_verified
    where event.event_date <= $index_date and event.event_date > $index_date - interval 12 month
    group by event.person_id
)

select
    mltc.person_id,
    'social_prescribing' as indicator,
    case
        when not feed.has_gp_event then 'not_known'
        when referral.person_id is not null then 'present'
        else 'absent'
    end as state,
    cast(referral.referral_count as double) as value,
    'staging.gp_event' as evidence_source,
    cast(null as varchar) as evidence_code,
    referral.last_date as evidence_date
from register.mltc as mltc
cross join meta.feed as feed
left join referral on referral.person_id = mltc.person_id
where mltc.is_mltc and mltc.definition = $definition
