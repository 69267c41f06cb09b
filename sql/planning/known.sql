-- One row per person of the register: whether that nothing is in the GP record says anything.
-- It does where the feed was supplied (meta.feed) and that of the person's practice has not failed up to the index date
-- (meta.practice_abstention). What is found counts in any case.
with failed as (
    select
        practice_code,
        count(*) filter (where table_name = 'gp_event') > 0 as has_gp_event_failed,
        count(*) filter (where table_name = 'gp_prescription') > 0 as has_gp_prescription_failed
    from meta.practice_abstention
    where from_month <= $index_date
    group by practice_code
)

select
    person.person_id,
    feed.has_gp_event and not coalesce(failed.has_gp_event_failed, false) as is_gp_event_known,
    feed.has_gp_prescription and not coalesce(failed.has_gp_prescription_failed, false) as is_gp_prescription_known
from register.person as person
cross join meta.feed as feed
left join failed on failed.practice_code = coalesce(person.succeeded_from, person.practice_code)
