-- One row per index date and person: anticholinergic burden of the medicines issued in the last three months.
-- A view: scores.person_score keeps its rows, beside those of every other score.
-- The sum over different drugs of their score on the anticholinergic cognitive burden scale (1 possible, 2 and 3
-- definite; Boustani et al., Aging Health 2008;4:311), each drug once, by its highest score. Of
-- codelist.anticholinergic those drugs count whose score two of Boustani 2008, ACBcalc and NHSBSA's list agree on.
-- A BNF coded issue counts by its chemical substance, of chapters 1-4 and 6-10 only, as NHSBSA has it. Any other
-- counts by name: the name begins with the drug's, no letter follows, and no word says that it goes on skin, eye, ear
-- or nose. A brand's name matches no drug: where issues are not BNF coded, the burden is a lower bound.
-- 6 or more is NHSBSA's comparator, which sums within a month and by substance (tablet and depot of olanzapine are two
-- there and one here). 3 or more is commonly called relevant, but no source was read for that.
-- 0 without such a drug; null without the prescription feed.
with listed as (
    select
        drug,
        bnf_code,
        name,
        score
    from codelist.anticholinergic
    where verified = 'yes'
),

-- the few thousand different names are matched, not the millions of rows that hold them
name as (
    select distinct name
    from scores.person_medicine
    where issue_count_3m > 0 and name is not null
),

named as (
    select
        name.name,
        listed.drug,
        listed.score
    from name
    inner join listed
        on
            substr(name.name, 1, length(listed.name)) = listed.name
            and not substr(name.name, length(listed.name) + 1, 1) between 'a' and 'z'
    where
        not regexp_matches(
            name.name,
            '(^|[^a-z])(cream|ointment|gel|lotion|scalp|shampoo|eye|ear|nasal|muco-adhesive)([^a-z]|$)'
        )
),

matched as (
    select
        held.index_date,
        held.person_id,
        listed.drug,
        listed.score
    from scores.person_medicine as held
    inner join listed on listed.bnf_code = held.medicine
    where held.is_bnf_coded and held.issue_count_3m > 0
    union all
    select
        held.index_date,
        held.person_id,
        named.drug,
        named.score
    from scores.person_medicine as held
    inner join named on named.name = held.name
    where held.issue_count_3m > 0
),

drug as (
    select
        index_date,
        person_id,
        drug,
        max(score) as score
    from matched
    group by index_date, person_id, drug
),

burden as (
    select
        index_date,
        person_id,
        sum(score) as score,
        count(*) as drug_count
    from drug
    group by index_date, person_id
),

known as (
    select
        spine.index_date,
        spine.person_id,
        case when feed.has_gp_prescription then coalesce(burden.score, 0) end as score,
        case when feed.has_gp_prescription then coalesce(burden.drug_count, 0) end as drug_count
    from register.spine as spine
    cross join meta.feed as feed
    left join burden on burden.person_id = spine.person_id and burden.index_date = spine.index_date
)

select
    index_date,
    person_id,
    cast(score as integer) as anticholinergic_burden_3m,
    drug_count as anticholinergic_medicine_count_3m,
    score >= 3 as has_anticholinergic_burden_3,
    score >= 6 as has_anticholinergic_burden_6
from known
