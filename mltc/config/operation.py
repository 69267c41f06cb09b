"""Keys of [notify] and [retention]: who is told how a run ended, and how long what it left is kept."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Ending = Literal["ok", "failed_rows", "leakage", "stopped"]
Months = Annotated[int, Field(ge=1, le=1200)]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class NotifySettings(_Section):
    """A web address that hears how a run ended.

    `webhook_env`: the environment variable that holds the address; nothing is sent where it is not set. `on`: endings
    that are told: `ok`; `failed_rows`, where rules failed without stopping the run; `leakage`, where a risk model may
    know the future; `stopped`, by any error. `with_reason`: send the error's own message too, which names files and
    columns and counts rows (never what a row holds), to a place that may lie outside the secure setting.
    """

    webhook_env: Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9_]*$")] = "MLTC_WEBHOOK_URL"
    on: tuple[Ending, ...] = ("stopped", "leakage")
    with_reason: bool = False


class RetentionSettings(_Section):
    """What a good run removes, counted back from its own month; a key that is not given removes nothing.

    `release_months`: releases, and the Data Docs of their runs. `lists_months`: practice lists, never the decisions
    that came back. `earlier_warehouses`: warehouses of earlier months that are kept in `earlier/` beside the last good
    one, from which `mltc restore` takes them; they hold records of persons, so that none is kept unless asked for.
    """

    release_months: Months | None = None
    lists_months: Months | None = None
    earlier_warehouses: Annotated[int, Field(ge=0, le=120)] = 0
