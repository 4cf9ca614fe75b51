"""What is decoded of Vertex AI's answers: only the fields that are used.

The statistics of a job quote training examples, and ten thousand jobs have to be read quickly: what is not
declared here is skipped by the decoder and never becomes a value. Source: discovery document aiplatform v1 and
v1beta1.
"""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import UNSET, Struct, UnsetType


class _Wire(Struct, frozen=True, rename="camel", gc=False):
    """Base of what is decoded; int64 come as strings, and the decoders turn them into numbers."""


class WireStatus(_Wire, frozen=True):
    """google.rpc.Status."""

    code: int = 0
    message: str = ""


class WireCheckpoint(_Wire, frozen=True):
    """TunedModelCheckpoint."""

    checkpoint_id: str = ""
    epoch: int = 0
    step: int = 0
    endpoint: str = ""


class WireTunedModel(_Wire, frozen=True):
    """TunedModel: what a job made. `model` carries its version."""

    model: str = ""
    endpoint: str = ""
    checkpoints: tuple[WireCheckpoint, ...] = ()


class WireStats(_Wire, frozen=True):
    """The counts of the data statistics that are used; the first names are supervised tuning's for what is dropped."""

    total_billable_token_count: int | None = None
    tuning_step_count: int | None = None
    tuning_dataset_example_count: int | None = None
    total_truncated_example_count: int | None = None
    truncated_example_indices: tuple[int, ...] = ()
    dropped_example_indices: tuple[int, ...] = ()
    dropped_example_reasons: tuple[str, ...] = ()


_NO_STATS = WireStats()


class WireDistillationStats(_Wire, frozen=True):
    """DistillationDataStats: what is counted stands one level deeper. What the teacher answered is not in it."""

    training_dataset_stats: WireStats | None = None


class WireDataStats(_Wire, frozen=True):
    """TuningDataStats: one kind per method. Reinforcement's is a DatasetStats itself, distillation's holds one."""

    supervised_tuning_data_stats: WireStats | None = None
    preference_optimization_data_stats: WireStats | None = None
    reinforcement_tuning_data_stats: WireStats | None = None
    distillation_data_stats: WireDistillationStats | None = None

    @property
    def present(self) -> WireStats:
        """Those of the job's method."""
        return (
            self.supervised_tuning_data_stats
            or self.preference_optimization_data_stats
            or self.reinforcement_tuning_data_stats
            or (self.distillation_data_stats and self.distillation_data_stats.training_dataset_stats)
            or _NO_STATS
        )


class WireScore(_Wire, frozen=True):
    """ExactMatchMetricValue and its like. The protos of aiplatform v1 declare the score optional: no score is not 0."""

    score: float | None = None


class WireAggregation(_Wire, frozen=True):
    """AggregationResult: one metric over the whole dataset."""

    aggregation_metric: str = ""
    exact_match_metric_value: WireScore | None = None
    bleu_metric_value: WireScore | None = None
    rouge_metric_value: WireScore | None = None
    pointwise_metric_result: WireScore | None = None
    custom_code_execution_result: WireScore | None = None

    @property
    def kind(self) -> str:
        """Which of them it has."""
        kinds = (
            ("exact_match", self.exact_match_metric_value),
            ("bleu", self.bleu_metric_value),
            ("rouge", self.rouge_metric_value),
            ("pointwise", self.pointwise_metric_result),
            ("custom_code", self.custom_code_execution_result),
        )
        return next((kind for kind, value in kinds if value is not None), "")

    @property
    def score(self) -> float | None:
        """None where there is none: a comparison of two models answers with a choice."""
        found = (
            self.exact_match_metric_value
            or self.bleu_metric_value
            or self.rouge_metric_value
            or self.pointwise_metric_result
            or self.custom_code_execution_result
        )
        return None if found is None else found.score


class WireAggregations(_Wire, frozen=True):
    """AggregationOutput."""

    aggregation_results: tuple[WireAggregation, ...] = ()


class WireEvaluation(_Wire, frozen=True):
    """EvaluateDatasetResponse."""

    aggregation_output: WireAggregations | None = None


class WireEvaluationRun(_Wire, frozen=True):
    """EvaluateDatasetRun; the id is there only where a checkpoint was evaluated."""

    checkpoint_id: str = ""
    error: WireStatus | None = None
    evaluate_dataset_response: WireEvaluation | None = None
    evaluation_run: str = ""


class WireMetadata(_Wire, frozen=True):
    """TuningJobMetadata (v1beta1)."""

    completed_epoch_count: int | None = None
    completed_step_count: int | None = None


_SpecField = dict[str, Any] | UnsetType


class WireJob(Struct, frozen=True, rename="camel"):
    """TuningJob. The specs are kept as they came: they are shown and compared, never interpreted."""

    name: str
    state: str = ""
    create_time: str = ""
    end_time: str = ""
    tuned_model_display_name: str = ""
    description: str = ""
    labels: dict[str, str] | UnsetType = UNSET
    error: WireStatus | None = None
    experiment: str = ""
    tuned_model: WireTunedModel | None = None
    tuning_data_stats: WireDataStats | None = None
    evaluate_dataset_runs: tuple[WireEvaluationRun, ...] = ()
    tuning_job_state: str = ""
    tuning_job_metadata: WireMetadata | None = None
    base_model: str | UnsetType = UNSET
    pre_tuned_model: _SpecField = UNSET
    custom_base_model: str | UnsetType = UNSET
    output_uri: str | UnsetType = UNSET
    service_account: str | UnsetType = UNSET
    encryption_spec: _SpecField = UNSET
    supervised_tuning_spec: _SpecField = UNSET
    preference_optimization_spec: _SpecField = UNSET
    reinforcement_tuning_spec: _SpecField = UNSET
    distillation_spec: _SpecField = UNSET
    full_fine_tuning_spec: _SpecField = UNSET
    partner_model_tuning_spec: _SpecField = UNSET
    veo_tuning_spec: _SpecField = UNSET
    veo_lora_tuning_spec: _SpecField = UNSET


class WireDeployedRef(_Wire, frozen=True):
    """DeployedModelRef: where a model is deployed."""

    endpoint: str = ""
    deployed_model_id: str = ""


class WireOriginal(_Wire, frozen=True):
    """ModelOriginalModelInfo: the model@version that a copy was made from."""

    model: str = ""


class WireModel(Struct, frozen=True, rename="camel"):
    """Model: its default version, unless it was asked for another."""

    name: str
    version_id: str = ""
    display_name: str = ""
    description: str = ""
    labels: dict[str, str] = {}
    version_aliases: tuple[str, ...] = ()
    etag: str = ""
    create_time: str = ""
    deployed_models: tuple[WireDeployedRef, ...] = ()
    original_model_info: WireOriginal | None = None


class WireMachine(_Wire, frozen=True):
    """MachineSpec."""

    machine_type: str = ""
    accelerator_type: str = ""
    accelerator_count: int = 0


class WireMachines(_Wire, frozen=True):
    """DedicatedResources, and AutomaticResources, which name no machine."""

    machine_spec: WireMachine | None = None
    min_replica_count: int = 0


class WireDeployed(_Wire, frozen=True):
    """DeployedModel: what an endpoint serves."""

    id: str = ""
    model: str = ""
    model_version_id: str = ""
    dedicated_resources: WireMachines | None = None
    automatic_resources: WireMachines | None = None


class WireEndpoint(Struct, frozen=True, rename="camel"):
    """Endpoint."""

    name: str
    display_name: str = ""
    description: str = ""
    labels: dict[str, str] = {}
    etag: str = ""
    create_time: str = ""
    deployed_models: tuple[WireDeployed, ...] = ()
    traffic_split: dict[str, int] = {}


class JobsPage(Struct, frozen=True, rename="camel"):
    """ListTuningJobsResponse."""

    tuning_jobs: list[WireJob] = []
    next_page_token: str = ""


class ModelsPage(Struct, frozen=True, rename="camel"):
    """ListModelsResponse and ListModelVersionsResponse."""

    models: list[WireModel] = []
    next_page_token: str = ""


class EndpointsPage(Struct, frozen=True, rename="camel"):
    """ListEndpointsResponse."""

    endpoints: list[WireEndpoint] = []
    next_page_token: str = ""


class WireOperation(Struct, frozen=True, rename="camel"):
    """google.longrunning.Operation; `done` is absent until it is true."""

    name: str = ""
    done: bool = False
    error: WireStatus | None = None


# Not strict: an int64 comes as a string, and a double without a fraction as a whole number.
JOB = msgspec.json.Decoder(WireJob, strict=False)
JOBS = msgspec.json.Decoder(JobsPage, strict=False)
MODEL = msgspec.json.Decoder(WireModel, strict=False)
MODELS = msgspec.json.Decoder(ModelsPage, strict=False)
ENDPOINT = msgspec.json.Decoder(WireEndpoint, strict=False)
ENDPOINTS = msgspec.json.Decoder(EndpointsPage, strict=False)
OPERATION = msgspec.json.Decoder(WireOperation, strict=False)

JOB_ID_LABEL = "google-vertex-llm-tuning-job-id"
"""The service's own label on the Model and the Endpoint that a job made: the job's number."""
