-- One row per index date and person whose practice's feed of GP entries or of prescriptions has failed by that date.
-- Rules with a window count it back from the first day of the month in which the feed failed: what would have been
-- entered since is not known, and a feed that stops is not a person who got better (meta.practice_abstention).
select
    observation.index_date,
    observation.person_id,
    min(case when failed.table_name = 'gp_event' then failed.from_month end) as gp_event_until,
    min(case when failed.table_name = 'gp_prescription' then failed.from_month end) as gp_prescription_until
from register.observation as observation
inner join meta.practice_abstention as failed
    on
        failed.practice_code = coalesce(observation.succeeded_from, observation.practice_code)
        and failed.table_name in ('gp_event', 'gp_prescription')
        and failed.from_month <= observation.index_date
group by observation.index_date, observation.person_id
