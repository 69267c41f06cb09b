-- One row per geography (ICB and each PCN) and innovation: people with MLTC, and those of them who are eligible.
-- For how many it is not known is told in bands of known_share, as in marts.need. Practices: planning.innovation_place.
select
    place.geography_type,
    place.geography_code,
    place.geography_name,
    place.innovation,
    catalogue.innovation_name,
    catalogue.sort_key,
    case
        when place.not_known_persons = 0 then 'all'
        when place.not_known_persons = place.mltc_persons then 'none'
        when place.mltc_persons < 100 then 'not all'
        when place.not_known_persons <= 0.05 * place.mltc_persons then '95% or more'
        when place.not_known_persons <= 0.20 * place.mltc_persons then '80% to 94%'
        else 'less than 80%'
    end as known_share,
    place.mltc_persons,
    place.eligible_persons
from planning.innovation_place as place
inner join codelist.innovation as catalogue on catalogue.innovation = place.innovation
where place.geography_type in ('icb', 'pcn')
