-- One row per checklist and item of the model in use for the outcome that reports lead with: answers in words.
-- Filled by the run from the model's card, in which people are counted to the nearest five.
select
    checklist.checklist,
    checklist.sort_key,
    checklist.number,
    checklist.section,
    checklist.item,
    checklist.answer,
    checklist.answered_by,
    checklist.source
from risk.checklist as checklist
inner join risk.outcome as outcome on outcome.outcome = checklist.outcome and outcome.is_main
