"""A run that has ended as one JSON object, as the command line prints it."""

from __future__ import annotations

from typing import Any

from autoencoder.analysis.metrics import AT_END
from autoencoder.runs.run import Run
from autoencoder.settings import GREY_SQUARED
from autoencoder.training.objective import loss_of, objective_of


def result_of(run: Run) -> dict[str, Any]:
    """Its metrics and what it cost; of a run that was measured."""
    found = run.measures
    assert found is not None
    errors: dict[str, float | None] = {}
    others: dict[str, float | None] = {}
    for metric in AT_END:
        value = found.value(metric.name)
        (errors if metric.is_error else others)[metric.name] = value
        if metric.is_error and value is not None:
            errors[f"{metric.name}_grey"] = value * GREY_SQUARED
    return {
        "run": run.id,
        "status": run.status,
        **errors,
        **terms_of(run),
        "held_out": found.held_out,  # false: the test digits were trained on too
        **others,
        "dead_units": list(found.dead_units),
        "parameters": run.architecture.parameter_count,
        "seconds": round(run.seconds, 3),
        "epochs_per_second": round(run.epoch / max(run.seconds, 1e-9), 4),
    }


def terms_of(run: Run) -> dict[str, float | None]:
    """The loss and its terms by name, on the digits that the run is judged on; none where it is the MSE alone."""
    found, objective = run.measures, objective_of(run.architecture, run.training)
    if found is None or objective.is_mse:
        return {}
    loss = loss_of(run.architecture, run.training, found)
    return {"loss": loss, **{name: found.value(name) for name in objective.terms if name != "mse"}}
