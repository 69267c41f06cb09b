-- One row per index date and person: the Cambridge Multimorbidity Score (Payne et al., CMAJ 2020;192:E107-E114).
-- A view: scores.person_score keeps its rows, beside those of every other score.
-- The sum of the weights of the conditions that the person has under the paper's own rules (register.condition_status,
-- definitions cambridge-37 and cambridge-20), a sum for each outcome that the paper has weights for. General is the
-- average of the standardised weights of the three outcomes; a condition's weight may be below nought.
-- Weights count where codelist.cambridge_weight says `yes` (two transcriptions agree) or `partial` (one, borne out by
-- the arithmetic of the general weights or by another's): each row says which. The 20-condition weights for
-- consultations and admissions are not openly available, so those two scores are not here.
-- The scores rank people. None is a probability or a count of events: in UK Biobank those for mortality and admission
-- were poorly calibrated (BMC Med Res Methodol 2024;24:71), so recalibrate before use as an absolute risk.
-- 0 without any of the conditions. Null without the feed of GP events, and without that of prescriptions: nine of the
-- 37 rules look at medicines, so the sum would be too low.
with weight as (
    select
        weight.condition,
        weight.definition,
        weight.outcome,
        cast(round(weight.weight * 100) as integer) as hundredths
    from codelist.cambridge_weight as weight
    inner join codelist.membership as membership
        on membership.definition = weight.definition and membership.condition = weight.condition
    where weight.verified in ('yes', 'partial')
),

-- Whole hundredths: a sum of binary fractions would differ with the order of rows.
-- One row per condition, so that the millions of conditions held are joined once.
condition_weight as (
    select
        condition,
        cast(sum(case when definition = 'cambridge-37' and outcome = 'consultations' then hundredths end) as integer)
            as consultations_37,
        cast(sum(case when definition = 'cambridge-37' and outcome = 'mortality' then hundredths end) as integer)
            as mortality_37,
        cast(
            sum(
                case when definition = 'cambridge-37' and outcome = 'unplanned_admission' then hundredths end
            ) as integer
        ) as unplanned_admission_37,
        cast(sum(case when definition = 'cambridge-37' and outcome = 'general' then hundredths end) as integer)
            as general_37,
        cast(sum(case when definition = 'cambridge-20' and outcome = 'general' then hundredths end) as integer)
            as general_20,
        cast(sum(case when definition = 'cambridge-20' and outcome = 'mortality' then hundredths end) as integer)
            as mortality_20
    from weight
    group by condition
),

scored as (
    select
        status.index_date,
        status.person_id,
        sum(weight.consultations_37) as consultations_37,
        sum(weight.mortality_37) as mortality_37,
        sum(weight.unplanned_admission_37) as unplanned_admission_37,
        sum(weight.general_37) as general_37,
        sum(weight.general_20) as general_20,
        sum(weight.mortality_20) as mortality_20
    from register.condition_status as status
    inner join condition_weight as weight on weight.condition = status.condition
    group by status.index_date, status.person_id
),

known as (
    select
        spine.index_date,
        spine.person_id,
        feed.has_gp_event and feed.has_gp_prescription as is_known
    from register.spine as spine
    cross join meta.feed as feed
)

select
    known.index_date,
    known.person_id,
    case when known.is_known then coalesce(scored.consultations_37, 0) / 100.0 end as cambridge_37_consultations,
    case when known.is_known then coalesce(scored.mortality_37, 0) / 100.0 end as cambridge_37_mortality,
    case when known.is_known then coalesce(scored.unplanned_admission_37, 0) / 100.0 end
        as cambridge_37_unplanned_admission,
    case when known.is_known then coalesce(scored.general_37, 0) / 100.0 end as cambridge_37_general,
    case when known.is_known then coalesce(scored.general_20, 0) / 100.0 end as cambridge_20_general,
    case when known.is_known then coalesce(scored.mortality_20, 0) / 100.0 end as cambridge_20_mortality
from known
left join scored on scored.person_id = known.person_id and scored.index_date = known.index_date
