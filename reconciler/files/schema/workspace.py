"""`kind: Workspace`: the settings of a set of models, in tuneform.yaml."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from pydantic import Field

from reconciler.core.buckets import BUCKET
from reconciler.core.settings import SpecsFrom
from reconciler.files.schema.base import OneOf, Part, shared
from reconciler.files.schema.base_models import CatalogFromPart, Day, ModelPart
from reconciler.files.schema.ours import Duration, EmptyIsDefault, LocationId, NonNegative, Positive, ProjectId
from reconciler.files.schema.policy import PolicyName
from reconciler.files.schema.specs_from import PATHS_MAX, SpecsSource
from reconciler.files.schema.values import Formed, Number

ALLOW_KINDS = (
    *("delete", "cancel", "protected", "empty", "unread", "foreign", "cost", "retired", "limits", "promote"),
    "policy",
)
EVERY_ADDRESS = ("all", "*")

Money: TypeAlias = Annotated[
    str,
    Formed(r"[0-9]+(?:\.[0-9]+)? [A-Z]{3}", "an amount of money", "Write an amount and a currency, like 50 USD."),
]
PricePerTokens: TypeAlias = Annotated[
    str,
    Formed(
        r"[0-9]+(?:\.[0-9]+)? [A-Z]{3}/1[KM]",
        "a price of tokens",
        "Write it per million or thousand, like 5 USD/1M.",
    ),
]
StagingUri: TypeAlias = Annotated[
    str,
    Formed(
        rf"gs://{BUCKET}(?:/[^\s?#]*)?",
        "a place in Cloud Storage",
        "Write it like gs://BUCKET/FOLDER.",
    ),
]
AllowAddress: TypeAlias = Annotated[
    str,
    Formed(
        r"all|\*|(?:vertex|gemini)/[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?",
        "an address",
        "Write vertex/NAME or gemini/NAME, or all for every one.",
    ),
]
VersionRange: TypeAlias = Annotated[
    str,
    Formed(
        r"\s*(?:>=|<=|==|!=|>|<|~=)\s*[0-9]+(?:\.[0-9]+)*(?:\s*,\s*(?:>=|<=|==|!=|>|<|~=)\s*[0-9]+(?:\.[0-9]+)*)*\s*",
        "a range of versions",
        'Write it like ">=0.1,<1".',
    ),
]
PoliciesPath: TypeAlias = Annotated[
    str,
    Formed(r"(?![/~-])[^\x00-\x1f]*[^\x00-\x20]", "a relative path", "Write a path relative to this file."),
]
LockPlace: TypeAlias = Annotated[str, Field(min_length=1)]
VariableName: TypeAlias = Annotated[
    str, Formed(r"[A-Za-z_][A-Za-z0-9_]{0,127}", "the name of a variable", "Write a name like NOTIFY_SECRET.")
]
WebhookUrl: TypeAlias = Annotated[
    str,
    Formed(
        r"(?:https://(?![^/]*@)[^\s/?#]+|http://(?:localhost|127\.0\.0\.1|\[::1\])(?::[0-9]{1,5})?)(?:[/?]\S*)?",
        "an address that begins with https://",
        "Write it like https://hooks.acme.dev/tuneform; http:// is for this machine alone, and secrets go elsewhere.",
    ),
]
ReceiverName: TypeAlias = Annotated[
    str,
    Formed(
        r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,62})",
        "a name",
        "Use at most 63 letters, digits, dots, hyphens and underscores.",
    ),
]
NoticeWord: TypeAlias = Literal["served", "pending", "refused", "undecided", "failed", "stuck", "gone", "retiring"]
WorkspaceName: TypeAlias = Annotated[
    str,
    Formed(
        r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?",
        "a DNS label",
        "Use at most 63 lower-case letters, digits and hyphens; begin and end with a letter or digit.",
        "SPEC032",
    ),
]


class WorkspaceMetadata(Part):
    """Name of the workspace."""

    name: WorkspaceName
    """Name of the workspace, part of the markers on everything that it makes. Two workspaces never share
    one."""
    namespace: str | None = None
    """Accepted for other tools, and ignored."""
    labels: dict[str, str] = Field(default_factory=dict)
    """Accepted for other tools, and ignored."""
    annotations: dict[str, str] = Field(default_factory=dict)
    """Accepted for other tools, and ignored."""


class VertexDefaults(Part):
    """Defaults of VertexTunedModel specs."""

    project: ProjectId | None = None
    """Project of specs that name none."""
    location: LocationId | None = None
    """Location of specs that name none."""
    staging_uri: StagingUri | None = None
    """Where local training files are uploaded to: into a folder of this workspace below it, by their sha256."""


class GeminiDefaults(Part):
    """Defaults of GeminiTunedModel specs."""

    project: ProjectId | None = None
    """Project of specs that name none."""


class LimitsPart(Part):
    """What a plan may do before it is refused, how creates are sent, and what a training may drop."""

    max_dispose_percent: Annotated[int, Number(is_whole=True, least=0, most=100)] = 30
    """Refuse to delete or replace more than this share of the ready models, where there are ten or more."""
    max_deletes: NonNegative = 2
    """Refuse to delete more ready models than this at once."""
    concurrent_jobs: Positive = 1
    """How many jobs of a project may run at a time; the service's own quota is one by default."""
    list_lag: Duration = "10m"
    """How long a new job may be missing from the service's lists, before a create whose answer was lost is
    repeated."""
    max_dropped_percent: Annotated[float, Number(is_whole=False, least=0, most=100)] | None = None
    """Share of the training examples that the service may drop; a successor that lost more does not serve.
    Unset: it is reported and nothing more. The service itself fails a job that drops more than 10 %."""
    max_duration: Duration | None = None
    """How long a training may take, from its submission, before `status` shows it as stuck. A spec's own
    `lifecycle.maxDuration` beats it. Nothing is cancelled."""


class BudgetPart(Part):
    """What trainings may cost; amounts are in one currency."""

    per_job: Money | None = None
    """Largest cost of one training."""
    per_plan: Money | None = None
    """Largest cost of one plan."""
    when_unknown: Literal["refuse", "allow"] = "refuse"
    """What to do where a cost cannot be known beforehand."""


class AnswerPricePart(Part):
    """Price of answers of a base model, and of models tuned from it."""

    input: PricePerTokens
    """Price of the tokens that a question has, such as `0.30 USD/1M`."""
    output: PricePerTokens
    """Price of the tokens that an answer has, those of thinking included, such as `2.50 USD/1M`."""


class PricePart(Part):
    """Prices of a base model."""

    some = ("train", "generate")

    train: PricePerTokens | None = None
    """Price of training tokens, such as `5 USD/1M`."""
    generate: AnswerPricePart | None = None
    """Price of answers: what gates cost follows from it, and `maxCost` of a gate needs it."""
    as_of: Day
    """Day on which the price was read."""


class AllowPart(Part):
    """One override of a refusal, dated and with its reason, that a pull request can approve."""

    alternatives = (OneOf(ALLOW_KINDS),)

    delete: AllowAddress | None = None
    """Delete this model although the limit of deletes is reached."""
    cancel: AllowAddress | None = None
    """Cancel this running training."""
    protected: AllowAddress | None = None
    """Delete or dispose of this protected model."""
    empty: AllowAddress | None = None
    """Go on although every spec is gone; write `all`."""
    unread: AllowAddress | None = None
    """Remove this model although something that may be a spec is not read."""
    foreign: AllowAddress | None = None
    """Touch this model although another workspace's marker is on it."""
    cost: AllowAddress | None = None
    """Train this model although its cost is over the budget, or unknown."""
    retired: AllowAddress | None = None
    """Train this model although its base model is past its date or cannot be tuned."""
    limits: AllowAddress | None = None
    """Go past the limits of the whole plan; write `all`."""
    promote: AllowAddress | None = None
    """Let what is trained for this model serve although its spec says `promote: manual`."""
    policy: PolicyName | None = None
    """Go on although the rule of this name is not met."""
    address: AllowAddress | None = None
    """With `policy`: the address that the rule need not hold for; unset: for all, and for the plan."""
    until: Day
    """Last day on which the override counts."""
    reason: Annotated[str, Field(min_length=1)]
    """Why, for those who read it later."""


class SecretPart(Part):
    """Where a secret is. It is never written into a file that is committed."""

    alternatives = (OneOf(("env", "file")),)

    env: VariableName | None = None
    """Variable of the environment that holds it."""
    file: Annotated[str, Field(min_length=1)] | None = None
    """File that holds it, relative to this file; a last line end does not count."""


class VariablePart(Part):
    """A variable of the environment."""

    env: VariableName
    """Its name."""


class NotifyPart(Part):
    """Somebody who is told what becomes of models: one CloudEvent for each thing, at least once."""

    alternatives = (OneOf(("webhook", "webhookFrom", "file")),)

    name: ReceiverName | None = None
    """What the lock and messages call the receiver; default the host of the webhook, its variable, or the file."""
    webhook: WebhookUrl | None = None
    """Address that takes the event as a POST request."""
    webhook_from: VariablePart | None = None
    """Where the address is, when it is a secret by itself."""
    file: Annotated[str, Field(min_length=1)] | None = None
    """File that each event is appended to as a line of JSON, relative to this file."""
    secret: SecretPart | None = None
    """What messages to a webhook are signed with, as Standard Webhooks say it: bytes in base64 after `whsec_`, or
    else the text itself. Unset: they are not signed."""
    events: Annotated[list[NoticeWord], Field(min_length=1)] | None = None
    """What it is told; unset: everything."""


class WorkspaceSpec(Part):
    """The settings."""

    vertex: Annotated[VertexDefaults, EmptyIsDefault] = shared(VertexDefaults)
    """Defaults of VertexTunedModel specs."""
    gemini: Annotated[GeminiDefaults, EmptyIsDefault] = shared(GeminiDefaults)
    """Defaults of GeminiTunedModel specs."""
    lock: LockPlace | None = None
    """Where the lock is: a path relative to this file, or `gs://…`; default `tuneform.lock` beside it."""
    specs: Annotated[SpecsFrom | None, SpecsSource()] = None
    """Where the specs come from: files and folders relative to this file (`[models/, ../shared/models.yaml]`), what
    kustomize renders of a folder (`{kustomize: overlays/prod}`), or a pipe (`{stdin: true}`); unset: everything below
    `specs/`. What another source declared last is not removed."""
    limits: Annotated[LimitsPart, EmptyIsDefault] = shared(LimitsPart)
    """What a plan may do before it is refused, how creates are sent, and what a training may drop."""
    budget: BudgetPart | None = None
    """What trainings may cost; unset: no limit."""
    prices: dict[str, PricePart] = Field(default_factory=dict)
    """Prices by base model, over those of the built-in dated table."""
    models: dict[str, ModelPart] = Field(default_factory=dict)
    """Corrections of the built-in catalogue of base models, and models that it does not know, by name."""
    data_rules: dict[str, Literal["error", "warning", "note", "off"]] = Field(default_factory=dict)
    """Severity of rules over training data, by id, such as `DATA904: off`. Other than the rules' own ones."""
    allow: list[AllowPart] = Field(default_factory=list)
    """Overrides of refusals."""
    notify: list[NotifyPart] = Field(default_factory=list)
    """Who is told what becomes of models."""
    required_version: VersionRange | None = None
    """Versions of tuneform that may read this workspace, such as `>=0.1`."""
    policies: Annotated[list[PoliciesPath], Field(max_length=PATHS_MAX)] = Field(default_factory=list)
    """Rules of your own over plans: files, and folders of them, relative to this file. Each path has a rule."""
    catalog: Literal["current", "historic"] = "current"
    """Which base models exist: `historic` includes those that the services have retired, for an emulator
    only."""
    catalog_from: CatalogFromPart | None = None
    """Where the catalogue of base models comes from; unset: from tuneform itself. `models` corrects either."""


class WorkspaceDocument(Part):
    """Settings of a set of models: tuneform.yaml, or tuneform.NAME.yaml for `--workspace NAME`."""

    answers = frozenset({"status"})

    api_version: Literal["tuneform.dev/v1"]
    """Version of this format."""
    kind: Literal["Workspace"]
    """Kind of this document."""
    metadata: WorkspaceMetadata
    """Name of the workspace."""
    spec: Annotated[WorkspaceSpec, EmptyIsDefault] = shared(WorkspaceSpec)
    """The settings."""
