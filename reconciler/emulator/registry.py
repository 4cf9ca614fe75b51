"""Which function answers which method, and which carries out the events of which resources."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.emulator import (
    gemini_generate,
    gemini_models,
    gemini_permissions,
    storage,
    storage_buckets,
    vertex_copy,
    vertex_endpoints,
    vertex_generate,
    vertex_jobs,
    vertex_metadata,
    vertex_models,
    vertex_operations,
    vertex_prompts,
    vertex_rebase,
    vertex_rewards,
    vertex_tensorboard,
)
from reconciler.emulator.gemini_tuning import settle_tuned_model
from reconciler.emulator.vertex_operations import settle_operation
from reconciler.emulator.vertex_run import settle_job

if TYPE_CHECKING:
    from reconciler.emulator.call import Handler, Settler

HANDLERS: dict[str, Handler] = {
    **vertex_jobs.HANDLERS,
    **vertex_rebase.HANDLERS,
    **vertex_rewards.HANDLERS,
    **vertex_prompts.HANDLERS,
    **vertex_models.HANDLERS,
    **vertex_copy.HANDLERS,
    **vertex_endpoints.HANDLERS,
    **vertex_operations.HANDLERS,
    **vertex_metadata.HANDLERS,
    **vertex_tensorboard.HANDLERS,
    **vertex_generate.HANDLERS,
    **gemini_models.HANDLERS,
    **gemini_permissions.HANDLERS,
    **gemini_generate.HANDLERS,
    **storage.HANDLERS,
    **storage_buckets.HANDLERS,
}
SETTLERS: dict[str, Settler] = {
    "tuningJob": settle_job,
    "operation": settle_operation,
    "tunedModel": settle_tuned_model,
}
