"""Deltas: of several records of one key, the latest stands and the earlier ones are dropped."""

from mltc.warehouse import Warehouse, read_value

SUPERSEDED = "superseded by a later record"


def drop_superseded(warehouse: Warehouse, table: str) -> None:
    """Set `_dropped` of `raw.<table>` on every row that a later record of its feed and key replaces.

    Later is the higher `_replay_order`, as numbers where all orders of the key are numbers, else as text; an
    empty order is the lowest, and of equals the later row stands. Where the record that stands was deleted,
    the layout has dropped it, so nothing of the key is left. Layouts that send no deltas cost one look.
    """
    if "_replay_key" not in warehouse.columns(f"raw.{table}"):
        return
    if not int(read_value(warehouse, f"select count(_replay_key) from raw.{table}")):
        return
    warehouse.execute(
        f"""
        update raw.{table} set _dropped = '{SUPERSEDED}'
        where _dropped is null and _row_id in (
            with shared as (
                select hash(_feed, _replay_key) as key_hash from raw.{table} where _replay_key is not null
                group by key_hash having count(*) > 1
            ),
            candidate as (
                select
                    _row_id, _feed, _replay_key, _replay_order,
                    try_cast(_replay_order as decimal(38, 9)) as order_number
                from raw.{table}
                where _replay_key is not null and hash(_feed, _replay_key) in (select key_hash from shared)
            ),
            judged as (
                select
                    candidate.*,
                    bool_and(order_number is not null or _replay_order is null)
                        over (partition by _feed, _replay_key) as is_numeric
                from candidate
            ),
            ranked as (
                select
                    _row_id,
                    row_number() over (
                        partition by _feed, _replay_key
                        order by
                            case when is_numeric then order_number end desc nulls last,
                            case when not is_numeric then _replay_order end desc nulls last,
                            _row_id desc
                    ) as place
                from judged
            )
            select _row_id from ranked where place > 1
        )
        """
    )
