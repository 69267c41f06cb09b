-- One row per organisation that ended and period: who stands in its place.
-- The ICB's own successions, and for organisations that it does not list the national ones (NHS Organisation Data
-- Service). Chains are followed to their end. Where several took over (a split) the successor is null: nothing
-- says which person or practice went where, so nobody is moved by guess.
with recursive given as (
    select
        coalesce(organisation_type, 'practice') as organisation_type,
        code,
        successor_code,
        effective_date
    from staging.organisation_succession
    union all
    select
        national.organisation_type,
        national.code,
        national.successor_code,
        national.effective_date
    from codelist.organisation_succession as national
    where
        national.verified = 'yes'
        and not exists (
            select 1
            from staging.organisation_succession as local_row
            where
                coalesce(local_row.organisation_type, 'practice') = national.organisation_type
                and local_row.code = national.code
        )
),

direct as (
    select
        organisation_type,
        code,
        effective_date,
        case when count(distinct successor_code) = 1 then min(successor_code) end as successor_code,
        case
            when count(distinct successor_code) = 0 then 'closure'
            when count(distinct successor_code) = 1 then 'merger'
            else 'split'
        end as kind
    from given
    where successor_code is null or successor_code <> code
    group by organisation_type, code, effective_date
),

followed as (
    select
        organisation_type,
        code,
        successor_code,
        kind,
        effective_date,
        1 as depth
    from direct
    union all
    select
        followed.organisation_type,
        followed.code,
        direct.successor_code,
        direct.kind,
        greatest(followed.effective_date, direct.effective_date) as effective_date,
        followed.depth + 1 as depth
    from followed
    inner join direct
        on
            direct.organisation_type = followed.organisation_type
            and direct.code = followed.successor_code
            and coalesce(direct.successor_code, '') <> followed.code
    where followed.depth < 10
),

furthest as (
    select
        organisation_type,
        code,
        successor_code,
        kind,
        effective_date,
        row_number() over (
            partition by organisation_type, code, effective_date
            order by depth desc, successor_code
        ) as preference
    from followed
)

select
    organisation_type,
    code,
    successor_code,
    kind,
    effective_date as effective_from,
    cast(
        lead(effective_date) over (partition by organisation_type, code order by effective_date) - interval 1 day
        as date
    ) as effective_to
from furthest
where preference = 1
