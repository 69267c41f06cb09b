-- One row per person, definition and change of being MLTC or complex MLTC since the last run, and why.
-- joined and left: became or ceased to be MLTC; became complex and no longer complex likewise. Whoever joins as
-- complex has both rows. The reason is that of the condition that tipped it: with several changes at once, the
-- conditions that both runs have come first and the others as they became known; joined and left take the second,
-- the complex ones the first at which $complex_conditions conditions of $complex_systems body systems are reached.
-- Of somebody who came or went, that of register.change_person. Where no condition tipped it (the rule of complex
-- MLTC or a body system changed), codelist version.
with tipped as (
    select
        person_id,
        definition,
        reason,
        row_number() over (partition by person_id, definition order by condition_rank) as complex_rank
    from register.change_tipping
    where condition_rank >= $complex_conditions and system_rank >= $complex_systems
),

told as (
    select
        person_id,
        definition,
        case when is_up then 'joined' else 'left' end as change,
        'mltc' as kind
    from register.change_standing
    where was_mltc <> is_mltc
    union all
    select
        person_id,
        definition,
        case when is_up then 'became complex' else 'no longer complex' end as change,
        'complex' as kind
    from register.change_standing
    where was_complex <> is_complex
)

select
    told.person_id,
    told.definition,
    told.change,
    coalesce(whole.reason, second.reason, tipped.reason, 'codelist version') as reason
from told
left join register.change_person as whole on whole.person_id = told.person_id
left join register.change_tipping as second
    on
        second.person_id = told.person_id
        and second.definition = told.definition
        and second.condition_rank = 2
        and told.kind = 'mltc'
left join tipped
    on
        tipped.person_id = told.person_id
        and tipped.definition = told.definition
        and tipped.complex_rank = 1
        and told.kind = 'complex'
