-- One row per place (ICB, PCN, practice) and innovation: people with MLTC, those eligible, and those not known.
-- wte_needed: whole-time equivalents that could take everyone eligible in a year; null where it has no staff.
with person as (
    select
        needs.person_id,
        practice.practice_code,
        practice.practice_name,
        practice.pcn_code,
        practice.pcn_name
    from needs.person as needs
    inner join register.practice as practice on practice.practice_code = needs.practice_code
),

placed as (
    select
        person_id,
        'icb' as geography_type,
        $icb_code as geography_code,
        $icb_name as geography_name
    from person
    union all
    select
        person_id,
        'pcn' as geography_type,
        pcn_code as geography_code,
        pcn_name as geography_name
    from person
    union all
    select
        person_id,
        'practice' as geography_type,
        practice_code as geography_code,
        practice_name as geography_name
    from person
),

counted as (
    select
        placed.geography_type,
        placed.geography_code,
        max(placed.geography_name) as geography_name,
        innovation.innovation,
        count(*) as mltc_persons,
        count(*) filter (where eligibility.state = 'eligible') as eligible_persons,
        count(*) filter (where eligibility.state = 'not_known') as not_known_persons
    from placed
    cross join codelist.innovation as innovation
    left join planning.innovation_eligibility as eligibility
        on eligibility.person_id = placed.person_id and eligibility.innovation = innovation.innovation
    group by placed.geography_type, placed.geography_code, innovation.innovation
)

select
    counted.geography_type,
    counted.geography_code,
    counted.geography_name,
    counted.innovation,
    catalogue.people_per_wte,
    counted.mltc_persons,
    counted.eligible_persons,
    counted.not_known_persons,
    cast(counted.eligible_persons as double) / catalogue.people_per_wte as wte_needed
from counted
inner join codelist.innovation as catalogue on catalogue.innovation = counted.innovation
