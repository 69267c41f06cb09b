-- One row per index date and person: how many different medicines the person was issued.
-- A view: scores.person_score keeps its rows, beside those of every other score.
-- Medicine: a BNF chemical substance of chapters 1-4 and 6-10, counted once however many issues, strengths or brands
-- (NHSBSA polypharmacy prescribing comparators: 8, 10, 15 and 20 or more). NHSBSA counts within a reporting month;
-- here the window is three months, because repeats are issued monthly, two-monthly or three-monthly. Over 12 months
-- the count takes in short courses. (The frailty index counts five medicines of any chapter by itself.)
-- Paragraph: the first six characters of a BNF code, such as 020502, centrally acting antihypertensives.
-- Repeat medicines: North Central London's local rule (one source): repeats of any chapter less its exclusions
-- (codelist.polypharmacy_exclusion, the longest prefix decides), five or more, and ten or more.
-- An issue that is not BNF coded names a product and no substance. Such products are counted apart; who has any gets
-- null for a count of substances, which would be too low, and false for no threshold: true where the BNF coded
-- medicines alone reach it, else null. Null for all without the prescription feed.
with substance as (
    select distinct
        medicine,
        substr(medicine, 1, 6) as bnf_paragraph
    from scores.person_medicine
    where is_bnf_coded
),

exclusion as (
    select
        substance.medicine,
        exclusion.is_excluded,
        row_number() over (partition by substance.medicine order by length(exclusion.bnf_prefix) desc) as preference
    from substance
    inner join codelist.polypharmacy_exclusion as exclusion
        on substr(substance.medicine, 1, length(exclusion.bnf_prefix)) = exclusion.bnf_prefix
),

counted as (
    select
        substance.medicine,
        substance.bnf_paragraph,
        coalesce(chapter.is_counted, 'no') = 'yes' as is_counted,
        coalesce(exclusion.is_excluded, 'no') = 'no' as is_counted_on_repeat
    from substance
    left join codelist.polypharmacy_chapter as chapter on chapter.bnf_prefix = substr(substance.medicine, 1, 2)
    left join exclusion on exclusion.medicine = substance.medicine and exclusion.preference = 1
),

held as (
    select
        medicine.index_date,
        medicine.person_id,
        medicine.is_bnf_coded,
        medicine.is_repeat_3m,
        medicine.issue_count_3m > 0 as is_recent,
        counted.bnf_paragraph,
        counted.is_counted,
        counted.is_counted_on_repeat
    from scores.person_medicine as medicine
    left join counted on counted.medicine = medicine.medicine and medicine.is_bnf_coded
),

tallied as (
    select
        index_date,
        person_id,
        count(*) filter (where is_counted and is_recent) as medicine_count_3m,
        count(*) filter (where is_counted) as medicine_count_12m,
        count(distinct case when is_counted and is_recent then bnf_paragraph end) as bnf_paragraph_count_3m,
        count(*) filter (where is_counted_on_repeat and is_repeat_3m) as repeat_medicine_count_3m,
        count(*) filter (where is_counted_on_repeat and is_recent and is_repeat_3m is null) as unsaid_repeat_count_3m,
        count(*) filter (where not is_bnf_coded and is_recent) as product_count_3m,
        count(*) filter (where not is_bnf_coded) as product_count_12m
    from held
    group by index_date, person_id
),

known as (
    select
        spine.index_date,
        spine.person_id,
        coalesce(tallied.medicine_count_3m, 0) as medicine_count_3m,
        coalesce(tallied.medicine_count_12m, 0) as medicine_count_12m,
        coalesce(tallied.bnf_paragraph_count_3m, 0) as bnf_paragraph_count_3m,
        coalesce(tallied.repeat_medicine_count_3m, 0) as repeat_medicine_count_3m,
        coalesce(tallied.product_count_3m, 0) as product_count_3m,
        coalesce(tallied.product_count_12m, 0) as product_count_12m,
        coalesce(tallied.product_count_3m, 0) = 0 as is_whole_3m,
        coalesce(tallied.product_count_12m, 0) = 0 as is_whole_12m,
        coalesce(tallied.product_count_3m + tallied.unsaid_repeat_count_3m, 0) = 0 as is_whole_on_repeat
    from register.spine as spine
    cross join meta.feed as feed
    left join tallied on tallied.person_id = spine.person_id and tallied.index_date = spine.index_date
    where feed.has_gp_prescription
)

select
    spine.index_date,
    spine.person_id,
    case when known.is_whole_3m then known.medicine_count_3m end as medicine_count_3m,
    case when known.is_whole_12m then known.medicine_count_12m end as medicine_count_12m,
    case when known.is_whole_3m then known.bnf_paragraph_count_3m end as bnf_paragraph_count_3m,
    case when known.is_whole_on_repeat then known.repeat_medicine_count_3m end as repeat_medicine_count_3m,
    known.product_count_3m,
    known.product_count_12m,
    case when known.medicine_count_3m >= 8 then true when known.is_whole_3m then false end as has_8_medicines,
    case when known.medicine_count_3m >= 10 then true when known.is_whole_3m then false end as has_10_medicines,
    case when known.medicine_count_3m >= 15 then true when known.is_whole_3m then false end as has_15_medicines,
    case when known.medicine_count_3m >= 20 then true when known.is_whole_3m then false end as has_20_medicines,
    case when known.repeat_medicine_count_3m >= 5 then true when known.is_whole_on_repeat then false end
        as has_5_repeat_medicines,
    case when known.repeat_medicine_count_3m >= 10 then true when known.is_whole_on_repeat then false end
        as has_10_repeat_medicines
from register.spine as spine
left join known on known.person_id = spine.person_id and known.index_date = spine.index_date
