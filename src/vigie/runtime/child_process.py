"""What every child process of ours does before its program begins."""

import ctypes
import signal

_PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None)  # opened here: between fork and exec no lock of the loader may be waited for


def die_with_parent() -> None:
    """For a child to run before exec: the kernel ends it when its parent vanishes, also by SIGKILL (prctl(2))."""
    _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
