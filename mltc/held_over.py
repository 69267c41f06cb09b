"""What is said of conditions that count only because a feed failed (`register.person_condition.is_held_over`)."""

from datetime import date

from mltc.warehouse import Warehouse


def describe_held_over(warehouse: Warehouse) -> list[str]:
    """A sentence per practice whose people have such conditions, by practice code. Never how many people."""
    found = warehouse.read(
        """
        with held as (
            select distinct coalesce(person.succeeded_from, person.practice_code) as practice_code
            from register.person_condition as status
            inner join register.person as person on person.person_id = status.person_id
            where status.is_held_over
        ),
        failed as (
            select practice_code, min(from_month) as from_month
            from meta.practice_abstention
            where table_name in ('gp_event', 'gp_prescription')
            group by practice_code
        )
        select held.practice_code, practice.practice_name, failed.from_month
        from held
        left join register.practice as practice on practice.practice_code = held.practice_code
        left join failed on failed.practice_code = held.practice_code
        order by held.practice_code
        """
    )
    return [_tell(name or "a practice", code, month) for code, name, month in found.iter_rows()]


def _tell(name: str, code: str, month: date | None) -> str:
    since = f" since {month:%Y-%m}" if month else ""
    return (
        f"Records of {name} ({code}) are missing or too few{since}. Conditions that its people had before are held "
        "over, so that the figures do not fall because a feed stopped; who has recovered or fallen ill since is not "
        "known there."
    )
