-- One row per place (ICB and each PCN) and definition: everyone registered, and those with MLTC by that definition.
-- The release's own definition is among them and marked. Definitions count different conditions, so their numbers
-- differ without anybody's health differing (register.definition_concordance: how far they agree).
with counted as (
    select
        person.pcn_code,
        practice.pcn_name,
        mltc.definition,
        mltc.is_mltc
    from register.person as person
    inner join register.practice as practice on practice.practice_code = person.practice_code
    inner join register.mltc as mltc on mltc.person_id = person.person_id
),

placed as (
    select
        'icb' as geography_type,
        $icb_code as geography_code,
        $icb_name as geography_name,
        definition,
        is_mltc
    from counted
    union all
    select
        'pcn' as geography_type,
        pcn_code as geography_code,
        pcn_name as geography_name,
        definition,
        is_mltc
    from counted
),

-- the release's own first
ordered as (
    select
        definition,
        title,
        row_number() over (order by definition <> $definition, definition) as sort_key
    from codelist.definition
)

select
    placed.geography_type,
    placed.geography_code,
    max(placed.geography_name) as geography_name,
    placed.definition,
    ordered.title as definition_name,
    case when placed.definition = $definition then 'yes' else 'no' end as is_release_definition,
    cast(ordered.sort_key as bigint) as sort_key,
    count(*) as persons,
    count(*) filter (where placed.is_mltc) as mltc_persons
from placed
inner join ordered on ordered.definition = placed.definition
group by placed.geography_type, placed.geography_code, placed.definition, ordered.title, ordered.sort_key
