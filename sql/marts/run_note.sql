-- One row per thing that the run could not compute, with the reason.
select
    area,
    note
from meta.run_note
