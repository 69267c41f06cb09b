-- One row per hospital provider spell.
-- Dates, method and class from the admission episode (lowest episode order); unplanned by ADMIMETH 21-25, 28
-- and 2A-2D (NHS Data Dictionary). bed_days counts nights; a stay still open on the index date runs to it.
with ranked as (
    select
        episode.*,
        row_number() over (
            partition by episode.person_id, episode.spell_id
            order by episode.episode_order nulls last, episode.episode_start nulls last, episode.row_id
        ) as episode_rank
    from staging.hospital_episode as episode
),

spell_end as (
    select
        person_id,
        spell_id,
        count(*) as episode_count,
        max(discharge_date) as discharge_date,
        sum(cost_gbp) as cost_gbp
    from staging.hospital_episode
    group by person_id, spell_id
)

select
    ranked.person_id,
    ranked.spell_id,
    ranked.admission_method,
    ranked.patient_class,
    ranked.specialty,
    ranked.provider_code,
    ranked.diagnoses[1] as primary_diagnosis,
    spell_end.episode_count,
    spell_end.cost_gbp,
    greatest(
        cast(least(coalesce(spell_end.discharge_date, $index_date), $index_date) as date) - ranked.admission_date, 0
    ) as bed_days,
    coalesce(method.is_unplanned, false) as is_unplanned,
    ranked.admission_date,
    spell_end.discharge_date
from ranked
inner join spell_end
    on spell_end.person_id = ranked.person_id and spell_end.spell_id = ranked.spell_id
left join codelist.admission_method as method on method.code = ranked.admission_method
where ranked.episode_rank = 1
