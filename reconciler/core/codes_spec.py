"""The SPEC family of diagnostics: what can be wrong with the user's files.

The summary is what people recognise and search for; the paragraph goes into docs/reference/errors.md.
Diagnostics of this family are made by `spec_error` and nowhere else, so that the two cannot drift apart.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from reconciler.core.diagnostics import Diagnostic, Explained, Location, Severity

# Control characters, and those that reverse the direction of text.
_INVISIBLE = re.compile("[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")

_LONGEST = 2_000
"""Characters of a detail or a fix: a key may be as long as its file."""


@dataclass(frozen=True, slots=True)
class SpecCode(Explained):
    """A code of the user's files; wrong usage alone ends a run with 64."""

    is_wrong_usage: bool = False


_YAML = {
    "SPEC001": SpecCode(
        "File cannot be read",
        "A path that was named, or that lies below `specs/`, is missing, unreadable, too large, or "
        "not a regular file. The run ends before anything is observed: a file that cannot be read is "
        "never taken for one that was removed. Correct the path or its permissions, or delete the file "
        "on purpose.",
    ),
    "SPEC002": SpecCode(
        "Not plain UTF-8 text",
        "The file holds bytes that are not UTF-8, another encoding's byte order mark, or control "
        "characters. Save it as UTF-8. Inside double quotes a control character can be written as an "
        "escape such as `\\u0001`.",
    ),
    "SPEC003": SpecCode(
        "YAML syntax",
        "The file is not well-formed YAML from this place on; what stands before it is checked all "
        "the same. Most often the indentation is off, a quote or bracket is not closed, or a text "
        "with a colon followed by a space needs quotes.",
    ),
    "SPEC004": SpecCode(
        "Key given twice",
        "YAML demands that the keys of a mapping differ. Other tools silently keep the last one; here "
        "it is an error, because one of the two lines does not do what its author meant.",
    ),
    "SPEC005": SpecCode(
        "YAML tags are not supported",
        "A value carries a tag such as `!!str` or `!env`. Specs are plain data: write the value "
        "itself, in quotes where it must be text.",
    ),
    "SPEC006": SpecCode(
        "Alias expands without end",
        "Aliases (`*name`) are allowed, but not inside the very value that they name, and not where "
        "they multiply a small file into an enormous one.",
    ),
    "SPEC007": SpecCode(
        "Merge keys are not supported",
        "`<<` is not part of YAML 1.2. Repeat the keys, or let kustomize or helm compose the specs "
        "and pipe their output into `-f -`.",
    ),
    "SPEC008": SpecCode(
        "Key is not text",
        "Every key is a text. A number, `true`, `null` or a whole mapping as a key must be put in "
        "quotes, or was meant to be something else: an unrendered `{{ template }}`, for instance.",
    ),
    "SPEC009": SpecCode(
        "Nested too deeply",
        "No spec needs more than a few levels; past 64 the document is refused before it can exhaust anything.",
    ),
    "SPEC010": SpecCode(
        "Number cannot be used",
        "`.nan`, `.inf` and numbers too large to hold have no counterpart in the services' JSON.",
    ),
    "SPEC011": SpecCode(
        "Merge conflict in the file",
        "The file still has the markers of an unfinished git merge (`<<<<<<<`, `=======`, `>>>>>>>`). "
        "Choose what is to stay and remove the markers.",
    ),
    "SPEC012": SpecCode(
        "Tab used for indentation",
        "YAML indents with spaces alone. Tabs are fine inside values and inside `{ }` and `[ ]`.",
    ),
    "SPEC013": SpecCode(
        "List without items",
        "A document of kind `List` holds other documents under `items:`. They are read as if they stood alone.",
    ),
    "SPEC014": SpecCode(
        "Nothing was given to read",
        "What `-f` names has not one document: an empty pipe, a file of comments alone, an empty list, a folder "
        "without specs. Most often the command before the pipe failed. This is wrong usage and ends with 64, so "
        "that it is never taken for a set without models. `tuneform destroy` removes models on purpose.",
        is_wrong_usage=True,
    ),
    "SPEC015": SpecCode(
        "May be a spec, and is not read",
        "A file or a document looks like a spec and does not count as one: a template, a backup, a hidden or "
        "encrypted file, another ending, a spec in comments, a document of a similar API group, a file with "
        "nothing in it. It declares nothing. While there is one, a plan that removes something is refused "
        "(`PLAN123`). Data, README and kustomization files are not meant.",
    ),
    "SPEC016": SpecCode(
        "A copy of a spec",
        "The file is not read, and what it declares is declared by the specs that are: an editor's backup, or "
        "the template of a file beside it.",
    ),
}

_FIELDS = {
    "SPEC020": SpecCode(
        "Not a spec of tuneform's",
        "Every document below `specs/` is a mapping with `apiVersion: tuneform.dev/v1` and a `kind`. "
        "Documents of other API groups are skipped (and counted) in piped input only; keep them in "
        "another folder. kustomization files are skipped everywhere.",
    ),
    "SPEC021": SpecCode(
        "Unknown API version",
        "This version of tuneform reads `tuneform.dev/v1`. A newer one may read more.",
    ),
    "SPEC022": SpecCode(
        "Unknown kind",
        "The kinds are `VertexTunedModel`, `GeminiTunedModel`, `Removed`, `Moved` and `Workspace`.",
    ),
    "SPEC023": SpecCode(
        "Unknown key",
        "A misspelt key would otherwise be a setting that silently does nothing. Fields of the API "
        "that are newer than this version go under `spec.tuneform.extra`.",
    ),
    "SPEC024": SpecCode(
        "Field given in both spellings",
        "API fields may be written in camelCase or in snake_case, but one field only once.",
    ),
    "SPEC025": SpecCode(
        "Field is the service's to fill in",
        "Names, states, times and results are set by the service, and never by a spec. `tuneform "
        "show` prints them for a live model.",
    ),
    "SPEC026": SpecCode(
        "Required field missing",
        "Without this field there is nothing to train, or nothing to find the model by.",
    ),
    "SPEC027": SpecCode(
        "Wrong type of value",
        "The field takes a text, a number, true or false, a list or a mapping, and has something "
        "else. Text that looks like a number needs quotes; `yes` and `on` are texts in YAML 1.2.",
    ),
    "SPEC028": SpecCode(
        "Value out of range",
        "The number, or the length of the text or list, is outside of what the service or tuneform takes.",
    ),
    "SPEC029": SpecCode(
        "Not one of the choices",
        "The field takes one of a few words or numbers, which the message lists.",
    ),
    "SPEC030": SpecCode(
        "Value not well formed",
        "The text has a form of its own (a resource name, an e-mail address, a duration, an amount of "
        "money, a date, a regular expression) that this one does not have.",
    ),
    "SPEC031": SpecCode(
        "Fields exclude each other",
        "Exactly one of these fields may be given: a base model or a tuned one to start from, one "
        "method of tuning, one source of training data.",
    ),
    "SPEC032": SpecCode(
        "Name cannot be used",
        "`metadata.name` is a DNS label: lower-case letters, digits and hyphens, starting and ending "
        "with a letter or digit, at most 63 characters. It is the model's address and survives every "
        "retraining.",
    ),
    "SPEC033": SpecCode(
        "Label cannot be used",
        "Keys and values of labels have at most 63 characters, of lower-case letters, digits, `_` and "
        "`-`; at most 59 labels, since tuneform adds five markers to the service's limit of 64. The "
        "prefixes `tuneform-` and `google-` belong to tuneform and to Google.",
    ),
    "SPEC034": SpecCode(
        "Extra field has a place of its own",
        "`spec.tuneform.extra` is for API fields that this version does not know. This one it knows: "
        "write it under `spec`, where it is checked and compared as what it is.",
    ),
    "SPEC095": SpecCode(
        "Rewards that cannot be",
        "Names of rewards are their own, `REGEX_EXTRACT` needs an expression, a snippet of Python defines "
        "`evaluate`, and samples of answers belong to a spec that has rewards. The snippet is read and never run.",
    ),
    "SPEC096": SpecCode(
        "Not as open models are tuned",
        "What tuning an open model leaves is files in Cloud Storage: the spec says where (`outputUri`), and nothing "
        "answers that could be asked, judged or tuned further by reference. `outputUri`, `customBaseModel`, "
        "`tuningMode`, `batchSize` and `learningRate` are of open models alone, named `publisher/family@version`.",
    ),
    "SPEC035": SpecCode(
        "Field of the API that specs do not have",
        "The API has the field, and specs do not: it is outdated, or belongs to a way of tuning that is listed and "
        "shown and cannot be declared. The message says which.",
    ),
}

_RELATIONS = {
    "SPEC040": SpecCode(
        "Address declared twice",
        "Two specs of one kind have the same `metadata.name`. Both places are named; rename or remove one.",
    ),
    "SPEC041": SpecCode(
        "Reference not found",
        "`ref` names another spec of the same kind that is part of this run. With `-f`, give the file "
        "of the parent too.",
    ),
    "SPEC042": SpecCode(
        "References form a cycle",
        "A model cannot be tuned from itself, not even by way of others. The message names the whole circle.",
    ),
    "SPEC043": SpecCode(
        "Former name is in use",
        "A name under `formerNames` must not be the name of a present spec, nor claimed by two of them.",
    ),
    "SPEC085": SpecCode(
        "What is removed is there",
        "A `Removed` document says that a spec is gone and what becomes of its model, and the spec is declared, or "
        "became another one by a `Moved` document, or another `Removed` says it too. Nobody can tell which of the two "
        "is meant, and one of them deletes a model.",
    ),
    "SPEC086": SpecCode(
        "A rename that leads nowhere",
        "A `Moved` document says which address became which: `from` is declared no more and became one thing only, "
        "`to` is a spec of the same service, or the `from` of another one that leads to a spec. Two specs cannot "
        "change names in one step. A document of a rename that was carried out long ago may be deleted.",
    ),
    "SPEC044": SpecCode(
        "Display name equal to the parent's",
        "Where a model is tuned from another one under the same display name, the service makes a new "
        "version of the parent's model instead of a model of its own. Give the child another display "
        "name.",
    ),
    "SPEC045": SpecCode(
        "No project or location",
        "Neither the spec nor the workspace (`tuneform.yaml`) says where the model is to be trained. "
        "There is no default, so that nothing is ever trained, and paid for, in a project by "
        "accident.",
    ),
    "SPEC046": SpecCode(
        "Encryption key in another location",
        "A key of Cloud KMS can protect resources of its own location alone.",
    ),
    "SPEC047": SpecCode(
        "The metric needs validation data",
        "Metrics that begin with `eval_` are measured on `validationDatasetUri`. Without it the service has none of "
        "them: a gate on one refuses every model after it was paid for, and no checkpoint is the best by one.",
    ),
    "SPEC048": SpecCode(
        "No training has such a metric",
        "The service publishes a fixed set of metrics for each method, and the gate or `serve.checkpoint` names "
        "another one. Open models publish no list: of theirs only likely misspellings are refused.",
    ),
    "SPEC049": SpecCode(
        "The gate can never hold, or says nothing",
        "A limit that no value of the metric can be within, one metric limited twice, an expectation that every answer "
        "meets, or a gate without any. It is refused before a training is paid for.",
    ),
    "SPEC067": SpecCode(
        "That cannot be swept",
        "`tuneform.sweep` names hyperparameters of the spec's method, or `baseModel`, each with a list of values that "
        "are all different and stand nowhere else in the spec. Every choice of values is a training of its own, at an "
        "address of its own: at most 32 of them, with names of at most 63 characters.",
    ),
    "SPEC068": SpecCode(
        "The best trial cannot be selected",
        "`tuneform.select` names a training metric that has a better and a worse, or a `gate` with a `heldout` set of "
        "its own. The set of `tuneform.gate` is none: the best of many trials on it looks better there than it is, and "
        "the gate would prove nothing.",
    ),
    "SPEC070": SpecCode(
        "Parts of a gate do not fit together",
        "Held-out items need something to reach: `atLeast`, or `against` with `margin` or `better`. `jsonSchema`, "
        "`command`, `judge` and their like belong to one metric each, and a difference needs something to differ from.",
    ),
    "SPEC071": SpecCode(
        "An even number of answers is decided by majority",
        "Where an answer is right or wrong, several answers to an item are one result: that of most of them. Of an "
        "even number half may be right, which is not most. An odd number wastes no answer.",
    ),
    "SPEC073": SpecCode(
        "The gate has a limit of cost, and no price of answers is known",
        "`maxCost` stops a gate where its answers would cost more. That needs their price: `generate` under `prices:` "
        "in the workspace, for the base model and for a judge, in the currency of `maxCost`. Of a model that is tuned "
        "from another one the plan says it (`PLAN131`).",
    ),
    "SPEC074": SpecCode(
        "Unknown judge",
        "`judge` names a base model. A name that is nearly a known one is an error; one that is like none is a "
        "warning, since it may be newer than this version: `models:` in the workspace takes it.",
    ),
    "SPEC076": SpecCode(
        "No such program",
        "The program that scores answers is not there, or may not be run. With a slash in its name it is looked for "
        "in the folder of the workspace, else in PATH. It is a warning: where the gate runs it may be there.",
    ),
    "SPEC075": SpecCode(
        "No JSON Schema",
        "`jsonSchema` is a JSON Schema of draft 4 to 2020-12, or a JSON file with one below the workspace folder. It "
        "refers to nothing outside of itself: nothing is fetched.",
    ),
    "SPEC069": SpecCode(
        "A model of this service has no alias",
        "`serve.alias` names the version of a Model on Vertex AI that serves. A tuned model of the Gemini API has no "
        "versions, and its own name goes on only as long as it is not trained anew: `tuneform output` says which one "
        "serves.",
    ),
    "SPEC083": SpecCode(
        "The specs could not be rendered",
        "The workspace says `specs: {kustomize: FOLDER}`, and neither `kustomize build` nor `kubectl kustomize` could "
        "render that folder. What it said stands in the message; run it by itself to mend it. Nothing was planned: "
        "what is not rendered is not removed.",
    ),
    "SPEC078": SpecCode(
        "Two receivers have one name",
        "The lock keeps who was told of what by the receiver's name: `name` under `notify`, or else the host of the "
        "webhook, its variable, or the file. Each needs one of its own.",
    ),
    "SPEC079": SpecCode(
        "Nothing here is signed",
        "`secret` under `notify` signs what is sent to a webhook, so that its receiver can tell who sent it. A file is "
        "written by whoever runs tuneform.",
    ),
    "SPEC084": SpecCode(
        "A workspace among the specs says where specs are",
        "`specs` stands in the workspace's own file, `tuneform.yaml` or `tuneform.NAME.yaml`: it is read before any "
        "spec. In a document that is piped in, or lies among the specs, it would come too late.",
    ),
    "SPEC080": SpecCode(
        "No training leaves such a checkpoint",
        "A training leaves one checkpoint an epoch, numbered from 1. `serve.checkpoint` asks for one beyond "
        "`epochCount`, or for one where there are none: with `exportLastCheckpointOnly`, and on the Gemini API. It is "
        "refused before the training is paid for. Where the service decides the number of epochs, nothing is said.",
    ),
    "SPEC081": SpecCode(
        "There may be no such checkpoint",
        "Of ten epochs or more the service keeps about ten checkpoints, spread evenly. `serve.checkpoint` is a higher "
        "number. It is a warning: how many there are the service says when the training has ended.",
    ),
    "SPEC082": SpecCode(
        "The metric has no best value",
        "`best METRIC` takes the checkpoint at which a loss was lowest, or a fraction or a reward highest. The metric "
        "only counts.",
    ),
    "SPEC097": SpecCode(
        "The new model would serve before it is judged",
        "With `rebase: sameEndpoint` the service itself undeploys what serves and deploys the new model in its place, "
        "as soon as that is trained. A gate, a person who promotes, the choice of a checkpoint or of the best trial, "
        "and a limit on dropped examples come after the training: nothing would be left that they could keep serving. "
        "`rebase: newEndpoint` waits for all of them.",
    ),
    "SPEC077": SpecCode(
        "Rules do not fit together",
        "Every path under `policies` of the workspace has at least one rule, every rule a name of its own, and a test, "
        "or a line under `allow`, names a rule that there is. A rule that nobody reads refuses nothing: so none is "
        "passed over.",
    ),
    "SPEC089": SpecCode(
        "The expression of a rule cannot be used",
        "It is no expression of CEL, goes beyond the bounds, or asks for what is not there: a variable, a field of the "
        "plan or of a spec, a function, a comparison of a text with a number. It is found before anything is observed: "
        "a rule that can never be evaluated would refuse every plan. What rules can ask for is in "
        "docs/reference/policies.md.",
    ),
    "SPEC087": SpecCode(
        "The list to import cannot be read",
        "`tuneform import --from FILE` reads documents of `kind: Import`, or plain lines with a resource each, and "
        "after it the address that its spec gets where you want a certain one. Nothing was imported.",
    ),
    "SPEC088": SpecCode(
        "The list to import names something twice",
        "A resource or an address stands in the list more than once. One model has one address, and an address has one "
        "model. Nothing was imported.",
    ),
    "SPEC091": SpecCode(
        "The base model is not tuned in this way",
        "By the catalogue of base models, the pages of the service leave the spec's method out of what the base model "
        "offers: every job would be refused. Where the service knows better, write the methods under `models` in the "
        "workspace. Of a method that no page speaks of a plan only warns, as PLAN145.",
    ),
    "SPEC092": SpecCode(
        "The catalogue of base models cannot be read",
        "`catalogFrom` names a file that is not there or is no catalogue, or an address that cannot be fetched and was "
        "not fetched before. What was fetched once is kept below `.tuneform/cache`, by its digest. Commands that read "
        "the lock alone go on with the catalogue that tuneform comes with.",
    ),
    "SPEC093": SpecCode(
        "The catalogue of base models is another one",
        "What the file or the address of `catalogFrom` holds does not have the digest that stands beside it. Nothing "
        "is read of it, and nothing kept.",
    ),
    "SPEC094": SpecCode(
        "Another model answers in place of the judge",
        "The service has deprecated the base model that judges, and has another one answer what asks for it. Scores of "
        "before that day and after it are not of one judge. A warning.",
    ),
    "SPEC099": SpecCode(
        "The base model does not think in this way",
        "What `hyperParameters` of `reinforcementTuningSpec` say of thinking is, by the catalogue of base models, not "
        "how the base model thinks: Gemini 2.5 has a budget of tokens (`thinkingBudget`), later ones have levels "
        "(`thinkingLevel`), earlier ones do not think. The service would refuse the job. Where it knows better, "
        "correct `generation` of the model under `models` in the workspace. Nothing is said of a base model whose "
        "thinking nobody knows, nor of a model that is tuned further.",
    ),
    "SPEC065": SpecCode(
        "Location takes no encryption key",
        "Jobs in the location `global` cannot use a customer-managed encryption key: the service refuses them.",
    ),
    "SPEC066": SpecCode(
        "A copy of the workspace's own model",
        "`spec.from` takes a model of another workspace. A model of the same workspace is tuned further with "
        "`preTunedModel: {ref: …}`.",
    ),
    "SPEC050": SpecCode(
        "Training data not found",
        "Paths to data are relative to the file of the spec. Data in Cloud Storage starts with `gs://`.",
    ),
    "SPEC051": SpecCode(
        "Path leaves the workspace folder",
        "A spec uploads only what lies below the folder that tuneform runs in, symbolic links "
        "resolved: a pull request must not be able to upload files of the machine that checks it.",
    ),
    "SPEC052": SpecCode(
        "Training data is not a regular file",
        "The path is a folder, a pipe or a device, or cannot be opened.",
    ),
    "SPEC053": SpecCode(
        "Training data cannot come from there",
        "Vertex AI trains from `gs://bucket/object`, from a dataset resource "
        "(`projects/…/locations/…/datasets/…`), or from a local file, which is uploaded. The Gemini "
        "API takes inline examples or a local file.",
    ),
}

_WORKSPACE = {
    "SPEC060": SpecCode(
        "Nothing to load",
        "There is neither a `specs` folder nor a `tuneform.yaml` here, there is no such folder, or the workspace "
        "that was asked for has no file. Every command ends with this where there is no workspace: one that finds "
        "nothing to do in the wrong place would look like one that is done. Run `tuneform init`, or name the folder "
        "with `-C`.",
    ),
    "SPEC061": SpecCode(
        "More than one workspace",
        "A run has one set of settings. Keep each workspace in its own `tuneform.NAME.yaml` and "
        "choose with `--workspace NAME`.",
    ),
    "SPEC062": SpecCode(
        "Spec belongs to another workspace",
        "The annotation `tuneform.dev/workspace` names the workspace that a spec was made for, and "
        "another one is in force: the output for one environment was about to be applied to another.",
    ),
    "SPEC063": SpecCode(
        "Workspace asks for another version of tuneform",
        "`requiredVersion` keeps everybody, and CI, on versions that plan alike.",
    ),
    "SPEC064": SpecCode(
        "Amounts in several currencies",
        "Amounts that are compared with each other must be in one currency; tuneform knows no exchange rates.",
    ),
}

CODES: Mapping[str, SpecCode] = MappingProxyType(_YAML | _FIELDS | _RELATIONS | _WORKSPACE)


def is_wrong_usage(found: Diagnostic) -> bool:
    """Whether it says how the command was called, and nothing of what was read."""
    row = CODES.get(found.code)
    return row is not None and row.is_wrong_usage


def spec_error(
    code: str,
    where: Location | None,
    detail: str,
    fix: str = "",
    *,
    address: str | None = None,
    command: str = "",
) -> Diagnostic:
    """An error of the SPEC family; its summary comes from the table.

    Control characters in the user's text are shown as escapes: a message must not steer a terminal.
    """
    detail, fix = _visible(_cut(detail)), _visible(_cut(fix))
    return Diagnostic(code, Severity.ERROR, CODES[code].summary, detail, fix, where, address, command)


def spec_warning(code: str, where: Location | None, detail: str, fix: str = "") -> Diagnostic:
    """The same, where the run goes on."""
    return replace(spec_error(code, where, detail, fix), severity=Severity.WARNING)


def spec_note(code: str, where: Location | None, detail: str) -> Diagnostic:
    """The same, for what is only named."""
    return replace(spec_error(code, where, detail), severity=Severity.NOTE)


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def _visible(text: str) -> str:
    return _INVISIBLE.sub(lambda found: f"\\u{ord(found[0]):04x}", text)
