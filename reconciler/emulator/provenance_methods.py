"""Where the behaviours come from that belong to one way to tune: rows of docs/emulator.md."""

from __future__ import annotations

from reconciler.emulator.behaviour import CLIENTS, DISCOVERY, rows_of

_SKILLS = "google/skills, agent-platform-tuning"
_REWARDS = "page on reward functions"
_HYPER = "page on hyperparameters of reinforcement tuning"
_DISTILLING = "page on the distillation service"

METHODS = rows_of(
    "Ways to tune",
    ("the specs of a job are a union: exactly one of them", "schema", DISCOVERY),
    ("fields of v1beta1 are unknown to v1, in requests", "schema", DISCOVERY),
    ("v1 answers a job of v1beta1 without what v1 does not have", "documented", "page on reinforcement tuning"),
    ("that this holds for every method, and inside of specs", "assumed", ""),
    ("statistics are in the method's own message", "schema", DISCOVERY),
    ("full fine-tuning has the statistics of supervised tuning; Veo and partner models have none", "assumed", ""),
    ("distillation: one teacher, prompts, deprecated fields in their old meaning", "schema", DISCOVERY),
    ("gemini-3.1-pro teaches gemini-2.5-flash", "documented", _DISTILLING),
    ("distillation data: 50 000 examples of 8000 input tokens, text", "documented", "reports on that page"),
    ("that every other base model may teach, and an answer in the data is passed over", "assumed", ""),
    ("a tuned teacher is a model of the registry: 404 where it is not", "assumed", ""),
    ("statistics of distillation leave out what the teacher says", "schema", DISCOVERY),
    ("full fine-tuning: open models that have the mode, and Gemini models without an adapter", "assumed", ""),
    ("Veo: ranges of mixture ratio and adapter size, a speed for Veo 3.0 alone", "schema", DISCOVERY),
    ("which Veo models can be tuned, where; any JSON object is an example", "assumed", ""),
    ("partner models: free hyperparameters; every publisher's model is one; files instead of a model", "assumed", ""),
    ("preference tuning: beta is positive", "assumed", ""),
    ("satisfiesPzs and satisfiesPzi are true in jobs of v1beta1, which reserves them", "assumed", ""),
    ("`tune-type` of the methods beside supervised tuning", "assumed", ""),
    ("optimizePrompt answers a stream that is an array of one", "recorded", CLIENTS),
    ("the optimized prompt is SIMULATED: a sentence is added", "assumed", ""),
    ("processData is 501: no definition says what a finished operation answers", "assumed", "not built"),
)
OPEN_MODELS = rows_of(
    "Open models",
    ("names with a version, and the text of 400 for others", "recorded", _SKILLS),
    ("which base models, with which modes and adapters; where", "documented", _SKILLS),
    ("outputUri is required, and the text", "recorded", _SKILLS),
    ("outputUri and customBaseModel of other models are 400", "schema", "comments of the discovery document"),
    ("customBaseModel is a folder with weights in .safetensors format", "schema", DISCOVERY),
    ("that the folder is looked into at create", "assumed", ""),
    ("a learning rate multiplier is 400, and the text", "recorded", "reports of others"),
    ("learning rate and batch size are open models' alone", "schema", DISCOVERY),
    (
        "hyperparameters by default: those that google/skills starts with; the mode: adapter where there is one",
        "assumed",
        "",
    ),
    ("an adapter size of a full tuning is 400", "assumed", ""),
    ("data: messages, prompt and completion, or contents", "documented", _SKILLS),
    ("role `assistant` in contents fails the job, and the text", "recorded", "reports of others"),
    ("validation data: 5000 examples, a quarter of the training file's bytes", "documented", _SKILLS),
    ("a job of `global` runs in a region, where its experiment is", "documented", _SKILLS),
    ("that the region is us-central1; that the region does not list the job", "assumed", "a report lists it in both"),
    ("no endpoint is made", "documented", _SKILLS),
    ("no Model is made unless the setting says so", "assumed", "two reports read a model's name in tunedModel"),
    ("the final checkpoint is below postprocess/node-0/checkpoints/final", "documented", _SKILLS),
    ("names of its files; an adapter beside merged weights", "recorded", "a listing by others"),
    ("the files are SIMULATED: each of its format, and empty", "assumed", ""),
    ("gcsMetricsUri and pipelineJob, with the names they have", "assumed", ""),
    ("metrics have other names, and no evaluation loss", "recorded", "a report's tensorboard"),
)
REINFORCEMENT = rows_of(
    "Reinforcement tuning",
    ("us-central1 alone; 400 of the reward's validation elsewhere, and the text", "documented", "report on `global`"),
    ("exactly one of a single and a composite reward, and of scorers", "schema", DISCOVERY),
    ("at most 16 rewards", "documented", _REWARDS),
    ("names of rewards are unique; weights are not negative", "assumed", "unique: schema"),
    ("a match operation that is not set is an error", "schema", DISCOVERY),
    ("epochs or steps, never both", "schema", DISCOVERY),
    ("defaults and ranges of rate, batch, samples, tokens and adapter; at most 500 steps", "documented", _HYPER),
    ("steps = ceil(prompts x epochs / batch)", "assumed", "the comment's formula leaves the batch out"),
    ("a thinking budget is for 2.5 models, a level for later ones: MINIMAL or HIGH", "documented", _HYPER),
    ("texts of these refusals", "assumed", ""),
    ("data: prompts that end with the user, references that are texts", "schema", DISCOVERY),
    ("data limits: 5000 and 500 examples of 32 768 input tokens", "documented", "page on datasets"),
    ("batch times samples is at most 1024 for multimodal data: the job fails", "documented", _HYPER),
    ("without validation data a part of the training data is looked at", "documented", "google-genai's types"),
    ("rewards that fail for more than 80 % of the answers stop the job", "documented", _REWARDS),
    ("that this is seen while the data is processed, with references as answers", "assumed", ""),
    (
        "checkpoints every checkpointInterval steps, or one an epoch; the last step has one",
        "documented",
        "last: assumed",
    ),
    ("names of the metrics, those of each reward of a composite one among them", "documented", "page on metrics"),
    ("their values are SIMULATED, and an answer of the tuned model is the first reference", "assumed", ""),
    ("string matches, JSON keys, extraction and weighted means are computed; clipping to [-1, 1]", "schema", DISCOVERY),
    ("an extraction takes the last match", "schema", DISCOVERY),
    ("an answer without a match counts as empty; what RE2 lacks is refused", "assumed", ""),
    ("code rewards are SIMULATED: no code is run; it is read for `evaluate` of two arguments", "assumed", ""),
    ("Cloud Run and autorater rewards are SIMULATED: no service is called, no model judges", "assumed", ""),
    ("what these three say: whether the answer holds a reference", "assumed", ""),
    ("rewardDetails for composite rewards alone", "schema", DISCOVERY),
    (
        "errors in the reward's information and in the answer's errorStatus, both with code 3",
        "assumed",
        "fields: schema",
    ),
    ("a single reward without a name is called `reward`", "assumed", ""),
)
