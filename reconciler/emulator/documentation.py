"""docs/emulator.md, written from the provenance rows, the settings and the routes.

`python -m reconciler.emulator.documentation > docs/emulator.md`
"""

from __future__ import annotations

import sys
from itertools import groupby
from operator import attrgetter

from reconciler.emulator.definitions import load
from reconciler.emulator.provenance import BEHAVIOURS, SOURCES, counts
from reconciler.emulator.registry import HANDLERS
from reconciler.emulator.settings import described

_HEAD = """\
<!-- Written by python -m reconciler.emulator.documentation; do not edit. -->
# The emulator

One process, or none, that answers as Vertex AI tuning, the Gemini API's tuned models and Cloud Storage do. It was
written from Google's published definitions and from recorded answers, and shares no code with the client.
**Everything that a training learns is simulated**: loss curves are computed, and a tuned model answers a prompt with
the answer of the most similar example of its training set. Nothing leaves your machine.

If you have an account, [you can prove it](how-to/recording.md): a recording shows which of its behaviours hold.

## Start

Embedded, with its state in `.tuneform/`: add `--emulator` to any command. On a port:

```
$ tuneform emulator --port 8787 --state emulator.db --speed 60
```

It prints its URL when it is ready, listens on loopback, has no access control, and stops on SIGTERM. What it has
answered is on disk: kill -9 loses nothing. The state is one SQLite file, which several processes may use at a time; a
newer version opens an older one's file or says that it cannot.

Google's own clients work against it, here google-genai:

```python
from google import genai
from google.oauth2.credentials import Credentials

options = {"base_url": "http://127.0.0.1:8787"}
token = Credentials("anything")
client = genai.Client(vertexai=True, project="p", location="us-central1", credentials=token, http_options=options)
print([job.state for job in client.tunings.list()])
```

Cloud Storage clients: `STORAGE_EMULATOR_HOST=http://127.0.0.1:8787`. Below `/vertex.googleapis.com/` it answers as at
its root: where `GOOGLE_VERTEX_BASE_URL` ends like that, google-genai takes project and location from the environment.
[In tests](how-to/testing-with-the-emulator.md) a pytest fixture does all of this.

## Time

Jobs advance when somebody looks, by the time that has passed: an embedded emulator in a short-lived process goes on at
its next run. The speed dial is a factor (1, or `real`, is about as long as a real small job), `instant` (done at the
next request) or `manual` (the clock moves by `POST /_emulator/clock` alone, the time of day included). A served one
starts at 1. The embedded one runs at 12 unless `TUNEFORM_EMULATOR_SPEED` says otherwise: seven seconds for the example
that `tuneform init` writes, where `real` takes more than a minute.

| request | does |
|---|---|
| `GET /_emulator/ready` | 200 when it answers, for probes; `HEAD` too |
| `GET /_emulator/health` | id of the state, speed, catalog, counts |
| `GET /_emulator/clock` | the time of day and training time |
| `POST /_emulator/clock {"advance": 60}` | lets 60 s of training time pass; `{"speed": "instant"}` turns the dial |
| `GET`, `POST /_emulator/settings` | the settings below, all or some |
| `GET`, `POST`, `DELETE /_emulator/faults` | the faults below, with an account of those met |
| `GET`, `POST`, `DELETE /_emulator/items` | prompts with the answers that are right, for what is planted |
| `GET`, `POST`, `DELETE /_emulator/answers` | how well which models answer them, below |
| `GET`, `POST`, `DELETE /_emulator/scripts` | what the next prompts are answered, below |
| `GET`, `DELETE /_emulator/calls` | what was asked, below |
"""

_FAULTS = """\
## Faults

`POST /_emulator/faults {"method": "vertex.tuningJobs.create", "fault": "status:503", "times": 2}`. `method` is a
pattern (`vertex.*`, `*.create`) over the methods listed below; `times` is 1 unless given, `null` is without end.
`GET` reports how often each was met and how often it is still to come; `DELETE` forgets all, `DELETE …?id=N` one.

| fault | what happens |
|---|---|
| `status:503`, `status:429;retry-after=2`, `;message=…`, `;rpc=NAME` | the request is refused and not carried out |
| `reset-before`, `reset-after` | the connection is cut before or after the request is carried out |
| `delay:0.5` | the request is carried out that many seconds later; goes together with another fault |
| `late:0.5` | the request is carried out at once, and its answer comes that many seconds later |
| `truncate` | half of the body, with status 200 |
| `html`, `html:200` | a page instead of JSON (502 unless given) |
| `duplicate` | a write is carried out twice; a list answers every row twice |
| `lag:30` | lists and gets do not see what is younger than 30 s; use it with `"times": null` |

Of a training that starts, method `vertex.tuningJobs.run`: `fail:13;message=…`, `no-endpoint` (FAILED with code 13,
but the model is there), `stuck` (RUNNING for ever), `expire`, `partial`, `finish-while-cancelling`. Method
`gemini.tunedModels.run`: `fail:13;message=…`, `stuck`.
"""

_WAYS = """\
## Ways to tune

A job of every method of v1beta1 is taken, checked, run and listed; `v1` takes supervised and preference tuning, and
answers the others' jobs without what it does not know of.

| spec | base models | what is left |
|---|---|---|
| `supervisedTuningSpec` | Gemini, and open models with `outputUri` | a model with its endpoints, or files |
| `preferenceOptimizationSpec` | Gemini 2.5 Flash, Flash-Lite | a model with its endpoints |
| `reinforcementTuningSpec` | Gemini 3.5 Flash, 2.5 Flash | the same, a checkpoint every `checkpointInterval` steps |
| `distillationSpec` | Gemini 2.5 Flash, and open models | as supervised tuning |
| `fullFineTuningSpec` | Gemini, and open models that have the mode | as supervised tuning |
| `veoTuningSpec`, `veoLoraTuningSpec` | Veo | a model with an endpoint |
| `partnerModelTuningSpec` | every other publisher's model | files, where `outputUri` is given |

Gemini 2.5 has retired: the setting `catalog` brings it back.

An open model's files are stand-ins of a few bytes with the names of the real ones, below
`{outputUri}/postprocess/node-0/checkpoints/final`; a further job takes them as its `customBaseModel`. No model is
registered unless `open_models_registered` says so.

`validateReinforcementTuningReward` computes string matches, values by JSON key, extraction by regular expression,
weighted means and clipping. **A code reward is read, never run; a Cloud Run service is not called, and no model
judges**: these three say whether the answer holds one of the example's references.
"""
_PLANTED = """\
## Planted answers

To see what a gate does, give the emulator the questions with their answers, and say how well each model knows them:

```
$ curl --data-binary @data/eval.jsonl http://127.0.0.1:8787/_emulator/items
$ curl -d '{"model": "*/models/*@1", "right": 0.92}' http://127.0.0.1:8787/_emulator/answers
$ curl -d '{"labels": {"tuneform-attempt": "2"}, "right": 0.87, "beside": {"right": 0.92, "discordance": 0.1}}' \
    http://127.0.0.1:8787/_emulator/answers
```

Items are JSON lines, `{"prompt": "…", "reference": "…"}` or rows of training data whose last turn is the reference; or
`{"items": […]}`, or `{"uri": "gs://…"}`. In Python: `emulator.items(rows)`, `emulator.plant(model="*", right=0.9)`,
`emulator.planted()`. A prompt that is no item is answered as ever, and so is everything while nothing is planted. For
the embedded emulator serve its state meanwhile: `tuneform emulator --state .tuneform/emulator.db`.

{fields}
Patterns have `*` and `?`; all that are given have to fit, and of several plantings that fit the last counts. An item
is as difficult for one model as for another: it is a number from 0 to 1, drawn from the seed, and a model is right
where it is below `right`. So two models that are planted with 0.9 and 0.95 differ on a twentieth of the items, and
all of these are the better one's. `GET` tells of each planting how many items were asked through it, answered
rightly, and met a trouble; `DELETE` takes out all, `DELETE …?id=N` one.
"""
_PLANTED_FIELDS = (
    (
        "`model`",
        "for whom: version or model (`projects/…/models/7@2`), `tunedModels/…`, or a base model itself "
        "(`publishers/google/models/X`, `models/X`)",
    ),
    (
        "`base`, `endpoint`, `displayName`, `checkpoint`, `labels`",
        "the same by what it was tuned from, and by what it is called; `checkpoint` is the id that serves",
    ),
    ("`right`", "the probability that the answer to an item is its reference; without it answers stay as they are"),
    (
        "`beside`",
        '`{"right": 0.92, "discordance": 0.1}`: it differs from a model that is planted with `right` 0.92 on a tenth '
        "of the items, and is right with its own probability all the same",
    ),
    ("`flips`", "the probability that right and wrong change places for an item, which is then so every time"),
    (
        "`noise`",
        "the same for each single answer. A request with `temperature` 0 or `topK` 1 has none where the base model "
        "heeds them, and one with a `seed` has the same again",
    ),
    (
        "`wrong`",
        "what a wrong answer is: `label`, another item's reference; `field`, one field of a JSON object as another "
        "item has it; `garbled`; `text:…`",
    ),
    (
        "`latency`",
        '`{"median": 0.4, "p95": 1.2}`: seconds, log-normal, told as `Server-Timing: gfet4t7; dur=…`; nobody waits '
        'for them unless `"sleep": true`',
    ),
    (
        "`troubles`",
        '`[{"error": "status:429;retry-after=1", "share": 0.02, "times": 1}]`: what a share of the items meets '
        "instead of an answer, `times` times or always; `blocked` (the prompt), `safety` (the answer) and `empty` "
        "are errors too",
    ),
    ("`seed`", "of these draws; the state's unless given"),
)


_SCRIPTED = """\
## Scripted answers

To test a program that asks models, say what it is answered, whatever the model and whether or not it exists:

```
$ curl -d '{"text": "Sunny.", "contains": "weather"}' http://127.0.0.1:8787/_emulator/scripts
$ curl -d '{"error": {"status": 429, "retryDelay": 7}, "times": 2}' http://127.0.0.1:8787/_emulator/scripts
$ curl -d '{"chunks": ["Sun", "ny"], "breaks": {"how": "cut", "after": 1}}' http://127.0.0.1:8787/_emulator/scripts
```

`{"scripts": […]}` are several, all of them or none. A script is used once unless `times` says otherwise. Those for some
calls go first, in their order; then those for all, the last one first. A request is checked as ever, and one that is
refused uses up nothing. **A script that no service could answer is 400**, by the definitions of each service; one that
only some could answer fits the calls of those (`services`). `GET` tells of each how many calls it fitted (`seen`), how
often it was `used`, and how often it is `left`; `DELETE` takes out all, `DELETE …?id=N` one. An answer has the number
of its script as `X-Emulator-Script`. Scripts are kept in the state.

{fields}
Exactly one of `text` (with its like), `blocked`, `response`, `responses`, `totalTokens` and `error` is given. A prompt
that no script fits gets the usual answer: of a base model a text that says that it is simulated, or JSON of the schema
that the request has, or a call of a function where the mode is `ANY`; with the setting `unscripted` at `refuse` it gets
501.

## Calls

`GET /_emulator/calls` has what came in, oldest first: `id`, `time`, `method`, `path`, `query`, `headers`, `body` (JSON
alone), `bodyBytes`, `api` (as methods are listed below), `model` and `prompt` of a prompt, `status` (null while there
is no answer, or where the connection was cut before one), `script`. Values of headers and parameters that may be
credentials are left out. `?api=*.generateContent&model=gemini-*&status=429&after=12` are those that fit. They are of
this process and in memory: at most 1000, with 16 MiB of bodies together and 4 MiB each; `dropped` says how many had to
go. `DELETE` forgets all. Requests below `/_emulator/` are not among them.
"""
_SCRIPTED_FIELDS = (
    (
        "`model`",
        "for whom, a pattern with `*` and `?`: the id, or a name with what it is below (`endpoints/4711`, `models/X`, "
        "`publishers/google/models/X`, `projects/…`)",
    ),
    (
        "`method`",
        "`generateContent`, `streamGenerateContent` or `countTokens`, or a pattern; otherwise what is able to",
    ),
    ("`contains`, `matches`", "what the last turn has in it; a regular expression of RE2 that is found in it"),
    ("`nth`", "from the nth call on that fits, whoever answers those before"),
    ("`times`", "how often, 1 unless given; `null` is always"),
    ("`text`; `chunks`", "what is said; the same in the parts in which a stream sends it"),
    ("`functionCalls`", '`[{"name": "f", "args": {…}}]`: functions that the model calls, after the text'),
    ("`finishReason`, `ratings`", "`STOP` unless given: `SAFETY`, `MAX_TOKENS`, …; `safetyRatings` of the answer"),
    ("`blocked`", "the prompt is blocked for this reason, with `ratings`, and there is no candidate"),
    ("`usage`", "the whole `usageMetadata` in place of the simulated one"),
    ("`response`; `responses`", "a whole `GenerateContentResponse`; those of the parts of a stream"),
    ("`totalTokens`", "the answer of `countTokens`"),
    (
        "`error`",
        '`{"status": 429, "message": …, "rpc": …, "retryDelay": 7, "details": […]}`: a refusal; `retryDelay` is told '
        "as `google.rpc.RetryInfo`",
    ),
    ("`delay`, `chunkDelay`", "seconds until the answer, and between the parts of a stream"),
    (
        "`breaks`",
        '`{"how": "cut", "after": 1}`: after so many parts of a stream (or in the middle of another answer) the '
        "connection is cut; `malformed`: half of the next part ends it; `end`: it ends there; `error`: an error comes, "
        "the one of `error` or 500",
    ),
)


def render() -> str:
    """The whole page."""
    parts = (_HEAD, _settings(), _WAYS, _scripted(), _FAULTS, _planted(), _methods(), _provenance())
    return "\n".join(parts)


def _settings() -> str:
    rows = [f"| `{name}` | `{_shown(default)}` | {text} |" for name, default, text in described()]
    lead = "Keywords of `Emulator.open`, or over `/_emulator/settings`. They are kept in the state. `_s`: seconds.\n"
    head = f"## Settings\n\n{lead}\n| setting | default | what it does |\n|---|---|---|"
    return "\n".join([head, *rows, ""])


def _shown(default: object) -> str:
    return {"True": "true", "False": "false", "None": "null"}.get(str(default), str(default))


def _scripted() -> str:
    rows = ["| field | says |", "|---|---|", *(f"| {field} | {text} |" for field, text in _SCRIPTED_FIELDS)]
    return _SCRIPTED.replace("{fields}", "\n".join([*rows, ""]))


def _planted() -> str:
    rows = ["| field | says |", "|---|---|", *(f"| {field} | {text} |" for field, text in _PLANTED_FIELDS)]
    return _PLANTED.replace("{fields}", "\n".join([*rows, ""]))


def _methods() -> str:
    known = {f"vertex.{m}" for v in ("v1", "v1beta1") for m in load(f"vertex.{v}").methods}
    known |= {f"gemini.{m}" for m in load("gemini.v1beta").methods} | {
        f"storage.{m}" for m in load("storage.v1").methods
    }
    missing = sorted(known - HANDLERS.keys())
    lines = ["## Methods\n"]
    for surface in ("vertex", "gemini", "storage"):
        names = sorted(name.removeprefix(f"{surface}.") for name in HANDLERS if name.startswith(f"{surface}."))
        lines.append(f"**`{surface}.`** {' · '.join(_named(n) for n in names)}\n")
    lines.append(f"Methods of these resources that the definitions know besides: {len(missing)}. They answer 501.\n")
    return "\n".join(lines)


def _named(method: str) -> str:
    """A method; one that answers with a reason why it is not there says so."""
    return f"`{method}`" + (" (501)" if method == "tuningJobs.processData" else "")


def _provenance() -> str:
    found = counts()
    total = ", ".join(f"{found[source]} {source}" for source in SOURCES)
    lines = [
        "## Where each behaviour comes from\n",
        f"Behaviours: {len(BEHAVIOURS)}; {total}. `assumed` means that nothing documents it: when the service\n"
        "differs, look there first. [How many requests are answered as published](reference/conformance.md).\n",
    ]
    for area, rows in groupby(BEHAVIOURS, key=attrgetter("area")):
        lines += [f"### {area}\n", "| behaviour | source | from |", "|---|---|---|"]
        lines += [f"| {b.text} | {b.source} | {b.pointer} |" for b in rows]
        lines.append("")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.stdout.write(render())
