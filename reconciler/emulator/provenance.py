"""Where each behaviour of the emulator comes from: one row each, the ground of docs/emulator.md.

`schema`: a published definition. `documented`: a page or a comment of the service's. `recorded`: a real answer or a
real client's traffic. `assumed`: nothing documents it; it seemed likely, and is where to look when the service differs.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Literal, get_args

Provenance = Literal["schema", "documented", "recorded", "assumed"]
SOURCES: tuple[Provenance, ...] = get_args(Provenance)

DISCOVERY = "aiplatform discovery documents"
PROTOS = "google-ai-generativelanguage protos"
TUNING_DOCS = "Vertex AI tuning documentation"
TUNING_GUIDE = "Gemini API tuning guide"
NOTEBOOKS = "Google's tuning notebooks (outputs)"
CLIENTS = "traffic of Google's clients on loopback"
FRONT_END = "common to Google's APIs, wording unconfirmed"


@dataclass(frozen=True, slots=True)
class Behaviour:
    """One thing that the emulator does."""

    area: str
    text: str
    source: Provenance
    pointer: str = ""


def _rows(area: str, *rows: tuple[str, Provenance, str]) -> tuple[Behaviour, ...]:
    return tuple(Behaviour(area, text, source, pointer) for text, source, pointer in rows)


REQUESTS = _rows(
    "Requests and answers",
    (
        "paths, methods, query parameters and fields are those of the definitions; an unknown one is refused",
        "schema",
        DISCOVERY,
    ),
    ("both spellings of a key, int64 as number or text, enums by name or number", "documented", "proto3 JSON mapping"),
    (
        "trailing commas, single quotes and bare keys are taken",
        "recorded",
        "curl samples answered 200; protobuf's parser",
    ),
    ("one object where a list is declared, role USER in upper case", "documented", "curl samples of the tuning guides"),
    ("but in declarations of functions a list is a list", "assumed", ""),
    (
        "text of `Unknown name … Cannot find field.`, of `… cannot start list.`, and their BadRequest detail",
        "recorded",
        "zed#43231, zed#53919, n8n#15553",
    ),
    ("entries of a map by number in such texts: `properties[0].value`", "recorded", "zed#43231"),
    ("text of `Invalid value at … (TYPE_…)`", "assumed", FRONT_END),
    ("the same of a schema's type", "recorded", "gitlab-mcp#166"),
    ("types of a schema in lower case are taken", "documented", "samples of the function calling guides"),
    ("`$alt=json;enum-encoding=int` answers enums as numbers", "recorded", CLIENTS),
    ("fields with proto3 defaults are left out, int64 are strings", "recorded", NOTEBOOKS),
    ("adapter size numbers are not the sizes (4 means sixteen)", "schema", "aiplatform protos"),
    ("`fields` selects parts of an answer", "documented", "standard query parameters"),
    ("an unknown path is an HTML page with 404", "assumed", FRONT_END),
    ("with a key alone, base models of Vertex AI have no project in their path", "schema", DISCOVERY),
    ("`:predict` and its like of a Gemini model are 400 FAILED_PRECONDITION", "recorded", "a published answer"),
    ("answer headers", "recorded", "k8s-config-connector traffic logs"),
    ("answers are compact JSON, not indented", "assumed", ""),
    ("no credential is asked for unless a setting says so", "assumed", ""),
    ("401 and 403 texts and details where credentials are asked for", "assumed", FRONT_END),
    ("any project exists; its number is derived from its id; answers carry the number", "assumed", ""),
    ("an unexpected page token or a negative page size is 400", "assumed", ""),
    ("page sizes of Vertex AI lists: 100, at most 1000", "assumed", ""),
)
JOBS = _rows(
    "Tuning jobs",
    ("create answers the job at once, PENDING, with what was sent", "recorded", NOTEBOOKS),
    ("names: 19-digit ids below the project number; a generated display name `{base}-{uuid}`", "recorded", NOTEBOOKS),
    ("order of fields", "recorded", NOTEBOOKS),
    ("a dataset URI that is no JSONL object: 400 with its list of errors", "recorded", "generative-ai#2081"),
    ("an adapter size that the base lacks: 400 and its text", "recorded", "python-genai#908"),
    ("a first row without contents is refused at create", "recorded", "published error texts"),
    ("an object that is not there: 404 at create, and its text", "assumed", ""),
    ("an unknown or retired base model: 400, and its text", "assumed", ""),
    (
        "a location without the base, `global` among them: FAILED_PRECONDITION",
        "documented",
        "google/skills; text assumed",
    ),
    ("dates, methods, adapter sizes, limits and regions of base models", "documented", TUNING_DOCS),
    ("default adapter sizes where no page names one", "assumed", ""),
    ("CMEK is refused for 3.x models", "documented", TUNING_DOCS),
    ("evaluationConfig: what it requires, where it works; no evaluation is run", "documented", TUNING_DOCS),
    ("labels: characters, length, number", "documented", TUNING_DOCS),
    ("one concurrent job per project; further ones wait", "documented", "quota page; WAITING_FOR_QUOTA in v1beta1"),
    ("a waiting job is PENDING (v1beta1: WAITING_FOR_QUOTA)", "assumed", ""),
    ("the text of the 429 where the quota refuses", "recorded", "reports of others"),
    ("states and their order, startTime and endTime", "documented", DISCOVERY),
    ("tuningJobState and tuningJobMetadata are answered in v1beta1 alone", "schema", DISCOVERY),
    ("how long each stage takes", "assumed", "near the recorded jobs"),
    ("8 examples a step; steps = ceil(examples x epochs / 8)", "assumed", "the Gemini API's documented arithmetic"),
    (
        "epochs by default: 40 below 200 examples, 10 below 1000",
        "recorded",
        "three recorded jobs; between them assumed",
    ),
    ("resolved hyperparameters appear when the data has been processed", "recorded", NOTEBOOKS),
    ("the experiment's name and its Pacific time stamp", "recorded", NOTEBOOKS),
    ("statistics: distributions, six buckets, three examples cut at 400 characters", "recorded", NOTEBOOKS),
    ("statistics carry tuningStepCount, which the recorded ones of 2024-25 lack", "schema", DISCOVERY),
    ("billable tokens are the dataset's, once", "recorded", "three recorded jobs"),
    ("a token is four characters, a media part 258", "assumed", "258: recorded for images on 2.0"),
    ("declared functions are counted like text, once an example", "assumed", ""),
    ("bad content fails the job later, with code 3", "documented", "python-aiplatform#6127; code assumed"),
    (
        "declarations that the definitions have not (types, fields, names, two schemas at once) fail the job",
        "schema",
        DISCOVERY + "; that unknown fields do is assumed",
    ),
    ("a field of another type in turns and generationConfig fails the job; unknown ones there do not", "assumed", ""),
    ("more than ten per cent dropped examples fail the job", "documented", TUNING_DOCS),
    ("the texts of content errors", "assumed", ""),
    ("validation sets are limited to 5000 examples or 30 % of the training set", "documented", TUNING_DOCS),
    (
        "checkpoints: one an epoch below ten, else ten; each with an endpoint of its own",
        "documented",
        "checkpoint page",
    ),
    ("checkpoint endpoints come at the end of the job, not while it runs", "assumed", ""),
    ("base models before 2.5 have no checkpoints", "recorded", NOTEBOOKS),
    ("3.x models are served in `us` and `eu`", "documented", TUNING_DOCS),
    ("a cancelled job passes CANCELLING and has error code 1", "documented", DISCOVERY),
    ("a job that ends within the time of cancelling succeeds", "documented", DISCOVERY),
    ("an ended job is not cancellable: FAILED_PRECONDITION", "assumed", "as the neighbouring operations"),
    (
        "a FAILED job with code 13 may leave a model without an endpoint (fault `no-endpoint`)",
        "recorded",
        "a recorded job",
    ),
    ("continuous tuning adds a version unless the display names differ", "documented", "continuous tuning page"),
    ("rebase takes 3.5 models as the newer base and is done when the job is there", "assumed", ""),
    ("lists are newest first; filters work on every answered field", "assumed", ""),
    ("open models, distillation, Veo and reinforcement tuning are not trained: 501 or 400", "assumed", "not built"),
)
REGISTRY = _rows(
    "Models, endpoints, operations",
    ("system labels on model and endpoint, user labels copied", "recorded", "projects that read real resources"),
    ("sourceType GENIE, baseModelSource, SHARED_RESOURCES", "assumed", ""),
    ("a version's number is in the name in listVersions alone", "documented", DISCOVERY),
    ("the newest version becomes the default", "assumed", ""),
    ("when the default version is deleted, the newest left becomes it", "assumed", ""),
    ("the only version cannot be deleted", "documented", DISCOVERY),
    ("a label patch replaces the map; system labels stay", "assumed", "replacing: documented"),
    ("a patch without a mask changes what it gives", "recorded", CLIENTS),
    ("a stale etag: 409 ABORTED", "documented", "AIP-154"),
    ("display name, description and labels are a model's, for all its versions", "assumed", ""),
    ("an endpoint with deployed models cannot be deleted, and the text", "recorded", "logs of others"),
    ("a deployed model cannot be deleted, and the text", "recorded", "python-aiplatform#2807"),
    (
        "deletes answer an operation of the location that is done at once",
        "recorded",
        "k8s-config-connector traffic logs",
    ),
    ("undeploy, deploy and create answer operations that are done a little later", "assumed", ""),
    ("types of metadata and responses of operations", "schema", DISCOVERY),
    ("operations cannot be cancelled, and the text", "recorded", "vertex-ai-samples#18"),
    ("operations answer below `/ui/` as well", "recorded", CLIENTS),
    ("`wait` answers at once", "documented", "best effort by definition"),
    ("traffic splits add up to 100 and name deployed models", "documented", DISCOVERY),
    ("a copy names the version that it was made from (`originalModelInfo`)", "schema", DISCOVERY),
    (
        "a copy has no alias but `default`, an id of its own, no encryption but what is asked for, nothing deployed",
        "documented",
        "page on copying models",
    ),
    ("ids that clients may choose for a copy and for an endpoint", "documented", DISCOVERY),
    ("a copy has the display name, description, labels and checkpoints of its source", "assumed", ""),
    ("a copy is there at once, from any project; an id that is taken is 409", "assumed", ""),
    ("texts of 404 for endpoints and tensorboards", "recorded", "k8s-config-connector traffic logs"),
    ("texts of 404 for jobs and models", "assumed", ""),
)
METRICS = _rows(
    "Metrics and answers to prompts",
    ("experiment context, run context, tensorboard, run and time series hang together", "recorded", NOTEBOOKS),
    ("six metric names; eval ones only with validation data", "documented", TUNING_DOCS),
    ("preference tuning has one more", "documented", TUNING_DOCS),
    ("metrics are there while the job trains", "documented", TUNING_DOCS),
    ("the values: loss curves are SIMULATED from data size, epochs, rate, adapter and seed", "assumed", ""),
    ("twenty evaluations a training, or one an epoch", "assumed", ""),
    ("at most 1000 points a series in batchRead", "documented", DISCOVERY),
    ("fields of evaluateDatasetRuns; a checkpointId where checkpoints are evaluated", "schema", DISCOVERY),
    ("one run a checkpoint, on the validation data, when the job ends; none without such data", "assumed", ""),
    ("results of an evaluation in the order of its metrics, one for each statistic; average by default", "assumed", ""),
    ("scores of an evaluation are SIMULATED from the evaluation loss at the checkpoint", "assumed", ""),
    ("answers to prompts are SIMULATED: the nearest training example's answer", "assumed", ""),
    (
        "PLANTED answers: right with a given probability an item and version, otherwise wrong",
        "assumed",
        "ours, for tests",
    ),
    ("an item is as difficult for every model, but for what is planted besides", "assumed", "ours, for tests"),
    ("PLANTED latencies are log-normal", "assumed", ""),
    ("SCRIPTED answers have the fields and enums of each service", "schema", DISCOVERY),
    ("a delay until one may try again is google.rpc.RetryInfo", "recorded", "reports of others on the Gemini API"),
    ("an error in the middle of a stream is a part of it with `error`", "documented", "google-genai raises it"),
    ("a base model that nobody scripted says that it is SIMULATED, in JSON where that is asked for", "assumed", ""),
    ("`Server-Timing` tells how long an answer took", "recorded", "logs of clients of Google's front end"),
    (
        "temperature, topP and topK change nothing on gemini-3.5-flash-lite, 3.6 and later",
        "documented",
        "Gemini API changelog of 2026-07-21",
    ),
    ("levels and budgets of thinking by base model", "documented", "thinking page of Vertex AI"),
    ("that tuned models think as their base models do", "assumed", ""),
    (
        "a level of thinking that the base model lacks is 400, and the texts",
        "recorded",
        "opencode-gemini-auth#14, pi#9455",
    ),
    (
        "a level of thinking for base models of before Gemini 3 is 400, and the texts",
        "recorded",
        "Roo-Code#10700, qwen-code#9094",
    ),
    ("a budget of thinking out of its range is 400, and Vertex AI's text", "recorded", "Antigravity-Manager#1384"),
    ("thinking that cannot be turned off is 400, and the text", "recorded", "langchain-google#972"),
    ("level and budget at once are 400, and the Gemini API's text", "recorded", "eclipse-peon-ai#115"),
    ("the other texts about thinking", "assumed", ""),
    (
        "a budget is taken where there are levels, 0 among them",
        "assumed",
        "documented for compatibility; reports on 0 differ",
    ),
    ("thoughts are SIMULATED: a number of tokens by level or budget, where a request has one", "assumed", ""),
    ("thoughts count among maxOutputTokens, and may leave nothing for the answer", "documented", "thinking pages"),
    ("answers of tuned models are not forced into a response schema", "assumed", "not built"),
    ("that tuned models ignore them as their base models do", "assumed", ""),
    ("temperature 0, topK 1 or a seed makes an answer repeat itself where the base model heeds them", "assumed", ""),
    ("a blocked prompt has promptFeedback and no candidates; a blocked answer ends with SAFETY", "schema", DISCOVERY),
    ("an answer without a text has a candidate without parts, which ends with STOP", "assumed", "reports of others"),
    ("a prompt to `models/ID` of the registry is 400, and the text", "recorded", "python-genai#1679"),
    (
        "requests whose declarations lack items, type or what they require are 400, and the texts",
        "recorded",
        "litellm#10251, zed#44875, opencode#11889, LibreChat#6971",
    ),
    ("a function that is declared twice, and the text", "recorded", "threads-mcp#1, flutter-skill#32 on Vertex AI"),
    ("parameters are of type OBJECT, and the text", "recorded", "vercel/ai#9761, opencode#9233"),
    ("names of functions, and the text", "recorded", "cline#7339; at most 128 on Vertex AI: its discovery document"),
    ("answers of functions fit the calls of the turn before, and the texts", "recorded", "gemini-cli#16415, #26486"),
    ("streams: events with `alt=sse`, else a JSON array; an error is a one-element array", "assumed", FRONT_END),
    ("usageMetadata, modelVersion, responseId, createTime", "schema", DISCOVERY),
    ("a Gemini API candidate has index 0 and safety ratings in their order", "recorded", NOTEBOOKS),
)
GEMINI = _rows(
    "Gemini API tuned models",
    ("methods by version: operations.cancel in v1 alone, no tunedModels in v1", "schema", PROTOS),
    ("create answers the operation with totalSteps alone", "recorded", NOTEBOOKS),
    ("steps = ceil(examples x epochs / batch); epoch of a snapshot", "recorded", NOTEBOOKS),
    ("order and digits of fields and timestamps; absent zeros", "recorded", NOTEBOOKS),
    ("training data is never answered", "schema", "input only"),
    ("ids: the form, and slug with twelve random letters", "recorded", NOTEBOOKS),
    ("defaults: 5 epochs, batch 4 or 16, rate 0.001 or 0.0002", "documented", PROTOS),
    ("fewer than twenty examples are taken", "recorded", "the notebooks have fifteen"),
    ("41 characters of display name fail, and the text", "recorded", "deprecated-generative-ai-js#282"),
    ("an example's input and output have at most 40 000 and 5 000 characters", "documented", TUNING_GUIDE),
    ("a duplicate id: 409", "assumed", ""),
    ("lists are oldest first, ten a page", "recorded", "a recorded list; the page size is documented"),
    ("list filter: owner:me, writers:me, readers:me, readers:everyone, and words", "documented", PROTOS),
    ("every caller is one person, the owner", "assumed", ""),
    ("permissions: roles, one owner, transfer makes the owner a writer", "documented", PROTOS),
    ("a cancelled training leaves FAILED or ACTIVE, with code 1 in the operation", "assumed", ""),
    ("a finished operation cannot be cancelled", "assumed", ""),
    ("a model that is being created can be deleted, and does not answer prompts", "assumed", ""),
    ("text of 404 after delete", "recorded", NOTEBOOKS),
    ("after the retirement: lists answer, prompts are 404, and the text", "recorded", "python-genai#969"),
    ("after the retirement create is 404", "assumed", ""),
)
STORAGE = _rows(
    "Cloud Storage",
    ("objects, their fields and preconditions", "schema", "storage discovery document"),
    ("form of errors, with a list", "recorded", "k8s-config-connector traffic logs"),
    ("multipart and resumable uploads as the clients send them", "recorded", CLIENTS),
    ("x-goog-hash on downloads, ranges", "recorded", CLIENTS),
    ("links at the host that was asked", "recorded", CLIENTS),
    ("every bucket exists, unless a setting says otherwise", "assumed", ""),
    ("no versions of objects are kept; access control is not modelled", "assumed", "not built"),
    ("`gs://cloud-samples-data/….jsonl` have generated stand-ins", "assumed", ""),
)
BEHAVIOURS: tuple[Behaviour, ...] = (*REQUESTS, *JOBS, *REGISTRY, *METRICS, *GEMINI, *STORAGE)


def counts() -> Counter[Provenance]:
    """How many behaviours come from each source."""
    return Counter(b.source for b in BEHAVIOURS)
