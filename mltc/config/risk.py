"""Keys of [risk] and [risk.gates]."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Share = Annotated[float, Field(ge=0, le=1)]


class RiskGateSettings(BaseModel):
    """What a model must show before anybody is scored with it; a whole 95 % interval beyond the limit fails.

    `maximum_ici`: on the risk scale, and never over a quarter of the event rate (of counts: of the mean count).
    `minimum_subgroup_ratio`, `maximum_subgroup_ratio`: observed/expected of groups with over 200 expected events.
    `maximum_stability_index`: of every feature that the model reads, from training to now. `promotion_gain`: of
    c-statistic, from which a challenger replaces a champion that still passes.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    minimum_c_statistic: Annotated[float, Field(ge=0.5, le=1)] = 0.6
    minimum_calibration_slope: Annotated[float, Field(gt=0, le=1)] = 0.8
    maximum_calibration_slope: Annotated[float, Field(ge=1, le=5)] = 1.2
    maximum_ici: Annotated[float, Field(gt=0, le=1)] = 0.02
    minimum_subgroup_ratio: Annotated[float, Field(gt=0, le=1)] = 0.9
    maximum_subgroup_ratio: Annotated[float, Field(ge=1)] = 1.1
    maximum_stability_index: Annotated[float, Field(gt=0)] = 0.25
    maximum_c_statistic_loss: Share = 0.005
    promotion_gain: Share = 0.005


class RiskSettings(BaseModel):
    """The risk models: each outcome of codelists/outcomes.toml within the horizon.

    `maximum_persons`: for training, and for each check, a sample so large is drawn where there are more people.
    `batch_persons`: people that are scored at a time. `interval_refits`: refits of a tree model behind each
    person's interval. `bootstrap_replicates`: behind the intervals of measures that have no formula.
    `reason_share`: the people of highest risk, as a share of those scored, who get reasons, and what moved their
    risk, for an outcome that is not the main one; for the main one everybody does.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    horizon_months: Annotated[int, Field(ge=1, le=24)] = 12
    minimum_training_events: Annotated[int, Field(ge=20)] = 100
    minimum_validation_events: Annotated[int, Field(ge=20)] = 50
    held_out_practice_share: Annotated[float, Field(gt=0, lt=1)] = 0.3
    maximum_persons: Annotated[int, Field(ge=1_000)] = 80_000
    batch_persons: Annotated[int, Field(ge=100, le=1_000_000)] = 50_000
    interval_refits: Annotated[int, Field(ge=2, le=200)] = 20
    bootstrap_replicates: Annotated[int, Field(ge=20, le=2_000)] = 100
    reason_share: Share = 0.05
    gates: RiskGateSettings = RiskGateSettings()
