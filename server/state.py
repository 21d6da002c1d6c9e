"""The objects that all routes and pages of the server process share: the training service and the workshop."""

from __future__ import annotations

from typing import TYPE_CHECKING

from autoencoder.errors import EngineError
from autoencoder.workshop import Workshop

if TYPE_CHECKING:  # pages ask for the service; only app.py, which makes it, imports the engine
    from autoencoder.engine.service import TrainingService

_service: TrainingService | None = None
_workshop: Workshop | None = None


def use(service: TrainingService | None) -> None:
    """Set the service of this process; the server does so before the first page. None takes it away."""
    global _service, _workshop
    _service, _workshop = service, Workshop(service.store.folder) if service is not None else None


def service() -> TrainingService:
    """The training service. Raises EngineError where pages run without the server in `app.py`."""
    if _service is None:
        raise EngineError("The training service is not running. Start the app with: streamlit run app.py")
    return _service


def workshop() -> Workshop:
    """Nicknames and the challenge. Raises EngineError as `service`."""
    return _workshop or Workshop(service().store.folder)
