"""How each run begins that is then killed at every boundary: one command over a repository and a cloud."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass

from tests.crash.specs import (
    A_CHILD,
    A_COPY,
    A_ROUTER,
    A_SWEEP,
    AN_OPEN_MODEL,
    BY_HAND,
    CHILD,
    FROM_A_FILE,
    NUMBERS,
    PAIRS,
    ROUTER,
    SOME_NUMBERS,
    STAGING_WORKSPACE,
    WORKSPACE,
    messages_about,
    rows_about,
)
from tests.crash.stage import PLACE, QUICK, Stage

APPLY = ("apply", "--yes")
NO_WAIT = ("apply", "--yes", "--no-wait")
_STILL_RUNNING = 4


@dataclass(frozen=True, slots=True)
class Scenario:
    """`begin` leads to the moment before `argv` is run for the first time.

    `again` are the codes with which the same command may end when it had done its work before it was killed;
    `plan` is what `plan --detailed-exitcode` says in the end.
    """

    begin: Callable[[Stage], None]
    argv: tuple[str, ...] = APPLY
    again: tuple[int, ...] = (0,)
    plan: int = 0
    waits_for_leases: bool = True
    """Whether a dead run's lease, waited for, leaves the cloud as it was: nothing ends by itself meanwhile."""
    lost_too_soon: bool = False
    """Whether the lock was lost sooner after a create than lists may lag: until then nobody can know of its job."""

    @property
    def is_by_hand(self) -> bool:
        """Whether a person says what serves: that looks at what the address has, and at nothing that trains."""
        return self.argv[0] in ("rollback", "promote")


def prepare(stage: Stage) -> None:
    """What is there before anything of ours: a workspace, data, and other people's models."""
    stage.write("tuneform.yaml", WORKSPACE)
    stage.raw("POST", "/upload/storage/v1/b/acme-data/o?uploadType=media&name=train.jsonl", rows_about("billing"))
    _strangers(stage)


def _strangers(stage: Stage) -> None:
    spec = {"trainingDatasetUri": "gs://acme-data/train.jsonl", "hyperParameters": {"epochCount": "1"}}
    others = {"tuneform-workspace": "another", "tuneform-name": "router"}
    for labels in ({}, others):
        body = {"baseModel": "gemini-2.5-flash", "labels": labels, "supervisedTuningSpec": spec}
        stage.ask("POST", f"/v1/{PLACE}/tuningJobs", body)
    _train_numbers(stage, "somebody-elses", "numbers", epochs=1)
    stage.elapse(60)
    stage.ask("GET", f"/v1/{PLACE}/tuningJobs")  # what ended by now has ended before any fault is asked for


def _train_numbers(stage: Stage, name: str, shown: str, *, epochs: int) -> None:
    """A tuned model of the Gemini API that somebody else makes."""
    pairs = [{"textInput": "1", "output": "2"}, {"textInput": "3", "output": "4"}]
    numbers = {"epochCount": epochs, "batchSize": 2, "learningRate": 0.001}
    task = {"trainingData": {"examples": {"examples": pairs}}, "hyperparameters": numbers}
    body = {"baseModel": "models/gemini-1.5-flash-001-tuning", "displayName": shown, "tuningTask": task}
    stage.ask("POST", f"/v1beta/tunedModels?tunedModelId={name}", body)


def _declares(*specs: tuple[str, str]) -> Callable[[Stage], None]:
    def begin(stage: Stage) -> None:
        for path, text in specs:
            stage.write(path, text)

    return begin


def _upload(stage: Stage) -> None:
    stage.write("specs/train.jsonl", rows_about("bugs").decode())
    stage.write(ROUTER, A_ROUTER.replace("gs://acme-data/train.jsonl", "train.jsonl"))


def _applied(stage: Stage, *specs: tuple[str, str]) -> None:
    _declares(*specs)(stage)
    stage.succeeds(*APPLY)


def _replace(stage: Stage) -> None:
    _applied(stage, (ROUTER, A_ROUTER))
    stage.edit(ROUTER, "epochCount: 3", "epochCount: 5")


def _replace_gemini(stage: Stage) -> None:
    _applied(stage, (NUMBERS, SOME_NUMBERS))
    stage.edit(NUMBERS, "epochCount: 3", "epochCount: 5")


def _begun(stage: Stage, *specs: tuple[str, str]) -> None:
    """Submitted, and in the middle of a training that outlasts every wait for a dead run's lease."""
    _declares(*specs)(stage)
    _submitted(stage)


def _submitted(stage: Stage) -> None:
    stage.ask("POST", "/_emulator/settings", {"processing_s": 3600, "gemini_start_s": 3600})
    stage.succeeds(*NO_WAIT, code=_STILL_RUNNING)
    stage.elapse(0.5)
    stage.ask("GET", f"/v1/{PLACE}/tuningJobs")  # it runs by now
    stage.ask("POST", "/_emulator/settings", {name: QUICK[name] for name in ("processing_s", "gemini_start_s")})


def _replace_running(stage: Stage) -> None:
    _begun(stage, (ROUTER, A_ROUTER))
    stage.edit(ROUTER, "epochCount: 3", "epochCount: 5")


def _replace_running_gemini(stage: Stage) -> None:
    _begun(stage, (NUMBERS, SOME_NUMBERS))
    stage.edit(NUMBERS, "epochCount: 3", "epochCount: 5")


def _replace_running_successor(stage: Stage) -> None:
    _replace(stage)
    _submitted(stage)
    stage.edit(ROUTER, "epochCount: 5", "epochCount: 6")


def _too_late(stage: Stage) -> None:
    """Nothing slows it down: it is to end by itself, soon."""
    stage.fault("vertex.tuningJobs.run", "finish-while-cancelling")
    _declares((ROUTER, A_ROUTER))(stage)
    stage.succeeds(*NO_WAIT, code=_STILL_RUNNING)
    stage.elapse(0.5)
    stage.edit(ROUTER, "epochCount: 3", "epochCount: 5")


def _update(stage: Stage) -> None:
    _applied(stage, (ROUTER, A_ROUTER), (NUMBERS, SOME_NUMBERS))
    stage.edit(ROUTER, "labels: {team: support}", "labels: {tier: gold}\n  tunedModelDisplayName: Router")
    stage.edit(NUMBERS, "temperature: 0.5", "temperature: 0.3")


def _lose_fields_while_training(stage: Stage) -> None:
    stage.write(ROUTER, A_ROUTER.replace("{team: support}", "{team: support, env: prod}\n  description: Sorts"))
    stage.succeeds(*NO_WAIT, code=_STILL_RUNNING)
    stage.write(ROUTER, A_ROUTER)


def _running(stage: Stage) -> None:
    _declares((ROUTER, A_ROUTER), (NUMBERS, SOME_NUMBERS))(stage)
    stage.succeeds(*NO_WAIT, code=_STILL_RUNNING)
    stage.elapse(0.5)


def _cancel_removed(stage: Stage) -> None:
    _begun(stage, (ROUTER, A_ROUTER), (NUMBERS, SOME_NUMBERS))
    stage.remove(ROUTER)
    stage.remove(NUMBERS)


def _cancel_one(stage: Stage) -> None:
    _begun(stage, (ROUTER, A_ROUTER))


def _cancel_one_gemini(stage: Stage) -> None:
    _begun(stage, (NUMBERS, SOME_NUMBERS))


def _delete(stage: Stage) -> None:
    _applied(stage, (ROUTER, A_ROUTER), (NUMBERS, SOME_NUMBERS))
    stage.remove(ROUTER)


def _delete_gemini(stage: Stage) -> None:
    _applied(stage, (ROUTER, A_ROUTER), (NUMBERS, SOME_NUMBERS))
    stage.remove(NUMBERS)


def _surplus(stage: Stage) -> None:
    _replace(stage)
    stage.succeeds(*APPLY)
    stage.edit(ROUTER, "epochCount: 5", "epochCount: 6")


def _open_model(stage: Stage) -> None:
    stage.raw(
        "POST", "/upload/storage/v1/b/acme-data/o?uploadType=media&name=messages.jsonl", messages_about("billing")
    )
    stage.write(ROUTER, AN_OPEN_MODEL)


def _surplus_of_files(stage: Stage) -> None:
    """The second is deposed, and the first is let go; files of all three stay."""
    _open_model(stage)
    stage.succeeds(*APPLY)
    stage.edit(ROUTER, "epochCount: 3", "epochCount: 5")
    stage.succeeds(*APPLY)
    stage.edit(ROUTER, "epochCount: 5", "epochCount: 6")


def _surplus_gemini(stage: Stage) -> None:
    _replace_gemini(stage)
    stage.succeeds(*APPLY)
    stage.edit(NUMBERS, "epochCount: 5", "epochCount: 6")


def _keep_fewer(stage: Stage) -> None:
    _replace(stage)
    stage.succeeds(*APPLY)
    stage.edit(ROUTER, "  labels: {team: support}", "  labels: {team: support}\n  tuneform: {lifecycle: {keep: 0}}")


def _restore(stage: Stage) -> None:
    _replace(stage)
    stage.succeeds(*APPLY)
    stage.edit(ROUTER, "epochCount: 5", "epochCount: 3")


def _rolled_back(stage: Stage) -> None:
    _replace(stage)
    stage.succeeds(*APPLY)
    stage.succeeds("rollback", "vertex/router", "--yes")


def _roll_back(stage: Stage) -> None:
    """What was patched since, the older model has to carry as well."""
    _replace(stage)
    stage.succeeds(*APPLY)
    stage.edit(ROUTER, "labels: {team: support}", "labels: {tier: gold}")
    stage.succeeds(*APPLY)


def _roll_back_gemini(stage: Stage) -> None:
    _replace_gemini(stage)
    stage.succeeds(*APPLY)
    stage.edit(NUMBERS, "temperature: 0.5", "temperature: 0.3")
    stage.succeeds(*APPLY)


def _roll_back_while_training(stage: Stage) -> None:
    _surplus(stage)
    stage.edit(ROUTER, "  labels: {team: support}", "  labels: {team: support}\n  tuneform: {lifecycle: {keep: 3}}")
    _submitted(stage)


def _edit_while_pinned(stage: Stage) -> None:
    _rolled_back(stage)
    stage.edit(ROUTER, "epochCount: 5", "epochCount: 6")


def _unpin(stage: Stage) -> None:
    """The spec comes to say what was rolled back to."""
    _rolled_back(stage)
    stage.edit(ROUTER, "epochCount: 5", "epochCount: 3")


_MANUAL = A_ROUTER + "  tuneform: {lifecycle: {promote: manual}}\n"


def _held_back(stage: Stage) -> None:
    """One serves, and a successor is about to be trained that has to wait."""
    _applied(stage, (ROUTER, _MANUAL))
    stage.succeeds("promote", "vertex/router", "--yes")
    stage.edit(ROUTER, "epochCount: 3", "epochCount: 5")


def _pending(stage: Stage) -> None:
    _held_back(stage)
    stage.succeeds(*APPLY)


def _pending_and_reverted(stage: Stage) -> None:
    _pending(stage)
    stage.edit(ROUTER, "epochCount: 5", "epochCount: 3")


def _another_checkpoint(stage: Stage) -> None:
    """Of two epochs: with more, chance may decide which one is best."""
    two_epochs = A_ROUTER.replace("epochCount: 3", "epochCount: 2")
    _applied(stage, (ROUTER, two_epochs + "  tuneform: {serve: {checkpoint: 1}}\n"))
    stage.edit(ROUTER, "checkpoint: 1", "checkpoint: best train_total_loss")


def _successor_with_a_checkpoint(stage: Stage) -> None:
    _replace(stage)
    stage.edit(ROUTER, "  labels:", '  tuneform: {serve: {checkpoint: "2"}}\n  labels:')


def _aliased(stage: Stage) -> None:
    _applied(stage, (ROUTER, A_ROUTER + "  tuneform: {serve: {alias: production}}\n"))
    stage.edit(ROUTER, "epochCount: 3", "epochCount: 5")


def _successor_under_another_alias(stage: Stage) -> None:
    _aliased(stage)
    stage.edit(ROUTER, "alias: production", "alias: live")


def _roll_back_with_alias(stage: Stage) -> None:
    _aliased(stage)
    stage.succeeds(*APPLY)


def _alias_given_by_hand(stage: Stage) -> None:
    """To the model that served before."""
    _roll_back_with_alias(stage)
    trainings = json.loads(stage.lock_text())["entries"]["vertex/router"]["trainings"]
    given = {"versionAliases": ["production"]}
    stage.ask("POST", f"/v1/{trainings['1']['model']}:mergeVersionAliases", given)
    taken = {"versionAliases": ["-production"]}
    stage.ask("POST", f"/v1/{trainings['2']['model']}:mergeVersionAliases", taken)


def _adopt(stage: Stage) -> None:
    _applied(stage, (ROUTER, A_ROUTER), (NUMBERS, SOME_NUMBERS))
    stage.elapse(60)  # a list that lags shows them by now: what it hid, nobody could know without the lock
    stage.lose_lock()


def _adopt_running(stage: Stage) -> None:
    _running(stage)
    stage.lose_lock()


def _retry(stage: Stage) -> None:
    stage.fault("vertex.tuningJobs.run", "fail:14;message=The service is unavailable.")
    _declares((ROUTER, A_ROUTER + "  tuneform: {lifecycle: {onFailure: retry, maxAttempts: 3}}\n"))(stage)
    stage.succeeds(*APPLY, code=1)


def _retry_gemini(stage: Stage) -> None:
    stage.fault("gemini.tunedModels.run", "fail:14;message=The service is unavailable.")
    _declares((NUMBERS, SOME_NUMBERS + "  tuneform: {lifecycle: {onFailure: retry, maxAttempts: 3}}\n"))(stage)
    stage.succeeds(*APPLY, code=1)


def _existing(stage: Stage) -> None:
    """Trained by hand from the very same thing, and named in a spec."""
    spec = {"trainingDatasetUri": "gs://acme-data/train.jsonl", "hyperParameters": {"epochCount": "3"}}
    body = {"baseModel": "gemini-2.5-flash", "tunedModelDisplayName": BY_HAND, "supervisedTuningSpec": spec}
    job = stage.ask("POST", f"/v1/{PLACE}/tuningJobs", body)["name"]
    _train_numbers(stage, "by-hand", BY_HAND, epochs=3)
    stage.elapse(60)
    stage.ask("GET", f"/v1/{PLACE}/tuningJobs")
    stage.write(ROUTER, A_ROUTER + f"  tuneform: {{existing: {job}}}\n")
    stage.write(NUMBERS, SOME_NUMBERS + "  tuneform: {existing: tunedModels/by-hand}\n")


def _forget(stage: Stage) -> None:
    _applied(stage, (ROUTER, A_ROUTER + "  tuneform: {lifecycle: {onRemove: retain}}\n"), (NUMBERS, SOME_NUMBERS))
    stage.remove(ROUTER)


def _rename(stage: Stage) -> None:
    _applied(stage, (ROUTER, A_ROUTER))
    stage.edit(ROUTER, "name: router", "name: triage")
    stage.edit(ROUTER, "  labels:", "  tuneform: {formerNames: [router]}\n  labels:")


def _drifted(stage: Stage) -> None:
    _applied(stage, (ROUTER, A_ROUTER + "  tuneform: {lifecycle: {onDataChange: retune}}\n"))
    stage.raw("POST", "/upload/storage/v1/b/acme-data/o?uploadType=media&name=train.jsonl", rows_about("refunds"))


def _staging(stage: Stage) -> None:
    """Another workspace beside ours, which serves a router."""
    stage.write("staging/tuneform.yaml", STAGING_WORKSPACE)
    stage.write("staging/specs/router.yaml", A_ROUTER)
    _staging_applies(stage)


def _staging_applies(stage: Stage) -> None:
    stage.succeeds("-C", "staging", "--lock", "tuneform.lock", *APPLY)


def _copy(stage: Stage) -> None:
    _staging(stage)
    stage.write(ROUTER, A_COPY)


def _copy_newer(stage: Stage) -> None:
    """And staging keeps nothing of what was copied before."""
    _copy(stage)
    stage.edit(ROUTER, "  labels:", "  tuneform: {lifecycle: {keep: 0}}\n  labels:")
    stage.succeeds(*APPLY)
    stage.edit("staging/specs/router.yaml", "epochCount: 3", "epochCount: 4")
    stage.edit("staging/specs/router.yaml", "  labels:", "  tuneform: {lifecycle: {keep: 0}}\n  labels:")
    _staging_applies(stage)


def _copy_begun(stage: Stage) -> None:
    _copy(stage)
    stage.succeeds(*NO_WAIT, code=_STILL_RUNNING)


def _copy_unwanted(stage: Stage) -> None:
    _copy_begun(stage)
    stage.remove(ROUTER)


def _copy_lost(stage: Stage) -> None:
    _copy(stage)
    stage.succeeds(*APPLY)
    stage.lose_lock()


def _train_instead(stage: Stage) -> None:
    """What was copied is trained here from now on."""
    _copy(stage)
    stage.succeeds(*APPLY)
    stage.write(ROUTER, A_ROUTER)


def _swept(stage: Stage) -> None:
    stage.write(ROUTER, A_SWEEP)
    stage.succeeds(*APPLY)


def _sweep_a_better_one(stage: Stage) -> None:
    _swept(stage)
    stage.edit(ROUTER, "[1, 6]", "[1, 6, 20]")


def _sweep_a_worse_one(stage: Stage) -> None:
    _swept(stage)
    stage.edit(ROUTER, "[1, 6]", "[1, 2, 6]")


def _sweep_without_the_rest(stage: Stage) -> None:
    _swept(stage)
    stage.edit(ROUTER, "train_total_loss}", "train_total_loss, rest: delete}")


def rebase(stage: Stage, how: str, lifecycle: str = "") -> None:
    """Another base model; and a label and a description are lost, which the new model comes to carry at first."""
    text = A_ROUTER.replace("{team: support}", "{team: support, env: prod}\n  description: Sorts")
    _applied(stage, (ROUTER, f"{text}  tuneform: {{rebase: {how}{lifecycle}}}\n"))
    stage.edit(ROUTER, "gemini-2.5-flash", "gemini-3.5-flash")
    stage.edit(ROUTER, ", env: prod}\n  description: Sorts", "}")


def _rebase_beside(stage: Stage) -> None:
    rebase(stage, "newEndpoint")


def _rebase_in_place(stage: Stage) -> None:
    rebase(stage, "sameEndpoint", ", lifecycle: {keep: 0}")


SCENARIOS: dict[str, Scenario] = {
    "create": Scenario(_declares((ROUTER, A_ROUTER))),
    "create, Gemini API": Scenario(_declares((NUMBERS, SOME_NUMBERS))),
    "create after an upload": Scenario(_upload),
    "create from a data file, Gemini API": Scenario(_declares((NUMBERS, FROM_A_FILE), PAIRS)),
    "create an open model": Scenario(_open_model),
    "create a parent and its child": Scenario(_declares((ROUTER, A_ROUTER), (CHILD, A_CHILD))),
    "create without waiting, then wait": Scenario(_running, ("wait",)),
    "replace": Scenario(_replace),
    "replace, Gemini API": Scenario(_replace_gemini),
    "replace a running job": Scenario(_replace_running, (*APPLY, "--allow-cancel")),
    "replace a running training, Gemini API": Scenario(_replace_running_gemini, (*APPLY, "--allow-cancel")),
    "replace a running successor": Scenario(_replace_running_successor, (*APPLY, "--allow-cancel")),
    "replace a job that ends while cancelled": Scenario(_too_late, (*APPLY, "--allow-cancel"), waits_for_leases=False),
    "replace for new data": Scenario(_drifted),
    "update in place": Scenario(_update),
    "fields removed while it trains": Scenario(_lose_fields_while_training),
    "restore": Scenario(_restore),
    "roll back": Scenario(_roll_back, ("rollback", "vertex/router", "--yes"), again=(0, 1)),
    "roll back, Gemini API": Scenario(_roll_back_gemini, ("rollback", "gemini/numbers", "--yes"), again=(0, 1)),
    "roll back while a successor trains": Scenario(
        _roll_back_while_training, ("rollback", "vertex/router", "--to", "1", "--yes")
    ),
    "promote again": Scenario(_rolled_back, ("promote", "vertex/router", "--yes"), again=(0, 1)),
    "replace what is pinned": Scenario(_edit_while_pinned),
    "the spec comes to say what is pinned": Scenario(_unpin),
    "train a successor that waits": Scenario(_held_back),
    "promote what waits": Scenario(_pending, ("promote", "vertex/router", "--yes"), again=(0, 1)),
    "promote what waits by a permission": Scenario(_pending, (*APPLY, "--allow-promote")),
    "what waits is not wanted any more": Scenario(_pending_and_reverted),
    "another checkpoint serves": Scenario(_another_checkpoint),
    "replace, and a checkpoint of it serves": Scenario(_successor_with_a_checkpoint),
    "replace, and an alias moves": Scenario(_successor_under_another_alias),
    "roll back, and an alias moves": Scenario(
        _roll_back_with_alias, ("rollback", "vertex/router", "--yes"), again=(0, 1)
    ),
    "an alias is put back": Scenario(_alias_given_by_hand),
    "cancel by removal": Scenario(_cancel_removed, (*APPLY, "--allow-cancel", "--allow-empty")),
    "cancel by command": Scenario(_cancel_one, ("cancel", "vertex/router", "--yes"), again=(0, 1), plan=2),
    "cancel by command, Gemini API": Scenario(
        _cancel_one_gemini, ("cancel", "gemini/numbers", "--yes"), again=(0, 1), plan=2
    ),
    "delete with checkpoints": Scenario(_delete),
    "delete, Gemini API": Scenario(_delete_gemini),
    "destroy everything": Scenario(_update, ("destroy", "--all", "--yes"), again=(0, 1), plan=2),
    "replace, and dispose of an older model": Scenario(_surplus),
    "replace, and dispose of an older model, Gemini API": Scenario(_surplus_gemini),
    "replace an open model, and let go of an older one": Scenario(_surplus_of_files),
    "keep fewer deposed models": Scenario(_keep_fewer),
    "adopt after a lost lock": Scenario(_adopt),
    "adopt running jobs after a lost lock": Scenario(_adopt_running, lost_too_soon=True),
    "adopt what specs name": Scenario(_existing),
    "retry after a transient failure": Scenario(_retry),
    "retry after a transient failure, Gemini API": Scenario(_retry_gemini),
    "forget": Scenario(_forget),
    "rename": Scenario(_rename),
    "copy from another workspace": Scenario(_copy),
    "copy a newer version, and dispose of the older copy": Scenario(_copy_newer),
    "copy without waiting, then wait": Scenario(_copy_begun, ("wait",)),
    "take away a copy that is being made": Scenario(_copy_unwanted, (*APPLY, "--allow-empty")),
    "adopt a copy after a lost lock": Scenario(_copy_lost),
    "train what was a copy": Scenario(_train_instead),
    "sweep two values": Scenario(_declares((ROUTER, A_SWEEP))),
    "add a better value to a sweep": Scenario(_sweep_a_better_one),
    "add a worse value to a sweep": Scenario(_sweep_a_worse_one),
    "delete the trials of a sweep that lost": Scenario(_sweep_without_the_rest),
    "rebase": Scenario(_rebase_beside),
    "rebase at the same endpoint, and dispose of the older model": Scenario(_rebase_in_place),
}
