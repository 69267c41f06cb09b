-- One row per person and definition for whom being MLTC or complex MLTC is not as it was at the last run.
-- Only definitions that both runs have; who is in the register of one of the two only was neither in the other.
with marked as (
    select
        coalesce(mltc.person_id, earlier.person_id) as person_id,
        coalesce(mltc.definition, earlier.definition) as definition,
        coalesce(earlier.is_mltc, false) as was_mltc,
        coalesce(mltc.is_mltc, false) as is_mltc,
        coalesce(earlier.is_complex_mltc, false) as was_complex,
        coalesce(mltc.is_complex_mltc, false) as is_complex
    from (select * from register.mltc where is_mltc or is_complex_mltc) as mltc
    full outer join (select * from meta.last_mltc where is_mltc or is_complex_mltc) as earlier
        on earlier.person_id = mltc.person_id and earlier.definition = mltc.definition
)

select
    marked.*,
    (marked.is_mltc and not marked.was_mltc) or (marked.is_complex and not marked.was_complex) as is_up
from marked
inner join codelist.definition as definition on definition.definition = marked.definition
inner join meta.last_definition as earlier on earlier.definition = marked.definition
where marked.was_mltc <> marked.is_mltc or marked.was_complex <> marked.is_complex
