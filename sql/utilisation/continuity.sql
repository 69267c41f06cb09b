-- One row per index date and person: continuity of care with the GPs of the practice.
-- With n contacts, n_j of them with clinician j of M: usual provider (UPC) max n_j / n; Bice-Boxerman (sum n_j^2 - n) /
-- (n (n - 1)); sequential (SECON) same consecutive pairs / (n - 1); Herfindahl sum (n_j / n)^2; modified modified
-- continuity index (MMCI) (1 - M / (n + 0.1)) / (1 - 1 / (n + 0.1)). Sources: Sidaway-Lee K et al. BJGP
-- 2023;73:279-282; BMC Prim Care 2020;21 (doi:10.1186/s12875-020-01361-0); BMC Health Serv Res 2022
-- (doi:10.1186/s12913-022-07953-z). Fewer than two contacts give null. usual_provider_index_24m is the measure of
-- Barker I et al. BMJ 2017;356:j84 (mean 0.61 at age 62-82). Contacts: attended, with a named GP; `any` takes every
-- named clinician. Null where the feed is missing, or, for GPs, names no role that is a GP's.
with held as (
    select
        feed.has_gp_consultation,
        feed.has_gp_consultation
        and exists (select 1 from utilisation.practice_contact as contact where contact.is_gp) as has_gp
    from meta.feed as feed
),

counted as (
    select
        spine.index_date,
        spine.person_id,
        case when held.has_gp then coalesce(continuity_count.gp_contact_count_12m, 0) end as gp_contact_count_12m,
        case when held.has_gp then coalesce(continuity_count.gp_count_12m, 0) end as gp_count_12m,
        case when held.has_gp then coalesce(continuity_count.gp_contact_count_24m, 0) end as gp_contact_count_24m,
        case when held.has_gp then coalesce(continuity_count.gp_count_24m, 0) end as gp_count_24m,
        case when held.has_gp_consultation then coalesce(continuity_count.any_contact_count_24m, 0) end
            as any_contact_count_24m,
        case when held.has_gp_consultation then coalesce(continuity_count.any_clinician_count_24m, 0) end
            as any_clinician_count_24m,
        cast(continuity_count.gp_contact_count_12m as double) as n_12m,
        cast(continuity_count.gp_contact_count_24m as double) as n_24m,
        cast(continuity_count.any_contact_count_24m as double) as any_n_24m,
        continuity_count.most_12m,
        continuity_count.most_24m,
        continuity_count.any_most_24m,
        continuity_count.square_sum_12m,
        continuity_count.square_sum_24m,
        continuity_count.any_square_sum_24m,
        continuity_count.same_pair_count_12m,
        continuity_count.same_pair_count_24m,
        continuity_count.last_contact_date
    from register.spine as spine
    cross join held
    left join utilisation.continuity_count as continuity_count
        on continuity_count.person_id = spine.person_id and continuity_count.index_date = spine.index_date
)

select
    index_date,
    person_id,
    gp_contact_count_12m as named_gp_contact_count_12m,
    gp_count_12m as named_gp_count_12m,
    case when gp_contact_count_12m >= 2 then most_12m / n_12m end as usual_provider_index_12m,
    case when gp_contact_count_12m >= 2 then (square_sum_12m - n_12m) / (n_12m * (n_12m - 1)) end
        as bice_boxerman_index_12m,
    case when gp_contact_count_12m >= 2 then same_pair_count_12m / (n_12m - 1) end as sequential_index_12m,
    case when gp_contact_count_12m >= 2 then square_sum_12m / (n_12m * n_12m) end as herfindahl_index_12m,
    case when gp_contact_count_12m >= 2 then (1 - gp_count_12m / (n_12m + 0.1)) / (1 - 1 / (n_12m + 0.1)) end
        as modified_continuity_index_12m,
    gp_contact_count_24m as named_gp_contact_count_24m,
    gp_count_24m as named_gp_count_24m,
    case when gp_contact_count_24m >= 2 then most_24m / n_24m end as usual_provider_index_24m,
    case when gp_contact_count_24m >= 2 then (square_sum_24m - n_24m) / (n_24m * (n_24m - 1)) end
        as bice_boxerman_index_24m,
    case when gp_contact_count_24m >= 2 then same_pair_count_24m / (n_24m - 1) end as sequential_index_24m,
    case when gp_contact_count_24m >= 2 then square_sum_24m / (n_24m * n_24m) end as herfindahl_index_24m,
    case when gp_contact_count_24m >= 2 then (1 - gp_count_24m / (n_24m + 0.1)) / (1 - 1 / (n_24m + 0.1)) end
        as modified_continuity_index_24m,
    any_contact_count_24m as named_clinician_contact_count_24m,
    any_clinician_count_24m as named_clinician_count_24m,
    case when any_contact_count_24m >= 2 then any_most_24m / any_n_24m end as any_usual_provider_index_24m,
    case when any_contact_count_24m >= 2 then (any_square_sum_24m - any_n_24m) / (any_n_24m * (any_n_24m - 1)) end
        as any_bice_boxerman_index_24m,
    last_contact_date as last_named_contact_date
from counted
