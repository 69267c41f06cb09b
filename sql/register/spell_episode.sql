-- One row per episode of a hospital provider spell, in its latest version, with the spell to which it belongs.
-- A spell number is unique only within a provider, and providers use numbers again: episodes of one person,
-- provider and number are one spell while each is admitted by the last known day of those before it; a later
-- admission is a new spell. An episode without any end may go on, so what follows it under its number is the
-- same spell. Without a number, the admission date stands in. Of an episode that was sent again (same order and
-- start), the finished version counts, then the latest row. Dates outside admission .. index date + 366 days
-- are placeholders (9999-01-01, 1801-01-01) and count as not given.
with dated as (
    select
        episode.row_id,
        episode.person_id,
        episode.episode_order,
        episode.admission_date,
        coalesce(episode.provider_code, '') as provider_key,
        coalesce(episode.spell_id, cast(episode.admission_date as varchar)) as spell_number,
        case
            when episode.discharge_date between episode.admission_date and $index_date + interval 366 day
                then episode.discharge_date
        end as discharge_date,
        case
            when episode.episode_start between episode.admission_date and $index_date + interval 366 day
                then episode.episode_start
        end as episode_start,
        case
            when episode.episode_end between episode.admission_date and $index_date + interval 366 day
                then episode.episode_end
        end as episode_end
    from staging.hospital_episode as episode
),

followed as (
    select
        dated.*,
        max(coalesce(discharge_date, episode_end, date '9999-12-31')) over (
            partition by person_id, provider_key, spell_number
            order by admission_date, row_id
            rows between unbounded preceding and 1 preceding
        ) as earlier_end_date
    from dated
),

numbered as (
    select
        followed.*,
        sum(case when admission_date > earlier_end_date then 1 else 0 end) over (
            partition by person_id, provider_key, spell_number
            order by admission_date, row_id
            rows between unbounded preceding and current row
        ) as use_of_number
    from followed
),

versioned as (
    select
        numbered.*,
        row_number() over (
            partition by person_id, provider_key, spell_number, use_of_number, episode_order, episode_start
            order by
                case when episode_end is null then 1 else 0 end,
                case when discharge_date is null then 1 else 0 end,
                row_id desc
        ) as version
    from numbered
)

select
    row_id,
    first_value(row_id) over (
        partition by person_id, provider_key, spell_number, use_of_number
        order by episode_order nulls last, episode_start nulls last, row_id
        rows between unbounded preceding and unbounded following
    ) as spell_key,
    person_id,
    row_number() over (
        partition by person_id, provider_key, spell_number, use_of_number
        order by episode_order nulls last, episode_start nulls last, row_id
    ) as episode_rank,
    row_number() over (
        partition by person_id, provider_key, spell_number, use_of_number
        order by
            case when discharge_date is null then 1 else 0 end,
            episode_order desc nulls last,
            episode_start desc nulls last,
            row_id desc
    ) as reverse_rank,
    admission_date,
    discharge_date,
    greatest(admission_date, episode_start, episode_end) as last_seen_date
from versioned
where version = 1
