"""What the server process holds: the training service and the workshop."""

from __future__ import annotations

from autoencoder.engine.service import TrainingService
from autoencoder.errors import EngineError
from autoencoder.workshop import Workshop

_service: TrainingService | None = None
_workshop: Workshop | None = None


def use(service: TrainingService | None) -> None:
    """Called once by the server before the first page."""
    global _service, _workshop
    _service, _workshop = service, Workshop(service.store.folder) if service is not None else None


def service() -> TrainingService:
    """Raises EngineError where the pages run without the server in `app.py`."""
    if _service is None:
        raise EngineError("The training service is not running. Start the app with: streamlit run app.py")
    return _service


def workshop() -> Workshop:
    """The people who share this server. Raises EngineError where the pages run without it."""
    return _workshop or Workshop(service().store.folder)
