-- One row per person, definition and condition that counts in only one of the last run and this one.
-- Only definitions that both runs have: one that is new has nothing to be held against. is_shown_then says what the
-- records and lists of today make of the day of the last run: whatever they already show then is no news of the
-- person's health, but of the records or the lists.
with held as (
    select
        coalesce(status.person_id, earlier.person_id) as person_id,
        coalesce(status.condition, earlier.condition) as condition,
        earlier.person_id is not null as was_held,
        status.person_id is not null as is_held,
        coalesce(status.source, earlier.source) as source,
        coalesce(earlier.is_held_over, false) as was_held_over,
        coalesce(status.is_held_over, false) as is_held_over,
        coalesce(status.last_date, earlier.last_date) as last_date,
        coalesce(status.first_known_date, earlier.first_known_date) as first_known_date
    from register.person_condition as status
    full outer join meta.last_person_condition as earlier
        on earlier.person_id = status.person_id and earlier.condition = status.condition
),

member as (
    select
        coalesce(membership.definition, earlier.definition) as definition,
        coalesce(membership.condition, earlier.condition) as condition,
        earlier.definition is not null as was_member,
        membership.definition is not null as is_member
    from codelist.membership as membership
    full outer join meta.last_membership as earlier
        on earlier.definition = membership.definition and earlier.condition = membership.condition
),

compared as (
    select
        member.definition,
        member.condition,
        member.was_member,
        member.is_member,
        definition.version <> earlier.version as is_version_changed
    from member
    inner join codelist.definition as definition on definition.definition = member.definition
    inner join meta.last_definition as earlier on earlier.definition = member.definition
)

select
    held.person_id,
    compared.definition,
    held.condition,
    held.source,
    held.is_held and compared.is_member as is_gained,
    compared.was_member <> compared.is_member as is_member_changed,
    compared.is_version_changed,
    held.was_held_over,
    held.is_held_over,
    shown.person_id is not null as is_shown_then,
    held.last_date,
    held.first_known_date
from held
inner join compared on compared.condition = held.condition
cross join meta.last_run as last_run
left join register.condition_status as shown
    on
        shown.person_id = held.person_id
        and shown.condition = held.condition
        and shown.index_date = last_run.as_of
where (held.was_held and compared.was_member) <> (held.is_held and compared.is_member)
