-- One row per canonical table: rows in and where they went; a table that was not supplied says so.
with account as (
    select
        table_name,
        sum(rows_in) as rows_in,
        sum(rows_staged) as rows_staged,
        sum(rows_dropped) as rows_dropped,
        sum(rows_quarantined) as rows_quarantined,
        sum(rows_duplicate) as rows_duplicate,
        sum(rows_opted_out) as rows_opted_out
    from meta.row_account
    group by table_name
)

select
    canonical.table_name,
    case when account.table_name is null then 'not supplied' else 'read' end as feed_status,
    canonical.latest_month,
    cast(coalesce(account.rows_in, 0) as bigint) as rows_in,
    cast(coalesce(account.rows_staged, 0) as bigint) as rows_staged,
    cast(coalesce(account.rows_dropped, 0) as bigint) as rows_dropped,
    cast(coalesce(account.rows_quarantined, 0) as bigint) as rows_quarantined,
    cast(coalesce(account.rows_duplicate, 0) as bigint) as rows_duplicate,
    cast(coalesce(account.rows_opted_out, 0) as bigint) as rows_opted_out
from meta.canonical_table as canonical
left join account on account.table_name = canonical.table_name
