"""What a session is opened with, as a value."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Settings:
    """Which workspace, which target, which lock. Whoever collects them has its own place for it, and freezes them."""

    folder: str = "."
    workspace: str | None = None
    """NAME of tuneform.NAME.yaml."""
    lock: str | None = None
    """Instead of the workspace's own."""
    emulator: str | None = None
    """`embedded`, or the URL of one that is served; None is Google."""
    parallelism: int = 8
    timeout_s: float | None = None
    """None where the purpose's own counts."""
    files: tuple[str, ...] = ()
    """Specs from these alone."""
    prune: bool = False
    """`files` are all there are."""
    actor: str = ""
    """Who runs it, for the lock; "" where the environment says it, or nobody."""
    run_url: str = ""
    """Where the run can be looked at, as `actor`."""

    @property
    def is_whole(self) -> bool:
        """Whether what is locked and not declared is to be removed."""
        return self.prune or not self.files
