-- One row per episode and diagnosis position; position 1 is the primary diagnosis.
-- Codes as cleaned in staging.hospital_episode; empty positions are gone and do not count.
with episode as (
    select
        row_id,
        person_id,
        spell_id,
        admission_date,
        discharge_date,
        episode_end,
        diagnoses
    from staging.hospital_episode
),

exploded as (
    select
        episode.row_id,
        episode.person_id,
        episode.spell_id,
        episode.admission_date,
        coalesce(episode.discharge_date, episode.episode_end) as known_date,
        unnest(episode.diagnoses) as code,
        generate_subscripts(episode.diagnoses, 1) as diagnosis_position
    from episode
)

select * from exploded
where length(code) >= 3
