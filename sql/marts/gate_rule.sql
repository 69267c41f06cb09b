-- One row per rule of the gate: whether it passed, on how many rows it failed, and what that affects.
select
    table_name,
    rule,
    level,
    status,
    why,
    affects,
    rows_failed
from meta.gate_result
