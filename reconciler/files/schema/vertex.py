"""`kind: VertexTunedModel`: the fields of a TuningJob that a user may set.

Source: the published definitions of aiplatform v1 and v1beta1, `TuningJob` and what hangs on it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal, TypeAlias

from pydantic import AfterValidator, Field

from reconciler.core.buckets import BUCKET
from reconciler.core.copying import SERVED
from reconciler.core.dialects.vertex import VERTEX
from reconciler.core.model import OnChange
from reconciler.files.schema.base import Apart, OneOf, Part, shared
from reconciler.files.schema.distillation import DistillationSpec, FullFineTuningSpec
from reconciler.files.schema.hyperparameters import AdapterHyperParameters, OpenHyperParameters, TuningMode
from reconciler.files.schema.ours import (
    DNS_LABEL,
    EmptyIsDefault,
    LocationId,
    Metadata,
    Positive,
    ProjectId,
    TuneformPart,
)
from reconciler.files.schema.reinforcement import ReinforcementTuningSpec, Reward
from reconciler.files.schema.sweep import SelectPart, SweptFields
from reconciler.files.schema.values import (
    LABEL_KEY_PATTERN,
    LABEL_VALUE_PATTERN,
    LABELS_MAX,
    Formed,
    FreeObject,
    Number,
    label_key,
    label_value,
)

BaseModelId: TypeAlias = Annotated[
    str,
    Formed(
        r"(?!models/)[A-Za-z0-9][A-Za-z0-9._/@:-]*",
        "a base model of Vertex AI",
        'Write its id alone, such as gemini-3.5-flash, without "models/" before it.',
    ),
]
ModelName: TypeAlias = Annotated[
    str,
    Formed(
        r"projects/[^/\s]+/locations/[a-z0-9-]+/models/[^/@\s]+(?:@[^/@\s]+)?",
        "the resource name of a model",
        "Write it as projects/PROJECT/locations/LOCATION/models/ID, with @VERSION if it matters.",
    ),
]
FolderUri: TypeAlias = Annotated[
    str,
    Formed(
        rf"gs://{BUCKET}(?:/[^\s?#]*)?",
        "a folder of Cloud Storage",
        "Write it like gs://BUCKET/FOLDER.",
    ),
]
KmsKey: TypeAlias = Annotated[
    str,
    Formed(
        r"projects/[^/\s]+/locations/[a-z0-9-]+/keyRings/[^/\s]+/cryptoKeys/[^/\s]+",
        "the resource name of a key",
        "Write it as projects/PROJECT/locations/LOCATION/keyRings/RING/cryptoKeys/KEY.",
    ),
]
ServiceAccount: TypeAlias = Annotated[
    str,
    Formed(
        r"[^@\s]+@[^@\s]+\.gserviceaccount\.com",
        "the e-mail address of a service account",
        "Write it as NAME@PROJECT.iam.gserviceaccount.com.",
    ),
]
ExistingName: TypeAlias = Annotated[
    str,
    Formed(
        r"projects/[^/\s]+/locations/[a-z0-9-]+/(?:tuningJobs/[^/@\s]+|models/[^/@\s]+(?:@[^/@\s]+)?)",
        "the resource name of a tuning job or a model",
        "Write it as projects/PROJECT/locations/LOCATION/tuningJobs/ID, as an import does.",
    ),
]
LabelKey: TypeAlias = Annotated[
    str, AfterValidator(label_key), Field(json_schema_extra={"pattern": f"^{LABEL_KEY_PATTERN}$"})
]
LabelValue: TypeAlias = Annotated[
    str, AfterValidator(label_value), Field(json_schema_extra={"pattern": f"^{LABEL_VALUE_PATTERN}$"})
]
EvaluationConfig: TypeAlias = Annotated[
    dict[str, Any],
    FreeObject(
        known=(
            "autoraterConfig",
            "datasetCustomMetrics",
            "inferenceGenerationConfig",
            "metrics",
            "outputConfig",
        ),
        required=("metrics", "outputConfig"),
    ),
]
REWARD_SAMPLES_MAX = 20
"""Each is one request for every plan that would train."""
SHOWN_ALONE = "Models tuned by it are listed and shown."
TrainingUri: TypeAlias = Annotated[str, Field(min_length=1)]


class VertexRef(Part):
    """Another spec of this workspace."""

    kind: Annotated[Literal["VertexTunedModel"], OnChange.REPLACE] = "VertexTunedModel"
    """Kind of the other spec."""
    name: Annotated[str, OnChange.REPLACE, Formed(DNS_LABEL, "the name of a spec", "Write its metadata.name.")]
    """`metadata.name` of the other spec."""


class PreTunedModel(Part):
    """A tuned model to go on from."""

    alternatives = (OneOf(("tunedModelName", "ref")),)
    answers = frozenset({"baseModel"})

    tuned_model_name: Annotated[ModelName | None, OnChange.REPLACE] = None
    """Resource name of the model, `projects/…/locations/…/models/…`, with `@VERSION` or `@ALIAS` if it
    matters."""
    checkpoint_id: Annotated[str | None, OnChange.REPLACE] = None
    """Checkpoint to go on from; unset: the model's default one."""
    ref: Annotated[VertexRef | None, OnChange.REPLACE, Apart.PARENT] = None
    """Another spec instead of a resource name: it is trained first, and its model is pinned when this one
    is submitted."""


class SupervisedHyperParameters(OpenHyperParameters):
    """Hyperparameters of supervised tuning."""


class PreferenceHyperParameters(AdapterHyperParameters):
    """Hyperparameters of preference tuning."""

    beta: Annotated[Annotated[float, Number(is_whole=False, least=0)] | None, OnChange.REPLACE] = None
    """How closely the tuned model stays to the base model's behaviour: larger is closer."""


class SupervisedTuningSpec(Part):
    """Supervised tuning: prompts with the answers to learn."""

    training_dataset_uri: Annotated[TrainingUri, OnChange.REPLACE, Apart.DATASET]
    """Training data: `gs://BUCKET/OBJECT`, a dataset's resource name, or a path relative to this file."""
    validation_dataset_uri: Annotated[TrainingUri | None, OnChange.REPORT, Apart.DATASET] = None
    """Validation data, in the same forms; does not change the weights."""
    tuning_mode: Annotated[TuningMode | None, OnChange.REPLACE] = None
    """How an open model is tuned (v1beta1): all of its weights, or an adapter."""
    hyper_parameters: Annotated[SupervisedHyperParameters | None, OnChange.REPLACE] = None
    """Hyperparameters; what is unset the service decides."""
    export_last_checkpoint_only: Annotated[bool | None, OnChange.REPORT] = None
    """Whether to export the last checkpoint alone, without an endpoint for each intermediate one."""
    evaluation_config: Annotated[EvaluationConfig | None, OnChange.REPORT] = None
    """Evaluation of the checkpoints (preview): `metrics` and `outputConfig` are required, the rest is
    passed on."""


class PreferenceOptimizationSpec(Part):
    """Preference tuning: prompts with a better and a worse answer."""

    training_dataset_uri: Annotated[TrainingUri, OnChange.REPLACE, Apart.DATASET]
    """Training data: `gs://BUCKET/OBJECT`, a dataset's resource name, or a path relative to this file."""
    validation_dataset_uri: Annotated[TrainingUri | None, OnChange.REPORT, Apart.DATASET] = None
    """Validation data, in the same forms; does not change the weights."""
    hyper_parameters: Annotated[PreferenceHyperParameters | None, OnChange.REPLACE] = None
    """Hyperparameters; what is unset the service decides."""
    export_last_checkpoint_only: Annotated[bool | None, OnChange.REPORT] = None
    """Whether to export the last checkpoint alone, without an endpoint for each intermediate one."""


class EncryptionSpec(Part):
    """A key of Cloud KMS."""

    kms_key_name: Annotated[KmsKey, OnChange.REPLACE]
    """`projects/…/locations/…/keyRings/…/cryptoKeys/…`, in the location of the job."""


class SourcePart(Part):
    """Another workspace's model."""

    workspace: Annotated[str, Field(min_length=1)]
    """Name of the other workspace (`metadata.name` in its settings)."""
    address: Annotated[
        str, Formed(rf"vertex/{DNS_LABEL}", "an address of Vertex AI", "Write it as vertex/NAME, as its plan does.")
    ]
    """Its address there, `vertex/NAME`."""
    version: Annotated[
        str,
        Formed(
            rf"{SERVED}|[1-9][0-9]*|projects/[^/\s]+/locations/[a-z0-9-]+/models/[^/@\s]+@[1-9][0-9]*",
            "a version of the other workspace's model",
            "Write served, the number of an attempt in quotes, or projects/…/locations/…/models/ID@VERSION.",
        ),
    ] = SERVED
    """`served`: what serves there now; or an attempt there, such as `"4"`; or the resource name of a Model with its
    version, for which no lock is read."""
    lock: Annotated[str | None, Field(min_length=1)] = None
    """Where the other workspace's lock lies: `gs://BUCKET/OBJECT`, or a path relative to this file. Unset: as the
    settings of that name beside `tuneform.yaml` say."""


class RewardSamplePart(Part):
    """An answer, and what it has to be rewarded with."""

    answer: Annotated[str, Field(min_length=1)]
    """What the model might answer."""
    example: Positive = 1
    """To which example of the training data, counted from 1."""
    least: Reward | None = None
    """The reward is at least this, or the plan is refused."""
    most: Reward | None = None
    """The reward is at most this, or the plan is refused."""


class VertexTuneform(TuneformPart):
    """Everything about the model that is no field of the API."""

    existing: ExistingName | None = None
    """Resource name of a model that tuneform did not make; written by `tuneform import`."""
    rebase: Literal["newEndpoint", "sameEndpoint"] | None = None
    """How a changed `baseModel` trains, when nothing else is to be trained differently: the service trains again what
    the job of the present model trained. The new one answers at a `newEndpoint`, or replaces the present one at the
    `sameEndpoint`, before anybody could judge it. Unset: by a job of its own, as after any other edit."""
    sweep: Annotated[SweptFields | None, OnChange.REPLACE] = None
    """Hyperparameters, or `baseModel`, with several values each: one training for every choice of them, such as
    `{epochCount: [2, 4], learningRateMultiplier: [0.5, 1]}`. The best one is copied, and serves."""
    select: SelectPart | None = None
    """Which trial of a sweep is the best."""
    reward_samples: Annotated[list[RewardSamplePart], Field(max_length=REWARD_SAMPLES_MAX)] = Field(
        default_factory=list
    )
    """Answers on which the service tries the rewards of `reinforcementTuningSpec` when a plan would train, before
    anything is paid."""


class VertexSpec(Part):
    """The fields of a TuningJob, with its project and location."""

    alternatives = (
        OneOf(("baseModel", "preTunedModel", "from")),
        OneOf((*(method.field for method in VERTEX.methods), "from")),
        OneOf(("serviceAccount", "from"), is_required=False),
    )
    answers = frozenset(
        {
            "name", "state", "createTime", "startTime", "endTime", "updateTime", "error", "experiment",
            "gcsMetricsUri", "tunedModel", "tuningDataStats", "evaluateDatasetRuns", "tuningJobState",
            "tuningJobMetadata", "pipelineJob", "satisfiesPzi", "satisfiesPzs",
        }
    )  # fmt: skip
    left_out: ClassVar[Mapping[str, str]] = dict.fromkeys(
        ("partnerModelTuningSpec", "veoTuningSpec", "veoLoraTuningSpec"), SHOWN_ALONE
    )
    project: Annotated[ProjectId | None, OnChange.REPLACE] = None
    """Google Cloud project; default: the workspace's `vertex.project`."""
    location: Annotated[LocationId | None, OnChange.REPLACE] = None
    """Where the job runs; default: the workspace's `vertex.location`."""
    base_model: Annotated[BaseModelId | None, OnChange.REPLACE] = None
    """Base model to tune, such as `gemini-3.5-flash`; or else `preTunedModel`."""
    pre_tuned_model: Annotated[PreTunedModel | None, OnChange.REPLACE] = None
    """Tuned model to go on from, instead of a base model."""
    custom_base_model: Annotated[FolderUri | None, OnChange.REPLACE] = None
    """Weights to go on from (v1beta1, open models alone): the folder of `.safetensors` files, `gs://BUCKET/FOLDER`;
    `baseModel` says which open model they are of."""
    output_uri: Annotated[FolderUri | None, OnChange.REPORT] = None
    """Where an open model's weights are written (v1beta1): `gs://BUCKET/FOLDER`. Each attempt has a folder of its own
    below it, `WORKSPACE/NAME/ATTEMPT`."""
    from_: Annotated[SourcePart | None, Field(alias="from")] = None
    """Another workspace's model to copy, instead of a base model and data: nothing is trained."""
    tuned_model_display_name: Annotated[
        str | None, OnChange.IN_PLACE, Field(min_length=1, max_length=VERTEX.display_name_max)
    ] = None
    """What people see in the console, at most 128 characters; always sent, by default `metadata.name`."""
    description: Annotated[str | None, OnChange.IN_PLACE] = None
    """A description for people."""
    labels: Annotated[dict[LabelKey, LabelValue] | None, OnChange.IN_PLACE, Field(max_length=LABELS_MAX)] = None
    """Labels of the Model and the Endpoint; `tuneform-` and `google-` are reserved prefixes."""
    supervised_tuning_spec: Annotated[SupervisedTuningSpec | None, OnChange.REPLACE] = None
    """Supervised tuning; or else one of the other methods."""
    preference_optimization_spec: Annotated[PreferenceOptimizationSpec | None, OnChange.REPLACE] = None
    """Preference tuning, for base models that have it."""
    reinforcement_tuning_spec: Annotated[ReinforcementTuningSpec | None, OnChange.REPLACE] = None
    """Reinforcement tuning (v1beta1, preview), for base models that have it."""
    distillation_spec: Annotated[DistillationSpec | None, OnChange.REPLACE] = None
    """Distillation (v1beta1, preview), for base models that have it."""
    full_fine_tuning_spec: Annotated[FullFineTuningSpec | None, OnChange.REPLACE] = None
    """Full fine-tuning (v1beta1, preview), for base models that have it."""
    service_account: Annotated[ServiceAccount | None, OnChange.REPLACE] = None
    """Service account that the job runs as; unset: the service's own agent."""
    encryption_spec: Annotated[EncryptionSpec | None, OnChange.REPLACE] = None
    """Key that protects the tuned model."""
    tuneform: Annotated[VertexTuneform, EmptyIsDefault] = shared(VertexTuneform)
    """Everything about the model that is no field of the API."""


class VertexTunedModel(Part):
    """A model tuned by Vertex AI; its address is `vertex/NAME`."""

    answers = frozenset({"status"})

    api_version: Literal["tuneform.dev/v1"]
    """Version of this format."""
    kind: Literal["VertexTunedModel"]
    """Kind of this document."""
    metadata: Metadata
    """Name of the model."""
    spec: VertexSpec
    """The fields of a TuningJob, with its project and location."""
