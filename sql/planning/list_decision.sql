-- One row per person, run and practice list on which a clinician has written a decision.
-- As read by `mltc lists read`, of people who are in the register: whoever has died, left or opted out since is not
-- here.
select
    pseudonym.person_id,
    decision.run,
    decision.practice_code,
    decision.reviewed_on,
    decision.reviewed_by_role,
    decision.decision,
    decision.reason,
    decision.chosen_innovation
from meta.list_decision as decision
inner join register.person_pseudonym as pseudonym on pseudonym.mltc_id = decision.mltc_id
