"""Which kind of training data a file holds, seen from the shape of one example."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import Enum
from typing import Any

from reconciler.core.suggest import suggest


class Method(Enum):
    """What the data is for; it decides which shape of example the service takes."""

    SFT = "sft"
    PREFERENCE = "preference"
    PAIRS = "pairs"
    OPEN_MODEL = "open-model"
    REINFORCEMENT = "reinforcement"
    PROMPTS = "prompts"


class Format(Enum):
    """The shape of one example: those that a service takes, and those that people bring along."""

    VERTEX_SFT = "vertex-sft"
    PREFERENCE = "vertex-preference"
    PAIRS = "gemini-api-pairs"
    MESSAGES = "messages"
    PROMPT_COMPLETION = "prompt-completion"
    TEXT_BISON = "text-bison"
    CHAT_BISON = "chat-bison"
    GEMINI_1_0 = "gemini-1.0-messages"
    OPENAI = "openai-chat"
    BEDROCK = "bedrock"
    CHOSEN_REJECTED = "chosen-rejected"
    OPENAI_PREFERENCE = "openai-preference"
    ALPACA = "alpaca"
    SHAREGPT = "sharegpt"
    QUESTION_ANSWER = "question-answer"
    ORCA = "orca-preference"
    TRANSCRIPTS = "hh-transcripts"
    BATCH_PREDICTION = "batch-prediction"
    BATCH_REQUEST = "batch-request"
    BATCH_ANSWER = "batch-answer"
    REINFORCEMENT = "reinforcement"
    JUDGED_PROMPTS = "vertex-reinforcement"
    PROMPTS = "vertex-prompts"
    UNKNOWN = "unknown"

    @property
    def title(self) -> str:
        """What people call it."""
        return _TITLES[self]


_TITLES = {
    Format.VERTEX_SFT: "Vertex AI supervised tuning",
    Format.PREFERENCE: "Vertex AI preference tuning",
    Format.PAIRS: "Gemini API input and output pairs",
    Format.MESSAGES: "open-model messages",
    Format.PROMPT_COMPLETION: "prompt and completion",
    Format.TEXT_BISON: "text-bison (PaLM)",
    Format.CHAT_BISON: "chat-bison (PaLM)",
    Format.GEMINI_1_0: "Gemini 1.0 messages",
    Format.OPENAI: "OpenAI chat",
    Format.BEDROCK: "Amazon Bedrock conversation",
    Format.CHOSEN_REJECTED: "chosen and rejected answers",
    Format.OPENAI_PREFERENCE: "OpenAI preferences",
    Format.ALPACA: "Alpaca instructions",
    Format.SHAREGPT: "ShareGPT conversations",
    Format.QUESTION_ANSWER: "questions and answers",
    Format.ORCA: "Orca preferences",
    Format.TRANSCRIPTS: "chosen and rejected transcripts (HH)",
    Format.BATCH_PREDICTION: "batch requests with their answers",
    Format.BATCH_REQUEST: "batch requests",
    Format.BATCH_ANSWER: "batch answers without their requests",
    Format.REINFORCEMENT: "reinforcement tuning elsewhere",
    Format.JUDGED_PROMPTS: "Vertex AI reinforcement tuning",
    Format.PROMPTS: "Vertex AI prompts",
    Format.UNKNOWN: "no format that can be tuned on",
}

HAVE_NO_ANSWERS: Mapping[Format, str] = {
    Format.BATCH_REQUEST: "They are requests of a batch: what to ask, and no answer to learn.",
    Format.BATCH_ANSWER: "They are answers of a batch: put each request beside its answer first, by its key.",
    Format.REINFORCEMENT: "They are for reinforcement tuning elsewhere: what to judge answers by, and no answer to "
    f"learn. Make them Vertex AI's by {suggest('dataset', 'convert', '--to', 'reinforcement').quoted}.",
}
"""Formats that nothing can be learnt from; rows of reinforcement tuning are converted to such rows alone."""

QUESTIONS = frozenset({"question", "prompt", "query", "instruction", "input", "user", "human", "problem"})
ANSWERS = frozenset({"answer", "response", "output", "completion", "reply", "assistant", "bot", "solution"})
CONVERSATIONS = ("conversations", "conversation", "dialog", "dialogue", "turns", "items")
SPEAKERS = frozenset({"from", "role", "speaker"})

_JUDGED_BY = ("reference", "ground_truth", "grader", "rubric", "expected", "solution", "target")
"""How keys begin that hold what an answer is judged by."""

ACCEPTED: Mapping[Method, tuple[Format, ...]] = {
    Method.SFT: (Format.VERTEX_SFT,),
    Method.PREFERENCE: (Format.PREFERENCE,),
    Method.PAIRS: (Format.PAIRS,),
    Method.OPEN_MODEL: (Format.MESSAGES, Format.PROMPT_COMPLETION),
    Method.REINFORCEMENT: (Format.JUDGED_PROMPTS,),
    Method.PROMPTS: (Format.PROMPTS,),
}
"""The formats that each method takes."""

# Several formats have one set of keys; the first whose keys are all there wins.
_BY_KEYS: tuple[tuple[frozenset[str], Format], ...] = (
    (frozenset({"contents", "completions"}), Format.PREFERENCE),
    (frozenset({"contents"}), Format.VERTEX_SFT),
    (frozenset({"text_input", "output"}), Format.PAIRS),
    (frozenset({"textInput", "output"}), Format.PAIRS),
    (frozenset({"input_text", "output_text"}), Format.TEXT_BISON),
    (frozenset({"question", "chosen", "rejected"}), Format.ORCA),
    (frozenset({"chosen", "rejected"}), Format.CHOSEN_REJECTED),
    (frozenset({"preferred_output", "non_preferred_output"}), Format.OPENAI_PREFERENCE),
    (frozenset({"prompt", "completion"}), Format.PROMPT_COMPLETION),
    (frozenset({"instruction", "output"}), Format.ALPACA),
    (frozenset({"custom_id", "body"}), Format.BATCH_REQUEST),
    (frozenset({"request", "response"}), Format.BATCH_PREDICTION),
    (frozenset({"request"}), Format.BATCH_REQUEST),
    (frozenset({"text_input"}), Format.PAIRS),
    (frozenset({"textInput"}), Format.PAIRS),
    (frozenset({"completions"}), Format.PREFERENCE),
    (frozenset({"input_text"}), Format.TEXT_BISON),
)


def recognise(example: object, method: Method | None = None) -> Format:
    """The format of one decoded example. `method` settles what shape alone cannot: chat messages."""
    if not isinstance(example, dict):
        return Format.UNKNOWN
    messages = example.get("messages")
    if isinstance(messages, list):
        return _kind_of_messages(example, messages, method)
    for keys, kind in _BY_KEYS:
        if keys <= example.keys():
            return _closer(kind, example, method)
    if turns_key(example):
        return Format.SHAREGPT
    if pair_names(example):
        return Format.QUESTION_ANSWER
    return Format.BATCH_ANSWER if _is_answer(example) else Format.UNKNOWN


def _closer(kind: Format, example: Mapping[str, Any], method: Method | None) -> Format:
    """Of those that share the keys of a kind."""
    if kind is Format.CHOSEN_REJECTED and _is_transcript(example):
        return Format.TRANSCRIPTS
    return _kind_of_turns(example, method) if kind is Format.VERTEX_SFT else kind


def _kind_of_turns(example: Mapping[str, Any], method: Method | None) -> Format:
    """Turns alone may be anything: the method says it, or what only one of them has."""
    if method in (Method.REINFORCEMENT, Method.PROMPTS):
        return ACCEPTED[method][0]
    turns = example["contents"]
    last = turns[-1] if isinstance(turns, list) and turns else None
    is_open = isinstance(last, dict) and last.get("role") == "user"
    is_judged = method is None and is_open and "references" in example
    return Format.JUDGED_PROMPTS if is_judged else Format.VERTEX_SFT


def pair_names(keys: Iterable[str]) -> tuple[str, str] | None:
    """The keys of a question and of its answer, whatever the case, where there is one of each and no second."""
    found = [[key for key in keys if key.strip().lower() in names] for names in (QUESTIONS, ANSWERS)]
    questions, answers = found
    return (questions[0], answers[0]) if len(questions) == len(answers) == 1 else None


def turns_key(example: Mapping[str, Any]) -> str:
    """The key of the turns of a conversation as ShareGPT has them, and its variants; "" where there is none."""
    return next((key for key in CONVERSATIONS if _is_list_of_turns(example.get(key))), "")


def _is_list_of_turns(value: object) -> bool:
    return isinstance(value, list) and bool(value) and isinstance(value[0], dict) and not SPEAKERS.isdisjoint(value[0])


def _is_transcript(example: Mapping[str, Any]) -> bool:
    sides = [example["chosen"], example["rejected"]]
    return "prompt" not in example and all(
        isinstance(side, str) and side.lstrip().startswith("Human:") for side in sides
    )


def _is_answer(example: Mapping[str, Any]) -> bool:
    """An answer of a batch of the Gemini API, or of OpenAI's, with or without the key that names its request."""
    response = example.get("response")
    inside = response if isinstance(response, dict) else example
    return isinstance(inside.get("candidates"), list) or (inside is response and "body" in inside)


def _kind_of_messages(example: dict[str, Any], messages: list[Any], method: Method | None) -> Format:
    turns = [m for m in messages if isinstance(m, dict)]
    if any("from" in turn for turn in turns):
        return Format.SHAREGPT
    if any("author" in turn for turn in turns):
        return Format.CHAT_BISON
    if any(turn.get("role") == "model" for turn in turns):
        return Format.GEMINI_1_0
    if not any(turn.get("role") == "assistant" for turn in turns) and any(k.startswith(_JUDGED_BY) for k in example):
        return Format.REINFORCEMENT
    if "system" in example or any(_is_bedrock_content(turn.get("content")) for turn in turns):
        return Format.BEDROCK
    return Format.MESSAGES if method is Method.OPEN_MODEL else Format.OPENAI


def _is_bedrock_content(content: object) -> bool:
    """Bedrock's content blocks have no `type`; OpenAI's always do."""
    return isinstance(content, list) and any(isinstance(c, dict) and "type" not in c for c in content)
