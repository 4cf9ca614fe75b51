"""Codes of what a plan reports or refuses: summary, and the paragraph of docs/reference/errors.md."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from reconciler.core.diagnostics import Diagnostic, Explained, Severity


@dataclass(frozen=True, slots=True)
class PlanCode(Explained):
    """A code of a plan's; what `refuses` ends plan, apply and destroy with 3."""

    refuses: bool = False


CODES_PLAN: dict[str, PlanCode] = {
    # What is said beside a change
    "PLAN133": PlanCode(
        "Created in a preview of the API",
        "The method, or a field of it, is in v1beta1 alone, and so the job is created there. What a preview does, and "
        "what it costs, may change without notice.",
    ),
    "PLAN134": PlanCode(
        "A reward was tried",
        "The service was asked what a sample answer of the spec (`rewardSamples`) would be rewarded with. Nothing was "
        "trained for it.",
    ),
    "PLAN135": PlanCode(
        "A reward is not what the spec expects",
        "A sample answer (`rewardSamples`) could not be rewarded, or is rewarded with less or more than the spec says. "
        "A training with a reward that is wrong costs as much as one with a right one.",
    ),
    "PLAN143": PlanCode(
        "The files of an open model stay in the bucket",
        "What tuning an open model leaves is files in Cloud Storage, and no Model. Somebody may have deployed them, so "
        "deleting the model deletes none of them: the lock forgets its training, and `tuneform import` can take it "
        "back. `gcloud storage rm --recursive` deletes them.",
    ),
    "PLAN132": PlanCode(
        "Left out of this plan",
        "`--exclude` leaves an address out, with what depends on it: models that are tuned from it, a sweep that it is "
        "a trial of; of a sweep that is named its trials too. Nothing of them is trained, patched or removed, and what "
        "was approved of them before stays approved. A plan that destroys leaves out no more than what is named.",
    ),
    "PLAN001": PlanCode(
        "Applies when the training ends",
        "Display name, description and labels live on the Model and the Endpoint, which exist only once "
        "the training has ended. `apply` and `wait` patch them then. A lower `keep` waits as well, and the plan after "
        "that shows what it disposes of.",
    ),
    "PLAN002": PlanCode(
        "Changed, and not trained for it",
        "The field differs from what the model was trained with, and it does not decide the weights: "
        "validation data, evaluation, checkpoints, changed bytes behind a URI under `onDataChange: report`, "
        "a newer parent under `onParentChange: report`, or a field that the spec no longer sets. "
        "`tuneform apply --replace ADDRESS` trains with it.",
    ),
    "PLAN003": PlanCode(
        "Two trainings of the same thing are running",
        "Two jobs carry the same markers, spec and data: two runs without a shared lock submitted at the "
        "same time. The older one stays, the younger is cancelled and named. Only a shared lock "
        "(`lock: gs://…`) prevents this.",
    ),
    "PLAN004": PlanCode(
        "An earlier training of exactly this ended",
        "The cloud remembers a job of this spec and data that failed, was cancelled, or whose model was "
        "deleted since. A job record cannot be deleted by anyone; it is history.",
    ),
    "PLAN005": PlanCode(
        "Another model carries this name",
        "A live model carries this workspace and name in its markers but was trained from another spec or "
        "other data, and no lock entry names it. It is left alone.",
    ),
    "PLAN006": PlanCode(
        "A forgotten model still exists",
        "`tuneform forget` dropped it and left a tombstone, so it is not adopted again.",
    ),
    "PLAN007": PlanCode(
        "The failed training left a model",
        "The service trained and uploaded a model, then failed, for instance to create its endpoint. "
        "The model can be deployed by hand; training again would pay again.",
    ),
    "PLAN008": PlanCode(
        "The existing model is not there",
        "`spec.tuneform.existing` names a job, model or endpoint that the service does not show in this "
        "project and location.",
    ),
    "PLAN009": PlanCode(
        "Looks like a rename",
        "A spec was removed and another was added with equal training fields. With `formerNames` the model "
        "is kept and nothing is trained; without it, one is deleted and one is trained.",
    ),
    "PLAN010": PlanCode(
        "The service decides",
        "Fields that the spec leaves unset are decided by the service: said once, never compared.",
    ),
    "PLAN011": PlanCode(
        "The existing model was trained from something else",
        "What `spec.tuneform.existing` names was trained from other fields or other data than its spec says. "
        "The lock records what it was really trained from, so the next plan shows the difference as a replace. "
        "Correct the spec to keep the model as it is.",
    ),
    "PLAN012": PlanCode(
        "The data of the imported model is not there",
        "The job names a dataset that does not exist any more, or that may not be read. A finished model needs "
        "it no more; a successor could not be trained on it.",
    ),
    "PLAN013": PlanCode(
        "Training data of the imported model is unknown",
        "The Gemini API never returns training data, and a Model without a job has none to return. The model is "
        "managed as it is; write its data into the spec before you train a successor.",
    ),
    "PLAN018": PlanCode(
        "The existing model cannot serve",
        "`spec.tuneform.existing` names a training whose job failed or was cancelled, whose model somebody deleted, or "
        "whose endpoint is missing. A job is history, and stays listed after its model is gone. Adopting it would end "
        "without a model.",
    ),
    "PLAN019": PlanCode(
        "The model to copy cannot be found",
        "`spec.from` asks for a model of another workspace, and its lock is not there, cannot be read, is of another "
        "workspace or another cloud, or has no such model; or the model is gone from the cloud. What serves is a copy, "
        "and stays. An address that has none yet is blocked until the source is found.",
    ),
    "PLAN120": PlanCode(
        "It would become a version of another address's model",
        "The service makes a new version of the parent's Model where a training starts from a tuned model and has the "
        "same display name, instead of a Model of its own. Two addresses would then patch one Model in turn. Give the "
        "spec a `tunedModelDisplayName` that its parent does not have. `SPEC044` says the same of a parent that is "
        "named by `ref`.",
        refuses=True,
    ),
    "PLAN121": PlanCode(
        "Two addresses share one Model",
        "Each has a version of its own, and the display name, description and labels of the Model are the same for "
        "both. So they are left as they are; each address patches its own endpoint. It ends when one of the two is "
        "trained anew under another display name.",
    ),
    "PLAN017": PlanCode(
        "In the lock, and not declared yet",
        "The model was imported, or taken over from its markers, and no specs that declare it have been applied. "
        "So this plan leaves it alone: whoever has not seen its spec is not the one to delete it. The first apply "
        "whose specs declare it ends this. `tuneform destroy ADDRESS` and `tuneform forget ADDRESS` act on it by name.",
    ),
    # A rename that has two readings: the plan is refused, with 3
    "PLAN014": PlanCode(
        "A former name and the new one are both locked",
        "A spec says with `formerNames` that it had another name, and the lock has a model under each of the two: one "
        "was deleted and another renamed to its name in one step, or the line in the spec is older "
        "than the model that has the former name now. Carried out as it stands, a model would be paid for again and "
        "another one deleted. Let the old model of the new name go first, or take the name out of `formerNames`.",
    ),
    "PLAN023": PlanCode(
        "Whether the training data changed is unknown",
        "The local file has other bytes than those that were trained on. Whether only its form differs (line ends, a "
        "last newline, the order of keys) only the content shows, and it is recorded nowhere: the record is of 0.1.0, "
        "which kept the digest of the bytes alone, and the object that was uploaded is gone, may not be read or has "
        "other bytes. No doubt is reason to train. If the examples did change, `--replace` trains anew.",
    ),
    "PLAN024": PlanCode(
        "Adopted, and its training data is unknown",
        "The lock knows nothing of this model. It carries the markers of this spec and was trained from the same "
        "fields; its data was marked by its bytes, as 0.1.0 did, the local file has others, and the uploaded object is "
        "gone, may not be read or has other bytes by now. It is adopted all the same: no doubt is reason to train.",
    ),
    "PLAN026": PlanCode(
        "Pinned to an earlier attempt",
        "`tuneform rollback` let an earlier attempt serve again. It serves until the spec asks for something else than "
        "it did then, and a successor of that serves; or until `tuneform promote ADDRESS` lets serve what it was "
        "rolled back from. Nothing is trained meanwhile, and what was rolled back from is not disposed of. Display "
        "name, description, labels and lifecycle go on following the spec.",
    ),
    "PLAN027": PlanCode(
        "Waits to be promoted",
        "`lifecycle.promote` is `manual`: a model that is trained and passed its gate serves when somebody says "
        "`tuneform promote ADDRESS`, or a dated line `promote:` under `allow:` lets it. Until then what served before "
        "serves on, and no plan changes that: plan and apply end with 0.",
    ),
    # Refusals: plan shows them and ends with 3
    "PLAN101": PlanCode(
        "Too many models would be deleted or replaced",
        "At more addresses than `limits.maxDeletes` the plan deletes models that answer: one that serves, or deposed "
        "ones that a change makes surplus to `keep`. Or it deletes or replaces more than `limits.maxDisposePercent` of "
        "at least ten that serve. Override once with `--allow-limits`, or with a dated "
        "line under `allow:` in the workspace.",
        refuses=True,
    ),
    "PLAN102": PlanCode(
        "Every spec is gone",
        "The lock has models and no spec declares any of them: there is none, or only others. An empty folder, or "
        "one of other names, is more often a wrong folder, branch or pipe than a wish. Override once with "
        "`--allow-empty`, or with a dated line under `allow:`.",
        refuses=True,
    ),
    "PLAN103": PlanCode(
        "The model is protected",
        "`lifecycle.protect` forbids deleting, disposing of, cancelling or destroying it: the model that serves, a "
        "training under way, and the deposed ones that `keep` keeps. Older ones may go. The locked "
        "protection counts until one apply has lifted it. Set `protect: false` and apply that first, or "
        "override once with `--allow-protected`.",
        refuses=True,
    ),
    "PLAN104": PlanCode(
        "The resource carries another workspace's marker",
        "It belongs to another workspace by its labels. Override once with `--allow-foreign`.",
        refuses=True,
    ),
    "PLAN105": PlanCode(
        "The cost is over the budget",
        "The estimate's upper end is over `budget.perJob` or `budget.perPlan`. Override once with `--allow-cost`.",
        refuses=True,
    ),
    "PLAN106": PlanCode(
        "The cost is unknown and a budget is set",
        "With `budget.whenUnknown: refuse` an unknown cost is refused: it becomes known with an explicit "
        "epochCount, a price for the base model under `prices:`, and training data that can be read. "
        "Override once with `--allow-cost`.",
        refuses=True,
    ),
    "PLAN107": PlanCode(
        "The base model does not train any more",
        "The base model is past its tuning cut-off, does not offer the method, or cannot be tuned on this "
        "service at all, by the dated catalogue. Override once with `--allow-retired`, where the service "
        "may know better. What the spec itself shows is refused sooner, as SPEC091.",
        refuses=True,
    ),
    "PLAN108": PlanCode(
        "A running training would be cancelled",
        "What it has trained so far is paid for and lost. Override once with `--allow-cancel`.",
        refuses=True,
    ),
    "PLAN123": PlanCode(
        "A removal, and not every spec was read",
        "The plan removes what no spec declares, while something that may be a spec was not read (`SPEC015`): a spec "
        "that is not read is not one that was removed. Make it a spec again, or delete it where it is none. Or another "
        "source declared it last: what `specs` of the workspace says, or what was named with `-f` or piped in. It "
        "says nothing of what it never declared. Plan with the source that declared it. Override "
        "once with `--allow-unread`, or with a dated line under `allow:` that names the address.",
        refuses=True,
    ),
    "PLAN124": PlanCode(
        "The tuned model to start from is not there",
        "`preTunedModel.tunedModelName`, or `tunedModelSource.tunedModel`, names a model that the service does not "
        "show: a job that starts from it would be refused. It is looked for when a plan is about to train from it.",
    ),
    "PLAN125": PlanCode(
        "The base model does not offer this",
        "By the dated catalogue, jobs on this base model take no customer-managed encryption key, or no "
        "`evaluationConfig` in this location: the service would refuse the job when it is created. Override once with "
        "`--allow-retired`, where the service may know better, or correct the catalogue under `models:`.",
        refuses=True,
    ),
    "PLAN109": PlanCode(
        "The plan differs from the approved one",
        "What would be done now is not what was approved: specs, lock or cloud moved in between. Nothing "
        "was changed. Make a new plan and have it approved.",
    ),
    "PLAN110": PlanCode(
        "Unknown address",
        "`--target`, `--replace` or a command named an address that neither a spec nor the lock has.",
    ),
    "PLAN111": PlanCode(
        "Needs a yes",
        "Without a terminal nothing is asked: `--yes`, `--checksum` or a saved plan says that the plan is approved.",
    ),
    "PLAN114": PlanCode(
        "Unknown base model",
        "The catalogue of base models does not know the name. It may be newer than the catalogue; a "
        "misspelt one is refused by the service when the job is created, before anything is paid.",
    ),
    "PLAN115": PlanCode(
        "The base model is not tuned in this location",
        "By the catalogue. The service refuses the job when it is created, before anything is paid.",
    ),
    "PLAN116": PlanCode(
        "The adapter size is not offered",
        "By the catalogue. The service refuses the job when it is created, before anything is paid.",
    ),
    "PLAN144": PlanCode(
        "The tuning mode is not offered",
        "By the catalogue an open model is tuned by an adapter, in full, or both. The service refuses the job when it "
        "is created, before anything is paid.",
    ),
    "PLAN117": PlanCode(
        "The base model retires",
        "Models tuned from a base model stop answering when the base is retired. Dates are the earliest "
        "published ones, and have been moved before.",
    ),
    "PLAN118": PlanCode(
        "The data that it was trained on is not proven",
        "The object was other bytes after the job had read it than when the job was submitted (`RUN020`). "
        "`tuneform apply --replace ADDRESS` trains on what is there now.",
    ),
    "PLAN119": PlanCode(
        "The training data has warnings",
        "Rules over the file that is about to be trained on warn of something. `tuneform dataset check FILE` "
        "shows each with its line. `dataRules:` in the workspace turns a rule off.",
    ),
    "PLAN113": PlanCode(
        "The model is another one's parent",
        "A declared model is tuned further from it, and would be retrained from nothing. Remove or change "
        "that spec first, or destroy both.",
    ),
    "PLAN130": PlanCode(
        "No model serves that the gate could compare with",
        "`against: incumbent` compares a successor with what serves at its address, and a first model has none. With "
        "`atLeast` it must reach a number instead, and its successors both; `against: base` compares with the model "
        "that it was tuned from. It is refused before a training is paid for.",
        refuses=True,
    ),
    "PLAN131": PlanCode(
        "The gate has a limit of cost, and no price of answers is known",
        "`maxCost` stops a gate where its answers would cost more. That needs their price: `generate` under "
        "`prices:` in the workspace, for the base model and for a judge, in the currency of `maxCost`.",
        refuses=True,
    ),
    "PLAN136": PlanCode(
        "A rule of the workspace is not met",
        "A rule under `policies` of the workspace says that this must not be. The message is the rule's own. Change "
        "what it speaks of, or let a pull request add a line under `allow` that names the rule, with a last day and a "
        "reason. There is no flag for it: a rule that any run may lift is none.",
        refuses=True,
    ),
    "PLAN137": PlanCode(
        "A rule of the workspace warns",
        "A rule with `severity: warn` under `policies` of the workspace is not met. Nothing is refused for it.",
    ),
    "PLAN138": PlanCode(
        "A rule of the workspace is not met, and that is allowed",
        "A line under `allow` of the workspace names the rule, and is not over yet. The plan goes on. After the last "
        "day it is refused again.",
    ),
    "PLAN139": PlanCode(
        "A rule of the workspace could not be evaluated",
        "It asks for what is not there, such as the cost of a change that trains nothing, or takes more steps than a "
        "rule may. What nobody could judge is not met: the plan is refused, or warned of with `severity: warn`. Ask "
        "first with `has(…)`, or narrow the rule with `when`.",
        refuses=True,
    ),
    "PLAN140": PlanCode(
        "No job of GitHub Actions",
        "`--into-github` appends to the files that `GITHUB_STEP_SUMMARY` and `GITHUB_OUTPUT` name, which GitHub's "
        "runner sets for each step. Without them the command does its work, and nothing is written anywhere.",
    ),
    "PLAN141": PlanCode(
        "The present model leaves its endpoint",
        "The spec says `rebase: sameEndpoint`. When the new model is trained, the service undeploys the one that "
        "serves and deploys the new one at the same endpoint: callers go on asking there, nothing judges the new model "
        "first, and `tuneform rollback` has no endpoint to roll back to. The old model itself stays as long as `keep` "
        "says.",
    ),
    "PLAN142": PlanCode(
        "The model is not rebased",
        "The spec says `rebase`, and its base model is another one. The service can train again, on another base "
        "model, what a tuning job has trained, when nothing else is to be trained differently. Where that is not so, "
        "the new model is trained as after any other edit: by a job of its own, which answers at an endpoint of its "
        "own.",
    ),
    "PLAN145": PlanCode(
        "Not known whether the base model is tuned in this way",
        "No published page says that the base model offers the method, and none leaves it out of a list: the catalogue "
        "does not know. Where the service refuses it, that is before anything is paid. A workspace corrects the "
        "catalogue under `models`.",
    ),
    "PLAN112": PlanCode(
        "The saved plan cannot be read",
        "The file is not a plan that this version wrote, or it was damaged.",
    ),
}


def plan_diagnostic(code: str, severity: Severity, detail: str, **more: Any) -> Diagnostic:
    """A diagnostic with this code's summary."""
    return Diagnostic(code, severity, CODES_PLAN[code].summary, detail, **more)
