-- One row per index date and person: the Hospital Frailty Risk Score (Gilbert 2018, Lancet 391:1775).
-- Sum of the weights of 109 three-character ICD-10 codes, each counted once, in any position of episodes admitted in
-- the 24 months up to the date and known by it; an episode without an end was known when it began.
-- Low below 5, intermediate 5 to 15, high above 15 (codelist.hfrs_band): exactly 5 and exactly 15 are intermediate.
-- Made for people aged 75 and over who are admitted as an emergency; the score is given for everyone, so use
-- hfrs_is_75_or_over before reading it as frailty. 0 without a diagnosis; null without the hospital feed.
with index_date as (
    select distinct
        index_date,
        index_date - to_months(24) as after_date
    from meta.index_date
),

-- Whole tenths: the sum is exact, so that a score on a boundary lies on it.
weight as (
    select
        code,
        cast(round(weight * 10) as integer) as tenths
    from codelist.hfrs_weight
    where verified = 'yes'
),

found as (
    select
        index_date.index_date,
        diagnosis.person_id,
        weight.code,
        max(weight.tenths) as tenths
    from staging.hospital_diagnosis as diagnosis
    inner join weight on weight.code = substr(diagnosis.code, 1, 3)
    inner join index_date
        on
            diagnosis.admission_date <= index_date.index_date
            and coalesce(diagnosis.known_date, diagnosis.admission_date) <= index_date.index_date
            and diagnosis.admission_date > index_date.after_date
    group by index_date.index_date, diagnosis.person_id, weight.code
),

scored as (
    select
        index_date,
        person_id,
        cast(sum(tenths) / 10.0 as double) as hfrs
    from found
    group by index_date, person_id
),

known as (
    select
        spine.index_date,
        spine.person_id,
        spine.age_years,
        case when feed.has_hospital_episode then round(coalesce(scored.hfrs, 0), 1) end as hfrs
    from register.spine as spine
    cross join meta.feed as feed
    left join scored on scored.index_date = spine.index_date and scored.person_id = spine.person_id
)

select
    known.index_date,
    known.person_id,
    known.hfrs,
    band.hfrs_band,
    known.age_years >= 75 as hfrs_is_75_or_over
from known
left join codelist.hfrs_band as band on known.hfrs between band.lowest and band.highest
