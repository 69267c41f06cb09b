-- One row per person with MLTC and a pair of diseases that interact: each seen in a clinic of its own in 12 months.
-- Pairs: codelist.interacting_pair; clinics of a disease: codelist.disease_clinic (treatment function codes). Present
-- where the person attended a clinic of the one that is none of the other's, and the reverse. Value: such pairs. One
-- found is enough; none says something only where the outpatient feed is known for 12 months.
-- Source: NICE NG56; the pairs say theirs, row by row.
with pair as (
    select
        first_held.person_id,
        pair.pair,
        pair.first_disease,
        pair.second_disease
    from codelist.interacting_pair as pair
    inner join needs.disease as first_held on first_held.disease = pair.first_disease
    inner join needs.disease as second_held
        on second_held.disease = pair.second_disease and second_held.person_id = first_held.person_id
    where pair.verified = 'yes'
),

attended as (
    select
        person_id,
        service,
        max(contact_date) as last_date
    from needs.contact
    where setting = 'outpatient'
    group by person_id, service
),

-- a side of a pair is seen where a clinic of its own, and not of the other side, was attended
side as (
    select
        pair.person_id,
        pair.pair,
        clinic.disease,
        max(attended.last_date) as last_date
    from pair
    inner join codelist.disease_clinic as clinic
        on clinic.disease in (pair.first_disease, pair.second_disease) and clinic.verified = 'yes'
    inner join attended on attended.person_id = pair.person_id and attended.service = clinic.specialty_code
    left join codelist.disease_clinic as other
        on
            other.specialty_code = clinic.specialty_code
            and other.disease <> clinic.disease
            and other.disease in (pair.first_disease, pair.second_disease)
            and other.verified = 'yes'
    where other.disease is null
    group by pair.person_id, pair.pair, clinic.disease
),

seen_apart as (
    select
        person_id,
        pair,
        max(last_date) as last_date
    from side
    group by person_id, pair
    having count(*) = 2
),

counted as (
    select
        pair.person_id,
        count(seen_apart.pair) as pair_count,
        max(seen_apart.last_date) as last_date
    from pair
    left join seen_apart on seen_apart.person_id = pair.person_id and seen_apart.pair = pair.pair
    group by pair.person_id
)

select
    counted.person_id,
    'pair_in_separate_clinics' as indicator,
    case
        when counted.pair_count > 0 then 'present'
        when person.is_outpatient_known_12m then 'absent'
        else 'not_known'
    end as state,
    cast(case when counted.pair_count > 0 or person.is_outpatient_known_12m then counted.pair_count end as double)
        as value,
    'staging.outpatient' as evidence_source,
    cast(null as varchar) as evidence_code,
    counted.last_date as evidence_date
from counted
inner join needs.person as person on person.person_id = counted.person_id
