"""How a call ends that does not end well: one error with its messages, in words where it is shown."""

from __future__ import annotations

import difflib
import inspect
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import ParamSpec, TypeVar

from reconciler.core import exits
from reconciler.core.codes_run import run_diagnostic
from reconciler.core.diagnostics import Diagnostic, ReconcilerError, in_order
from reconciler.session.clock import Interrupted
from reconciler.session.disks import disk_trouble

P = ParamSpec("P")
R = TypeVar("R")
_RESUME = "Everything up to here is in the lock: wait() of the workspace goes on with it."


class CallError(ReconcilerError):
    """What a call of the library raises: a notebook shows the messages, and no trace of what is ours."""

    def __str__(self) -> str:
        """Every message with what mends it, as the command line shows them."""
        from reconciler.render.style import Style
        from reconciler.render.terminal.diagnostics import render_diagnostics

        return "\n" + render_diagnostics(self.diagnostics, Style(width=100)).rstrip()

    def _render_traceback_(self) -> list[str]:
        """IPython asks for it in place of the trace."""
        from reconciler.render.style import Palette, Style
        from reconciler.render.terminal.diagnostics import render_diagnostics

        return render_diagnostics(self.diagnostics, Style(width=100, palette=Palette.ON)).splitlines()


class WrongCallError(CallError, TypeError):
    """A call with an argument that there is not, or without one that there must be."""


class UnknownNameError(CallError, KeyError):
    """There is nothing of that name in what a call found."""


def call(method: Callable[P, R]) -> Callable[P, R]:
    """A method of the library as others call it: wrong arguments and all else that goes wrong are messages."""
    signature = inspect.signature(method)

    @wraps(method)
    def called(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            signature.bind(*args, **kwargs)
        except TypeError as exc:
            raise WrongCallError(_wrong_call(method.__name__, signature, kwargs, f"{exc}")) from None
        with shown():
            return method(*args, **kwargs)

    return called


def _wrong_call(name: str, signature: inspect.Signature, given: Iterable[str], why: str) -> Diagnostic:
    known = [parameter for parameter in signature.parameters if parameter not in ("self", "cls")]
    title = "Workspace()" if name == "__init__" else f"{name}()"
    unknown = [argument for argument in given if argument not in known]
    if not unknown:
        return run_diagnostic("RUN086", f"{title}: {why}.", fix=f"It is {name}{_bare(signature)}.")
    near = difflib.get_close_matches(unknown[0], known, n=1)
    fix = f'Did you mean "{near[0]}"?' if near else f"There is {', '.join(known) or 'none'}."
    return run_diagnostic("RUN086", f"{title} has no argument {unknown[0]!r}.", fix=fix)


def _bare(signature: inspect.Signature) -> str:
    """`(addresses, attempt=…)`, without types."""
    own = [p for p in signature.parameters.values() if p.name not in ("self", "cls")]
    plain = [p.replace(annotation=inspect.Parameter.empty) for p in own]
    return f"{inspect.Signature(plain)}"


@contextmanager
def shown() -> Iterator[None]:
    """Inside, whatever ends the call by somebody's mistake becomes a CallError, and a signal what Python has for it."""
    try:
        yield
    except CallError:
        raise
    except ReconcilerError as exc:
        raise CallError(*in_order(exc.diagnostics), exit_code=exc.exit_code) from exc.__cause__
    except OSError as exc:
        found = disk_trouble(exc)
        if found is None:
            raise
        raise CallError(found) from exc
    except Interrupted:
        interrupted = KeyboardInterrupt()
        interrupted.add_note(_RESUME)
        raise interrupted from None


def unknown_name(name: object, known: Iterable[str], *, what: str) -> UnknownNameError:
    """With the nearest one."""
    names = list(known)
    near = difflib.get_close_matches(str(name), names, n=1)
    listed = ", ".join(names) or "none"
    fix = f'Did you mean "{near[0]}"?' if near else f"There is {listed}."
    return UnknownNameError(run_diagnostic("RUN088", f"There is no {what} {str(name)!r}.", fix=fix))


def wrong_argument(detail: str, fix: str) -> CallError:
    """A value that an argument cannot have (RUN028)."""
    return CallError(run_diagnostic("RUN028", detail, fix=fix), exit_code=exits.USAGE)
