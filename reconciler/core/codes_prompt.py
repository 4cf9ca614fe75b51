"""Codes of what is asked of a model, of the settings of a question, and of answers that are rewarded."""

from __future__ import annotations

from typing import Any

from reconciler.core.diagnostics import Diagnostic, Explained, Severity

CODES_PROMPT: dict[str, Explained] = {
    "RUN070": Explained(
        "The base model refuses a setting",
        "The service would answer with an error: a level of thinking that the base model does not have, a budget out "
        "of its range, or a setting that it does not take. Nothing was sent. What each base model takes is in "
        "docs/reference/base-models.md; where that is out of date, correct it under `models` in tuneform.yaml.",
    ),
    "RUN071": Explained(
        "The base model ignores a setting",
        "The service takes it, and it changes nothing about the answer: temperature, topP and topK, on newer base "
        "models. It is not sent. Answers of these models vary however they are asked; a gate that has to be sure asks "
        "for more samples.",
    ),
    "RUN072": Explained(
        "A setting that the documentation advises against",
        "The service takes it. A budget of thinking on base models with levels is there for compatibility alone, and a "
        "response schema can cost a tuned model quality, as Google's page on supervised tuning says.",
    ),
    "RUN073": Explained(
        "There is no such attempt or checkpoint",
        "A prompt names an attempt that the lock does not have (it was disposed of, or never made), or a checkpoint "
        "that the training has not. Base models before 2.5 have none, and `exportLastCheckpointOnly` keeps them from "
        "being served.",
    ),
    "RUN074": Explained(
        "The response schema cannot be used",
        "`--response-schema` takes JSON, or the name of a file of it: an object, which is sent as the API's `Schema`. "
        "Nothing was sent.",
    ),
    "RUN052": Explained(
        "There is no reward to try",
        "`tuneform reward` asks the service by the rewards of a spec: the address is declared, and its spec has a "
        "`reinforcementTuningSpec`. Nothing was asked.",
    ),
    "RUN053": Explained(
        "There are no answers to reward",
        "`tuneform reward` takes answers by `--answer`, or from a file by `--answers`; without any it tries the "
        "`rewardSamples` of the spec. Nothing was asked.",
    ),
    "RUN054": Explained(
        "There is no such example",
        "A reward judges an answer to an example of the training data, and the data has fewer, or the example's line "
        "is no JSON object. Examples count from 1, without blank lines. Nothing was asked.",
    ),
    "RUN055": Explained(
        "Answers to reward cannot be read",
        "The file of `--answers` has one answer a line, in JSON: a text, or an object with `answer` and, as in "
        "`rewardSamples` of a spec, `example`, `least` and `most`. An answer that is JSON itself is written as a text. "
        "Nothing was asked.",
    ),
}


def prompt_diagnostic(code: str, detail: str, severity: Severity = Severity.ERROR, **more: Any) -> Diagnostic:
    """A diagnostic with this code's summary."""
    return Diagnostic(code, severity, CODES_PROMPT[code].summary, detail, **more)
