"""Which behaviour of the emulator a check is about: a row of the provenance for each, the first that fits.

A row is named by the beginning of its text; a test sees to it that each names exactly one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, lru_cache

from reconciler.emulator.provenance import BEHAVIOURS, Behaviour
from reconciler.emulator.recording.checks import Check

_REWARD = r"^vertex\.tuningJobs\.validateReinforcementTuningReward$"
DEFINED = "paths, methods, query parameters and fields"


@dataclass(frozen=True, slots=True)
class Ground:
    """Patterns that a check has to match; "" matches all. `by_default` is about what no client has set."""

    row: str
    method: str = ""
    aspect: str = ""
    at: str = ""
    status: str = ""
    by_default: bool = False
    says: str = ""
    """What stands in a message."""

    def fits(self, check: Check) -> bool:
        """Whether the check is about this row."""
        return (
            re.search(self.method, check.method) is not None
            and re.fullmatch(self.aspect or ".*", check.aspect) is not None
            and re.search(self.at, check.at) is not None
            and re.match(self.status, str(check.status)) is not None
            and not (self.by_default and check.was_given)
            and re.search(self.says, check.emulator) is not None
        )


GROUNDS = (
    # what is refused
    Ground("texts of 404 for jobs and models", r"^vertex\.(tuningJobs|models)\.", "status|text|value", status="404"),
    Ground(
        "texts of 404 for endpoints and tensorboards",
        r"^vertex\.(endpoints|tensorboards)",
        "status|text|value",
        status="404",
    ),
    Ground("text of 404 after delete", r"^gemini\.tunedModels\.", "status|text|value", status="404"),
    Ground("an ended job is not cancellable", r"^vertex\.tuningJobs\.cancel$", status="400"),
    Ground("a finished operation cannot be cancelled", r"^gemini\.tunedModels\.operations\.cancel$"),
    Ground("a stale etag", r"^vertex\..*\.(patch|update)$", status="409"),
    Ground("the only version cannot be deleted", r"^vertex\.models\.deleteVersion$", status="400"),
    Ground("a deployed model cannot be deleted", r"^vertex\.models\.delete", status="400"),
    Ground("an endpoint with deployed models cannot be deleted", r"^vertex\.endpoints\.delete$", status="400"),
    Ground("a duplicate id: 409", r"^gemini\.tunedModels\.create$", status="409"),
    Ground("after the retirement create is 404", r"^gemini\.tunedModels\.create$", status="404"),
    Ground("an object that is not there: 404 at create", r"^vertex\.tuningJobs\.create$", status="404"),
    Ground("labels: characters, length", r"^vertex\.tuningJobs\.create$", "text", status="400", says="[Ll]abel"),
    Ground("an adapter size that the base", r"^vertex\.tuningJobs\.create$", "text", status="400", says="adapter size"),
    Ground("a dataset URI that is no JSONL", r"^vertex\.tuningJobs\.create$", "text", status="400", says="JSONL"),
    Ground("an unknown or retired base", r"^vertex\.tuningJobs\.create$", "text", status="400", says="Base model"),
    Ground(
        "outputUri is required, and the text", r"^vertex\.tuningJobs\.create$", "text", status="400", says="output_uri"
    ),
    Ground("a location without the base", r"^vertex\.tuningJobs\.create$", "text", status="400", says="location"),
    Ground("text of `Unknown name", "", "text", status="400", says="Unknown name"),
    Ground("text of `Invalid value", "", "text", status="400", says="Invalid value"),
    Ground("an unexpected page token or a negative page size", r"\.list\w*$", status="400"),
    Ground("401 and 403 texts and details", "", status="40[13]"),
    Ground("every bucket exists, unless", r"^storage\.(buckets|objects\.list)", status="404"),
    Ground("form of errors, with a list", r"^storage\.", status="4"),
    # lists
    Ground("lists are newest first; filters work", r"^vertex\.", "order|missing item"),
    Ground("lists are oldest first, ten a page", r"^gemini\.", "order|missing item"),
    Ground("lists are oldest first, ten a page", r"^gemini\..*\.list", "length", r"^\w+\[\]$"),
    Ground("objects, their fields and preconditions", r"^storage\.", "order|missing item"),
    Ground("page sizes of Vertex AI lists", r"^vertex\..*\.list", "length", r"^\w+\[\]$"),
    # tuning jobs
    Ground("create answers the job at once, PENDING", r"^vertex\.tuningJobs\.create$", "status|state"),
    Ground("tuningJobState and tuningJobMetadata are answered", r"^vertex\.tuningJobs", at="tuningJob(State|Metadata)"),
    Ground(
        "states and their order, startTime and endTime", r"^vertex\.tuningJobs", at=r"(^|\.)(state|startTime|endTime)$"
    ),
    Ground(
        "defaults and ranges of rate, batch",
        r"^vertex\.tuningJobs",
        "value",
        r"reinforcementTuningSpec\.hyperParameters",
        by_default=True,
    ),
    Ground(
        "resolved hyperparameters appear when",
        r"^vertex\.tuningJobs",
        "missing field|additional field|type",
        "hyperParameters",
    ),
    Ground(
        "epochs by default: 40 below 200",
        r"^vertex\.tuningJobs",
        "value",
        "hyperParameters.epochCount",
        by_default=True,
    ),
    Ground(
        "default adapter sizes where no page",
        r"^vertex\.tuningJobs",
        "value",
        "hyperParameters.adapterSize",
        by_default=True,
    ),
    Ground(
        "statistics carry tuningStepCount", r"^vertex\.tuningJobs", "missing field|additional field", "tuningStepCount"
    ),
    Ground("8 examples a step; steps", r"^vertex\.tuningJobs", "value", "tuningStepCount"),
    Ground("statistics of distillation leave out", r"^vertex\.tuningJobs", at="distillationDataStats"),
    Ground("statistics: distributions, six buckets", r"^vertex\.tuningJobs", at="DataStats"),
    Ground("checkpoints: one an epoch below ten", r"^vertex\.(tuningJobs|models)", "length|value", "checkpoints"),
    Ground("3.x models are served in", r"^vertex\.tuningJobs", "value", r"tunedModel\.endpoint$"),
    Ground(
        "names: 19-digit ids below the project number",
        r"^vertex\.tuningJobs",
        at=r"(^|\.)(name|tunedModelDisplayName)$",
    ),
    Ground("fields of evaluateDatasetRuns", r"^vertex\.tuningJobs", at="evaluateDatasetRuns"),
    Ground("a cancelled job passes CANCELLING", r"^vertex\.tuningJobs\.cancel$"),
    Ground("a cancelled job passes CANCELLING", r"^vertex\.tuningJobs", at=r"(^|\.)error\b", status="200"),
    Ground("rebase takes 3.5 models", r"^vertex\.tuningJobs\.rebase"),
    Ground("rewardDetails for composite rewards alone", _REWARD, at=r"^rewardDetails"),
    Ground("errors in the reward's information", _REWARD, at=r"(^|\.)error", status="200"),
    Ground("a single reward without a name", _REWARD, "(missing|additional) field", r"^rewardInfoDetails\.[^.]+$"),
    Ground("exactly one of a single and a composite", _REWARD),
    # models, endpoints, operations
    Ground("a label patch replaces the map", r"^vertex\.(models|endpoints)\.patch$", at="labels"),
    Ground("system labels on model and endpoint", r"^vertex\.(models|endpoints)", at=r"(^|\.)labels"),
    Ground(
        "sourceType GENIE, baseModelSource", r"^vertex\.(models|endpoints)", at="ModelSource|ResourcesType|sourceType"
    ),
    Ground("a version's number is in the name in", r"^vertex\.models\.listVersions$", at="name"),
    Ground("a copy has the display name, description", r"^vertex\.models\.copy$"),
    Ground("deletes answer an operation of the location", r"^vertex\..*\.delete"),
    Ground("undeploy, deploy and create answer operations", r"^vertex\.(endpoints\.(un)?deploy|endpoints\.create)"),
    Ground("types of metadata and responses of operations", r"^vertex\..*operations"),
    # metrics and prompts
    Ground("experiment context, run context, tensorboard", r"^vertex\.metadataStores"),
    Ground("six metric names; eval ones only", r"^vertex\.tensorboards.*timeSeries", at="displayName"),
    Ground("experiment context, run context, tensorboard", r"^vertex\.tensorboards"),
    Ground("a Gemini API candidate has index 0", r"^gemini\..*[gG]enerateContent$"),
    Ground("usageMetadata, modelVersion, responseId", r"[gG]enerateContent$"),
    # Gemini API
    Ground("create answers the operation with totalSteps", r"^gemini\.tunedModels\.create$"),
    Ground("steps = ceil(examples x epochs / batch)", r"^gemini\.", "value", "totalSteps"),
    Ground("defaults: 5 epochs, batch 4 or 16", r"^gemini\.", "value", "hyperparameters", by_default=True),
    Ground("training data is never answered", r"^gemini\.", "additional field", "trainingData"),
    Ground(
        "order and digits of fields and timestamps; absent zeros",
        r"^gemini\.tunedModels\.(get|list|operations)",
        "missing field",
    ),
    Ground("permissions: roles, one owner", r"^gemini\.tunedModels\.(permissions|transfer)"),
    # Cloud Storage
    Ground("multipart and resumable uploads", r"^storage\.objects\.insert$"),
    Ground("objects, their fields and preconditions", r"^storage\."),
    # whatever is left
    Ground("fields with proto3 defaults are left out", "", "missing field"),
    Ground(DEFINED),
)


@lru_cache(maxsize=10_000)
def ground_of(check: Check) -> Behaviour:
    """The behaviour that a check is about."""
    return row(next(ground.row for ground in GROUNDS if ground.fits(check)))


@cache
def row(beginning: str) -> Behaviour:
    """The one behaviour whose text begins so."""
    (found,) = [behaviour for behaviour in BEHAVIOURS if behaviour.text.startswith(beginning)]
    return found
