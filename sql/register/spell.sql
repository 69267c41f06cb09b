-- One row per hospital provider spell: a stay with one provider, of one or more episodes.
-- Method, source, class, specialty and primary diagnosis of the first episode; discharge method and destination
-- of the last; the earliest admission and the latest discharge date that the episodes give.
-- Unplanned: admission method 21-25, 28, 2A-2D (NHS Data Dictionary). Point of delivery: codelist.point_of_delivery;
-- a day case or regular attendance that stays longer than its class allows is an ordinary admission.
-- Without a discharge date the stay ends with death; else on the last day seen, where the spell says that it is over
-- (a discharge method, or a class that does not stay), or where the person was later admitted there again, or from
-- home to stay; else the person is still in.
-- bed_days counts nights up to the index date that no earlier stay of the person counts.
with extent as (
    select
        spell_episode.spell_key,
        spell_episode.person_id,
        count(*) as episode_count,
        min(spell_episode.admission_date) as admission_date,
        max(spell_episode.discharge_date) as discharge_date,
        max(spell_episode.last_seen_date) as last_seen_date,
        cast(sum(cast(episode.cost_gbp as decimal(18, 4))) as double) as cost_gbp,
        max(case when spell_episode.episode_rank = 1 then episode.spell_id end) as spell_id,
        max(case when spell_episode.episode_rank = 1 then episode.provider_code end) as provider_code,
        max(case when spell_episode.episode_rank = 1 then episode.admission_method end) as admission_method,
        max(case when spell_episode.episode_rank = 1 then episode.admission_source end) as admission_source,
        max(case when spell_episode.episode_rank = 1 then episode.patient_class end) as patient_class,
        max(case when spell_episode.episode_rank = 1 then episode.specialty end) as specialty,
        max(case when spell_episode.episode_rank = 1 then episode.diagnoses[1] end) as primary_diagnosis,
        max(case when spell_episode.reverse_rank = 1 then episode.discharge_method end) as discharge_method,
        max(case when spell_episode.reverse_rank = 1 then episode.discharge_destination end) as discharge_destination
    from register.spell_episode as spell_episode
    inner join staging.hospital_episode as episode on episode.row_id = spell_episode.row_id
    group by spell_episode.spell_key, spell_episode.person_id
),

-- where each person was last admitted: it ends what was left open before
last_admission as (
    select
        person_id,
        coalesce(provider_code, '') as provider_key,
        max(admission_date) as here,
        max(
            case
                when admission_source in ('19', '29') and coalesce(patient_class, '1') not in ('2', '3', '4')
                    then admission_date
            end
        ) as from_home
    from extent
    where admission_date <= $index_date
    group by person_id, coalesce(provider_code, '')
),

last_from_home as (
    select
        person_id,
        max(from_home) as from_home
    from last_admission
    group by person_id
),

described as (
    select
        extent.*,
        death.death_date,
        last_admission.here as last_admission_here,
        last_from_home.from_home as last_admission_from_home
    from extent
    left join last_admission
        on
            last_admission.person_id = extent.person_id
            and last_admission.provider_key = coalesce(extent.provider_code, '')
    left join last_from_home on last_from_home.person_id = extent.person_id
    left join register.death as death on death.person_id = extent.person_id and death.death_date <= $index_date
),

ended as (
    select
        described.*,
        case
            when discharge_date is not null then discharge_date
            when death_date is not null then greatest(death_date, admission_date)
            when
                discharge_method in ('1', '2', '3', '4', '5', '6', '7')
                or patient_class in ('2', '3', '4')
                or last_admission_here > admission_date
                or last_admission_from_home > admission_date
                then last_seen_date
        end as stay_end_date
    from described
),

nights as (
    select
        ended.*,
        cast(least(coalesce(stay_end_date, $index_date), $index_date) as date) as counted_to_date,
        greatest(
            admission_date,
            max(coalesce(stay_end_date, date '9999-12-31')) over (
                partition by person_id
                order by admission_date, stay_end_date nulls last, spell_key
                rows between unbounded preceding and 1 preceding
            )
        ) as counted_from_date
    from ended
),

classed as (
    select
        nights.*,
        coalesce(method.is_unplanned, false) as is_unplanned,
        case
            when coalesce(nights.stay_end_date, $index_date) - nights.admission_date > delivery.maximum_nights
                then 'elective_ordinary'
            else coalesce(delivery.point_of_delivery, 'not_known')
        end as point_of_delivery
    from nights
    left join codelist.admission_method as method on method.code = nights.admission_method
    left join codelist.point_of_delivery as delivery
        on
            delivery.admission_group = method.admission_group
            and delivery.patient_class in (nights.patient_class, 'any')
)

select
    spell_key,
    person_id,
    spell_id,
    provider_code,
    admission_method,
    admission_source,
    discharge_method,
    discharge_destination,
    patient_class,
    point_of_delivery,
    specialty,
    primary_diagnosis,
    episode_count,
    case when stay_end_date <= $index_date then stay_end_date - admission_date end as length_of_stay_days,
    greatest(counted_to_date - counted_from_date, 0) as bed_days,
    cost_gbp,
    is_unplanned,
    point_of_delivery = 'day_case' as is_day_case,
    point_of_delivery = 'regular_attender' as is_regular_attender,
    admission_date <= $index_date and coalesce(stay_end_date > $index_date, true) as is_open,
    coalesce(discharge_method in ('4', '5') or discharge_destination = '79' or stay_end_date = death_date, false)
        as is_ended_by_death,
    admission_date,
    discharge_date,
    stay_end_date
from classed
