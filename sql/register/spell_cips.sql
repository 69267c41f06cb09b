-- One row per hospital provider spell: the continuous inpatient spell (CIPS) to which it belongs.
-- A spell goes on with the stay before it when it begins before that stay has ended (overlapping, nested, or the
-- stay still open), or at most 3 days after its end and with evidence of a transfer: discharge destination, admission
-- source or admission method of codelist.hospital_transfer (HES rule as published by the Health Foundation and the
-- Centre for Health Economics, York). No transfer: sent home (19), then admitted by the provider's own emergency
-- department (21) with source 51, a known miscoding (NHS Digital, Provider Spells Methodology, 2014).
-- A regular attendance is always a CIPS of its own; a day case joins like any other spell. Of spells that begin and
-- end on the same days, one that is a transfer in comes later.
with spell as (
    select
        spell.spell_key,
        spell.person_id,
        spell.admission_date,
        spell.admission_method,
        spell.admission_source,
        spell.is_regular_attender,
        coalesce(spell.discharge_destination, '') as discharge_destination,
        coalesce(spell.stay_end_date, date '9999-12-31') as end_date,
        coalesce(source.code, method.code) is not null as is_transfer_in
    from register.spell as spell
    left join codelist.hospital_transfer as source
        on source.field = 'admission_source' and source.code = spell.admission_source
    left join codelist.hospital_transfer as method
        on method.field = 'admission_method' and method.code = spell.admission_method
),

placed as (
    select
        spell.*,
        row_number() over (
            partition by person_id, is_regular_attender
            order by admission_date, end_date, is_transfer_in, spell_key
        ) as place
    from spell
),

followed as (
    select
        placed.*,
        max(end_date) over earlier as earlier_end_date,
        arg_max(discharge_destination, struct_pack(end_date := end_date, place := place)) over earlier
            as earlier_destination
    from placed
    window
        earlier as (
            partition by person_id, is_regular_attender
            order by place
            rows between unbounded preceding and 1 preceding
        )
),

marked as (
    select
        followed.*,
        case
            when followed.earlier_end_date is null or followed.is_regular_attender then 1
            when followed.admission_date < followed.earlier_end_date then 0
            when followed.admission_date > followed.earlier_end_date + interval 3 day then 1
            when
                followed.earlier_destination = '19'
                and followed.admission_source = '51'
                and followed.admission_method = '21' then 1
            when followed.is_transfer_in or destination.code is not null then 0
            else 1
        end as is_first
    from followed
    left join codelist.hospital_transfer as destination
        on destination.field = 'discharge_destination' and destination.code = followed.earlier_destination
),

numbered as (
    select
        marked.*,
        sum(is_first) over (
            partition by person_id, is_regular_attender
            order by place
            rows between unbounded preceding and current row
        ) as cips_number
    from marked
)

select
    spell_key,
    first_value(spell_key) over cips as cips_id,
    person_id,
    row_number() over cips as spell_rank
from numbered
window
    cips as (partition by person_id, is_regular_attender, cips_number order by place)
