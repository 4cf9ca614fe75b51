"""`tuneform metrics`."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace

import click

from reconciler.cli.console import is_drawn_on, size_of_stderr, style_for, write
from reconciler.cli.help import command
from reconciler.cli.options import ADDRESS, common, example, form_option
from reconciler.cli.sessions import lock_session
from reconciler.core.curves import last
from reconciler.core.model import Address
from reconciler.core.training_curves import TrainingCurves
from reconciler.session.sessions import LockSession
from reconciler.workflow import metrics as work


@command(
    epilog=example(
        """
        tuneform metrics vertex/support-router
        tuneform metrics vertex/support-router --watch
        tuneform metrics vertex/support-router --all-attempts --metric eval_total_loss
        tuneform metrics vertex/router-v2 vertex/router-v3 --format csv > curves.csv
        """
    )
)
@common
@form_option("text", "json", "csv")
@click.option("--attempt", metavar="N", default="", help="This attempt at the address, and not the newest.")
@click.option("--all-attempts", is_flag=True, help="Every attempt that was submitted, old ones too.")
@click.option(
    "--metric", "names", multiple=True, metavar="NAME", help="Draw and compare this metric; repeatable. [the losses]"
)
@click.option("--watch", is_flag=True, help="Follow the trainings until all of them have ended.")
@click.argument("addresses", type=ADDRESS, nargs=-1, required=True)
def metrics(
    addresses: tuple[Address, ...], form: str, attempt: str, all_attempts: bool, names: tuple[str, ...], watch: bool
) -> None:
    """Show training curves, compare attempts and addresses, and say what they suggest."""
    if attempt and (all_attempts or len(addresses) > 1):
        raise click.UsageError("--attempt is about one address, and not beside --all-attempts.")
    chosen = work.Chosen(addresses, attempt, all_attempts)
    wanted = tuple(dict.fromkeys(name.lstrip("/") for name in names))
    with lock_session("metrics --watch" if watch else "metrics") as now:
        found = _followed(now, chosen, wanted) if watch else work.metrics(now.world, chosen)
        _refuse_unknown(wanted, found)
        if form != "text":
            from reconciler.render.json_metrics import metrics_to_csv, metrics_to_json

            write(metrics_to_csv(found) if form == "csv" else metrics_to_json(found))
            return
        from reconciler.render.terminal.banner import render_banner
        from reconciler.render.terminal.metrics import render_metrics

        style = style_for(sys.stdout)
        names = wanted or tuple(filter(None, [work.selecting_metric(now.world, chosen)]))
        write(render_banner(now.banner, style) + render_metrics(found, style, names))


def _refuse_unknown(wanted: Sequence[str], found: Sequence[TrainingCurves]) -> None:
    """A metric that none of them has: one that begins has none yet."""
    known = {name for training in found for name in training.names}
    missing = [name for name in wanted if name not in known]
    if missing and known:
        raise click.UsageError(f"There is no metric {', '.join(missing)} here; there is {', '.join(sorted(known))}.")


def _followed(now: LockSession, chosen: work.Chosen, names: Sequence[str]) -> list[TrainingCurves]:
    """The trainings at their end. Until then the picture is drawn in place, or what is new is a line."""
    looks = work.watch(now.world, chosen)
    return _drawn(looks, names) if is_drawn_on(sys.stderr) else _in_lines(looks)


def _drawn(looks: Iterator[list[TrainingCurves]], names: Sequence[str]) -> list[TrainingCurves]:
    from reconciler.render.terminal.metrics import render_metrics
    from reconciler.render.terminal.redrawn import Redrawn

    found: list[TrainingCurves] = []
    with Redrawn(sys.stderr) as block:
        for found in looks:
            style, size = style_for(sys.stderr), size_of_stderr()
            narrow = replace(style, width=max(40, min(style.width, size.columns - 1)))
            block.draw(render_metrics(found, narrow, names), size.columns, size.lines)
    return found


def _in_lines(looks: Iterator[list[TrainingCurves]]) -> list[TrainingCurves]:
    found: list[TrainingCurves] = []
    said: dict[str, int] = {}
    for found in looks:
        for training in found:
            name = next(iter(training.names), "")
            point = last(training.curves, name)
            title = f"{training.address} attempt {training.attempt}"
            if point is not None and said.get(title) != point.step:
                said[title] = point.step
                sys.stderr.write(f"{title}: step {point.step}, {name} {point.value:.4g}\n")
                sys.stderr.flush()
    return found
