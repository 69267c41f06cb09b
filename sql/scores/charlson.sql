-- One row per index date and person: the Charlson comorbidity index by the weights of 1987, of Quan 2011 and of SHMI.
-- A view: scores.person_score keeps its rows, beside those of every other score.
-- Sum of the weights of the person's categories (codelist.charlson_weight): ICD-10 codes of Quan 2005 (Med Care
-- 43:1130) under the weights of Charlson 1987 and Quan 2011; NHS England's own code lists under its SHMI weights,
-- where a sum below nought is nought (SHMI specification). 0 without a diagnosis; null without the hospital feed.
-- Age-adjusted: one point for each ten years of age from 50, four at most (Charlson 1994, J Clin Epidemiol 47:1245).
with pattern as (
    select
        pattern.code_set,
        pattern.signature,
        sum(case when weight.weight_set = 'charlson1987' then weight.weight else 0 end) as charlson_1987,
        sum(case when weight.weight_set = 'quan2011' then weight.weight else 0 end) as charlson_quan_2011,
        sum(case when weight.weight_set = 'shmi' then weight.weight else 0 end) as charlson_shmi
    from scores.comorbidity_pattern as pattern
    inner join codelist.charlson_weight as weight
        on weight.code_set = pattern.code_set and weight.category = pattern.category and weight.verified = 'yes'
    group by pattern.code_set, pattern.signature
),

known as (
    select
        spine.index_date,
        spine.person_id,
        spine.age_years,
        feed.has_hospital_episode,
        coalesce(quan.charlson_1987, 0) as charlson_1987,
        coalesce(quan.charlson_quan_2011, 0) as charlson_quan_2011,
        greatest(coalesce(shmi.charlson_shmi, 0), 0) as charlson_shmi
    from register.spine as spine
    cross join meta.feed as feed
    left join scores.person_comorbidity as comorbidity
        on comorbidity.index_date = spine.index_date and comorbidity.person_id = spine.person_id
    left join pattern as quan on quan.code_set = 'charlson' and quan.signature = comorbidity.charlson_signature
    left join pattern as shmi on shmi.code_set = 'shmi' and shmi.signature = comorbidity.shmi_signature
)

select
    index_date,
    person_id,
    cast(case when has_hospital_episode then charlson_1987 end as integer) as charlson_1987,
    cast(
        case
            when has_hospital_episode and age_years is not null
                then charlson_1987 + least(greatest(floor((age_years - 40) / 10.0), 0), 4)
        end as integer
    ) as charlson_1987_age_adjusted,
    cast(case when has_hospital_episode then charlson_quan_2011 end as integer) as charlson_quan_2011,
    cast(case when has_hospital_episode then charlson_shmi end as integer) as charlson_shmi
from known
