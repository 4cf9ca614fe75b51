"""What a disk, a quota or a permission of a file system says: for the user to mend, and no bug."""

from __future__ import annotations

import errno
from typing import Final

from reconciler.core.codes_run import run_diagnostic
from reconciler.core.diagnostics import Diagnostic

_DISKS: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EPERM, errno.EIO, errno.EFBIG})


def disk_trouble(exc: BaseException) -> Diagnostic | None:
    """Wherever it comes from: standard output may be a file too. None where it is something else."""
    if not isinstance(exc, OSError) or exc.errno not in _DISKS:
        return None
    where = f"{exc.filename}" if exc.filename else "The output"
    fix = "Make room, or choose a place that can be written; then run the same command again."
    return run_diagnostic("RUN016", f"{where}: {exc.strerror}.", fix=fix)
