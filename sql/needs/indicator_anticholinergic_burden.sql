-- One row per person with MLTC: anticholinergic burden of 3 or more.
-- Sum over the different drugs of 3 months of their score on the anticholinergic cognitive burden scale
-- (scores.anticholinergic). Value: the burden. Source of the scale: Boustani M et al. Aging Health 2008;4:311; 3 or
-- more is commonly called relevant, and no source was read for that. 3 that are found are enough to know; less says
-- something only where the window is known and every issue is BNF coded, since the brands of other codes match no
-- drug.
select
    person.person_id,
    'anticholinergic_burden' as indicator,
    case
        when score.anticholinergic_burden_3m >= 3 then 'present'
        when person.is_gp_prescription_known_12m and score.product_count_3m = 0 then 'absent'
        else 'not_known'
    end as state,
    cast(
        case
            when
                score.anticholinergic_burden_3m >= 3
                or (person.is_gp_prescription_known_12m and score.product_count_3m = 0)
                then score.anticholinergic_burden_3m
        end as double
    ) as value,
    'scores.person_score' as evidence_source,
    cast(null as varchar) as evidence_code,
    cast(null as date) as evidence_date
from needs.person as person
left join scores.person_score as score
    on score.person_id = person.person_id and score.index_date = $index_date
