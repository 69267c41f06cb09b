-- One row per index date and person: Elixhauser comorbidity groups, counted and weighted.
-- A view: scores.person_score keeps its rows, beside those of every other score.
-- The 31 groups of Quan 2005 (Med Care 43:1130). Weights: van Walraven 2009 (Med Care 47:626), and the AHRQ
-- Elixhauser index for in-hospital mortality (Moore 2017, Med Care 55:698), in which hypertension is one group and
-- arrhythmia none. Both may fall below nought. 0 without a diagnosis; null without the hospital feed.
-- AHRQ's refined weights for ICD-10-CM are not applied: they need ICD-10-CM codes and present-on-admission flags.
with pattern as (
    select
        pattern.signature,
        sum(case when weight.weight_set = 'van_walraven2009' then weight.weight else 0 end) as van_walraven,
        sum(case when weight.weight_set = 'ahrq_moore2017' then weight.weight else 0 end) as ahrq,
        count(distinct pattern.category) as group_count
    from scores.comorbidity_pattern as pattern
    inner join codelist.elixhauser_weight as weight
        on weight.code_set = pattern.code_set and weight.category = pattern.category and weight.verified = 'yes'
    group by pattern.signature
)

select
    spine.index_date,
    spine.person_id,
    cast(case when feed.has_hospital_episode then coalesce(pattern.van_walraven, 0) end as integer)
        as elixhauser_van_walraven,
    cast(case when feed.has_hospital_episode then coalesce(pattern.ahrq, 0) end as integer) as elixhauser_ahrq,
    cast(case when feed.has_hospital_episode then coalesce(pattern.group_count, 0) end as integer) as elixhauser_count
from register.spine as spine
cross join meta.feed as feed
left join scores.person_comorbidity as comorbidity
    on comorbidity.index_date = spine.index_date and comorbidity.person_id = spine.person_id
left join pattern on pattern.signature = comorbidity.elixhauser_signature
