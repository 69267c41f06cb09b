"""Keys of [costs]: what hospital care costs, for the break-even of a programme. None has a default."""

from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

Pounds = Annotated[float, Field(gt=0, le=1_000_000)]


class CostSettings(BaseModel):
    """Unit costs in pounds, each of one year's prices, and where they come from.

    `unplanned_admission_gbp`: of a non-elective spell, `unplanned_bed_day_gbp`: of a night; such as the national
    schedule of NHS costs (NHS England, National Cost Collection) or the ICB's own finance team give. `source`: who says
    so, of which year; asked for with any amount, and repeated wherever pounds are shown.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    unplanned_admission_gbp: Pounds | None = None
    unplanned_bed_day_gbp: Pounds | None = None
    source: Annotated[str, Field(min_length=10)] | None = None

    @model_validator(mode="after")
    def _says_where_from(self) -> Self:
        if (self.unplanned_admission_gbp or self.unplanned_bed_day_gbp) and not self.source:
            raise ValueError("source is asked for with a cost: who publishes it, and of which year")
        return self
