-- One row per index date and person with a named clinician's contact in the 24 months up to it: the counts from which
-- continuity of care is made. n_j is the number of contacts with clinician j.
-- A pair is two contacts with a GP that follow each other, both within the window; it is the same where the GP is.
with index_date as (
    select distinct index_date
    from meta.index_date
),

by_clinician as (
    select
        index_date.index_date,
        contact.person_id,
        contact.clinician_id,
        count(*) as any_24m,
        count(*) filter (where contact.is_gp) as gp_24m,
        count(*) filter (
            where contact.is_gp and contact.consultation_date > index_date.index_date - interval 12 month
        ) as gp_12m,
        count(*) filter (
            where
            contact.previous_gp_id = contact.clinician_id
            and contact.previous_gp_contact_date > index_date.index_date - interval 24 month
        ) as same_24m,
        count(*) filter (
            where
            contact.previous_gp_id = contact.clinician_id
            and contact.previous_gp_contact_date > index_date.index_date - interval 12 month
        ) as same_12m,
        max(contact.consultation_date) as last_contact_date
    from index_date
    inner join utilisation.practice_contact as contact
        on
            contact.consultation_date <= index_date.index_date
            and contact.consultation_date > index_date.index_date - interval 24 month
    group by index_date.index_date, contact.person_id, contact.clinician_id
)

select
    index_date,
    person_id,
    cast(sum(gp_12m) as bigint) as gp_contact_count_12m,
    count(*) filter (where gp_12m > 0) as gp_count_12m,
    max(gp_12m) as most_12m,
    cast(sum(gp_12m * gp_12m) as bigint) as square_sum_12m,
    cast(sum(same_12m) as bigint) as same_pair_count_12m,
    cast(sum(gp_24m) as bigint) as gp_contact_count_24m,
    count(*) filter (where gp_24m > 0) as gp_count_24m,
    max(gp_24m) as most_24m,
    cast(sum(gp_24m * gp_24m) as bigint) as square_sum_24m,
    cast(sum(same_24m) as bigint) as same_pair_count_24m,
    cast(sum(any_24m) as bigint) as any_contact_count_24m,
    count(*) as any_clinician_count_24m,
    max(any_24m) as any_most_24m,
    cast(sum(any_24m * any_24m) as bigint) as any_square_sum_24m,
    max(last_contact_date) as last_contact_date
from by_clinician
group by index_date, person_id
