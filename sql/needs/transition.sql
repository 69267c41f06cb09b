-- One row per move of a person with MLTC from one place of care to another in the 12 months up to the index date.
-- into_hospital and out_of_hospital: the first and last day of a continuous inpatient spell, not of day cases and
-- regular attendances; transfer: a later spell of one, at another provider or again at the same; change_of_specialty:
-- an episode of another treatment function than the one before it in the spell, the nearest that episodes come to a
-- move from ward to ward; into_care_home: the first day of an address that is a care home, after one that was none.
-- Source: Coleman EA. J Am Geriatr Soc 2003;51:549-55 (transitions between settings and between practitioners).
with stay as (
    select
        cips.person_id,
        cips.cips_id,
        cips.admission_date,
        cips.discharge_date
    from register.continuous_inpatient_spell as cips
    inner join needs.person as person on person.person_id = cips.person_id
    where
        not cips.is_regular_attender
        and not (cips.is_day_case and cips.spell_count = 1)
        and coalesce(cips.discharge_date, $index_date) > $index_date - interval 12 month
        and cips.admission_date <= $index_date
),

spell as (
    select
        stay.person_id,
        spell_cips.spell_key,
        spell_cips.spell_rank,
        spell.admission_date
    from stay
    inner join register.spell_cips as spell_cips on spell_cips.cips_id = stay.cips_id
    inner join register.spell as spell on spell.spell_key = spell_cips.spell_key
),

episode as (
    select
        spell.person_id,
        hospital.specialty,
        hospital.episode_start,
        lag(hospital.specialty) over (partition by spell.spell_key order by spell_episode.episode_rank)
            as previous_specialty
    from spell
    inner join register.spell_episode as spell_episode on spell_episode.spell_key = spell.spell_key
    inner join staging.hospital_episode as hospital on hospital.row_id = spell_episode.row_id
),

home as (
    select
        address.person_id,
        address.is_care_home,
        address.address_from,
        lag(address.is_care_home) over (partition by address.person_id order by address.address_from, address.row_id)
            as was_care_home
    from staging.address as address
    inner join needs.person as person on person.person_id = address.person_id
    where address.address_from <= $index_date
),

move as (
    select
        person_id,
        'into_hospital' as transition,
        admission_date as transition_date
    from stay
    union all
    select
        person_id,
        'out_of_hospital' as transition,
        discharge_date as transition_date
    from stay
    union all
    select
        person_id,
        'transfer' as transition,
        admission_date as transition_date
    from spell
    where spell_rank > 1
    union all
    select
        person_id,
        'change_of_specialty' as transition,
        episode_start as transition_date
    from episode
    where specialty <> previous_specialty
    union all
    select
        person_id,
        'into_care_home' as transition,
        address_from as transition_date
    from home
    where is_care_home and not coalesce(was_care_home, false)
)

select
    person_id,
    transition,
    transition_date
from move
where transition_date <= $index_date and transition_date > $index_date - interval 12 month
