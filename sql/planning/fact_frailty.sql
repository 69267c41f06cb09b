-- One row per person and band of frailty: electronic Frailty Index from 65, Hospital Frailty Risk Score from 75.
-- A record that has stopped tells at least so many deficits: the bands above are not known. Without the feed none is.
-- Source: Clegg A et al. Age Ageing 2016;45:353-60; Gilbert T et al. Lancet 2018;391:1775-82.
with score as (
    select
        score.person_id,
        score.efi_band,
        score.hfrs_band,
        score.efi_is_65_or_over,
        score.hfrs_is_75_or_over,
        known.is_gp_event_known,
        reached.sort_key as reached_key
    from scores.person_score as score
    inner join planning.known as known on known.person_id = score.person_id
    left join codelist.efi_band as reached on reached.efi_band = score.efi_band
    where score.index_date = $index_date
)

select
    score.person_id,
    'efi_' || band.efi_band as fact,
    case when band.efi_band = score.efi_band then 'present' else 'not_known' end as state
from score
inner join codelist.efi_band as band on band.sort_key > 1
where
    score.efi_is_65_or_over
    and (
        band.efi_band = score.efi_band
        or score.efi_band is null
        or (not score.is_gp_event_known and band.sort_key > score.reached_key)
    )
union all
select
    score.person_id,
    'hfrs_' || band.hfrs_band as fact,
    case when band.hfrs_band = score.hfrs_band then 'present' else 'not_known' end as state
from score
inner join codelist.hfrs_band as band on band.sort_key > 1
where score.hfrs_is_75_or_over and (band.hfrs_band = score.hfrs_band or score.hfrs_band is null)
