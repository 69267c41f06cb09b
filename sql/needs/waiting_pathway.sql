-- One row per person with MLTC and pathway that was open on the waiting list when it was last told.
-- Pathways of the latest snapshot of each provider up to the index date, and no older than 92 days (the freshness that
-- the contract asks of a feed): a provider that stopped sending says nothing of today.
-- Source: NHS England, Waiting List Minimum Data Set (open pathways of referral to treatment).
with snapshot as (
    select
        person_id,
        pathway_id,
        coalesce(provider_code, '') as provider_code,
        specialty,
        priority,
        clock_start,
        snapshot_date,
        max(snapshot_date) over (partition by coalesce(provider_code, '')) as latest_date
    from staging.waiting_list
    where snapshot_date <= $index_date and snapshot_date >= $index_date - interval 92 day
)

select
    snapshot.person_id,
    snapshot.pathway_id,
    snapshot.provider_code,
    max(snapshot.specialty) as specialty,
    max(snapshot.priority) as priority,
    min(snapshot.clock_start) as clock_start_date,
    max(snapshot.snapshot_date) as snapshot_date
from snapshot
inner join needs.person as person on person.person_id = snapshot.person_id
where snapshot.snapshot_date = snapshot.latest_date
group by snapshot.person_id, snapshot.pathway_id, snapshot.provider_code
