-- One row per person with MLTC: fifteen or more different medicines issued in 3 months.
-- A medicine is a BNF chemical substance of any chapter, the first nine characters of the code; whole codes where a
-- feed has dm+d or SNOMED CT. Value: how many (features.use_count). Source: NHSBSA polypharmacy prescribing
-- comparators (8, 10, 15 and 20 or more). So many that are found are enough to know; fewer say something only where
-- the window is known.
select
    person.person_id,
    'fifteen_medicines' as indicator,
    case
        when use_count.medicine_count_3m >= 15 then 'present'
        when person.is_gp_prescription_known_12m and use_count.medicine_count_3m is not null then 'absent'
        else 'not_known'
    end as state,
    cast(
        case
            when use_count.medicine_count_3m >= 15 or person.is_gp_prescription_known_12m
                then use_count.medicine_count_3m
        end as double
    ) as value,
    'staging.gp_prescription' as evidence_source,
    cast(null as varchar) as evidence_code,
    cast(null as date) as evidence_date
from needs.person as person
left join features.use_count as use_count
    on use_count.person_id = person.person_id and use_count.index_date = $index_date
