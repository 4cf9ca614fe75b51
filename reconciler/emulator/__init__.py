"""An emulator of Vertex AI tuning, of the Gemini API's tuned models and of the Cloud Storage calls they need.

It stands alone: it is written from the published definitions and from recorded answers, and knows nothing of the
client that it is used to test. Importing this module is cheap; the parts load when an emulator is opened. What is
named here is for whoever uses an emulator: its own modules import one another's files.
"""

from __future__ import annotations

from reconciler.emulator.errors import SettingError, StateError
from reconciler.emulator.facade import Emulator
from reconciler.emulator.messages import ConnectionCut, Request, Response
from reconciler.emulator.running import EmulatedCall, RunningEmulator, running_emulator

__all__ = [
    "ConnectionCut",
    "EmulatedCall",
    "Emulator",
    "Request",
    "Response",
    "RunningEmulator",
    "SettingError",
    "StateError",
    "running_emulator",
]
