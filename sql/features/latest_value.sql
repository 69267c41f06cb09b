-- One row per index date and person with a measured value: the latest of each measure, and its day.
-- Latest by the day of measurement, of those known on the index date; of two on one day the higher, as in the rules.
-- On every date as far back as records reach before the earliest: where extracts begin at some day, a later date would
-- see further back, and what a model learnt of the one would not hold of the other. Records begin with the first month
-- that has at least a tenth of the values of the median month, by what was known on the earliest date.
-- Values that no living adult has are left out as mistakes of entry or unit: body mass index 10 to 100 kg/m2, eGFR 1 to
-- 200 mL/min/1.73m2, haemoglobin 30 to 250 g/L, urine albumin to creatinine ratio 0 to 5000 mg/mmol (our bounds).
with index_date as (
    select distinct index_date
    from meta.index_date
    where role <> 'last_run'
),

plausible as (
    select
        person_id,
        measure,
        value,
        event_date,
        known_date
    from register.measurement
    where
        (measure = 'bmi' and value between 10 and 100)
        or (measure = 'egfr' and value between 1 and 200)
        or (measure = 'haemoglobin' and value between 30 and 250)
        or (measure = 'urine_acr' and value between 0 and 5000)
),

earliest as (
    select min(index_date) as index_date
    from index_date
),

monthly as (
    select
        earliest.index_date,
        cast(date_trunc('month', plausible.event_date) as date) as month,
        count(*) as value_count
    from plausible
    inner join earliest
        on plausible.event_date <= earliest.index_date and plausible.known_date <= earliest.index_date
    group by earliest.index_date, date_trunc('month', plausible.event_date)
),

compared as (
    select
        index_date,
        month,
        value_count,
        median(value_count) over () as median_value_count
    from monthly
),

reach as (
    select max(index_date - month) as days
    from compared
    where value_count >= median_value_count / 10
),

latest as (
    select
        index_date.index_date,
        plausible.person_id,
        plausible.measure,
        max(struct_pack(event_date := plausible.event_date, value := plausible.value)) as pair
    from index_date
    cross join reach
    inner join plausible
        on
            plausible.event_date <= index_date.index_date
            and plausible.known_date <= index_date.index_date
            and plausible.event_date >= index_date.index_date - cast(reach.days as integer)
    group by index_date.index_date, plausible.person_id, plausible.measure
)

select
    index_date,
    person_id,
    max(case when measure = 'bmi' then pair.value end) as latest_bmi,
    max(case when measure = 'egfr' then pair.value end) as latest_egfr,
    max(case when measure = 'haemoglobin' then pair.value end) as latest_haemoglobin,
    max(case when measure = 'urine_acr' then pair.value end) as latest_urine_acr,
    max(case when measure = 'bmi' then pair.event_date end) as latest_bmi_date,
    max(case when measure = 'egfr' then pair.event_date end) as latest_egfr_date,
    max(case when measure = 'haemoglobin' then pair.event_date end) as latest_haemoglobin_date,
    max(case when measure = 'urine_acr' then pair.event_date end) as latest_urine_acr_date
from latest
group by index_date, person_id
