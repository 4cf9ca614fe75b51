"""Hostile YAML of any size: one shape for each thing that the syntax has, and for each that our rules look at."""

from __future__ import annotations

from collections.abc import Callable

HEAD = (
    "apiVersion: tuneform.dev/v1\nkind: VertexTunedModel\nmetadata: {name: a}\nspec:\n  baseModel: gemini-3.5-flash\n"
)
PAIRS = HEAD.replace("Vertex", "Gemini").replace("gemini-3.5-flash", "models/x") + (
    "  tuningTask: {trainingData: {examples: {examples: ["
)
WORKSPACE = "apiVersion: tuneform.dev/v1\nkind: Workspace\nmetadata: {name: w}\nspec:\n"


def _lines(text: str) -> Callable[[int], str]:
    """Once for each number, which stands for `#`."""
    return lambda n: "".join(text.replace("#", str(i)) for i in range(n))


def _spec(text: str, before: str = "") -> Callable[[int], str]:
    return lambda n: HEAD + before + _lines(text)(n)


def _document(text: str) -> Callable[[int], str]:
    return lambda n: "".join(
        f"---\n{HEAD}{text}".replace("name: a", f"name: a{i}").replace("#", str(i)) for i in range(n)
    )


def _wide_and_deep(n: int) -> str:
    return "\n".join(f"k{i}: " + "[" * 60 + "]" * 60 for i in range(max(1, n // 60)))


SYNTAX: dict[str, Callable[[int], str]] = {
    "keys": _lines("key#: x\n"),
    "keys of one letter": lambda n: "{" + "a," * n + "}",
    "long keys": lambda n: HEAD + "  ? " + "k" * 10 * n + "\n  : 1\n",
    "the same key": lambda n: HEAD + "  a: 1\n" * n,
    "the same key by an alias": lambda n: "a: &a k\nb:\n" + "  *a : 1\n" * n,
    "keys that are mappings": lambda n: "? {a: b}\n: c\n" * n,
    "keys that are numbers": _spec("  #: 1\n"),
    "keys without a value": _lines("key#:\n"),
    "nested mappings": lambda n: "".join(f"k{i}: " + "{a: " * 60 + "1" + "}" * 60 + "\n" for i in range(n // 60 + 1)),
    "nested lists": _wide_and_deep,
    "opening brackets": lambda n: "[" * n,
    "opening braces": lambda n: "{a: " * n,
    "hyphens in a row": lambda n: "- " * n,
    "question marks": lambda n: "? " * n,
    "indentation that never ends": lambda n: "".join(" " * i + "a:\n" for i in range(int((2 * n) ** 0.5))),
    "items": lambda n: "- a\n" * n,
    "empty items": lambda n: "-\n" * n,
    "flow lists": lambda n: "[" + "[]," * n + "]",
    "flow mappings": lambda n: "[" + "{a}," * n + "]",
    "flow over lines": lambda n: "[" + "a,\n" * n + "]",
    "commas": lambda n: "[" + "," * n + "]",
    "anchors": _lines("b#: &b# x\n"),
    "an anchor again": lambda n: "- &a x\n" * n,
    "aliases": lambda n: "a: &a x\nb: [" + "*a , " * n + "]",
    "aliases of a list": lambda n: "a: &a [x, y]\nb: [" + "*a , " * n + "]",
    "aliases of nothing": lambda n: "- *a\n" * n,
    "a chain of aliases": lambda n: "a0: &a0 [x]\n" + "".join(f"a{i + 1}: &a{i + 1} [*a{i}]\n" for i in range(n)),
    "a chain that doubles": lambda n: (
        "a0: &a0 x\n" + "".join(f"a{i + 1}: &a{i + 1} [*a{i}, *a{i}]\n" for i in range(n))
    ),
    "aliases of themselves": lambda n: "a: &a\n" + "- *a\n" * n,
    "merges": lambda n: HEAD + "  <<: {a: 1}\n" * n,
    "tags": lambda n: "- !!str a\n" * n,
    "tags of ours": _lines("- !t# a\n"),
    "tag directives": lambda n: "".join(f"%TAG !t{i}! tag:x,{i}:\n" for i in range(n)) + "---\na: 1\n",
    "documents": lambda n: "---\na: 1\n" * n,
    "ends of documents": lambda n: "...\n" * n,
    "empty documents": lambda n: "---\n" * n,
    "comments": lambda n: "# nothing\n" * n,
    "comments with a spec": lambda n: "# kind: VertexTunedModel\n" * n,
    "comments with specs": lambda n: "".join(
        "# ---\n" + "".join(f"# {line}\n" for line in HEAD.replace("name: a", f"name: a{i}").splitlines())
        for i in range(n)
    ),
    "blank lines": lambda n: "\n" * 10 * n,
    "spaces": lambda n: HEAD + " " * 10 * n,
    "tabs": lambda n: HEAD + "\t" * 10 * n,
    "Windows line ends": lambda n: HEAD + "  labels:\r\n" + "".join(f"    k{i}: a\r\n" for i in range(n)),
    "a literal block": lambda n: HEAD + "  description: |\n" + "    x\n" * n,
    "a folded block": lambda n: HEAD + "  description: >\n" + "    x\n\n" * n,
    "many blocks": lambda n: "- |\n  a\n" * n,
    "a plain text over lines": lambda n: "a: b\n" + "  c\n" * n,
    "a long line": lambda n: HEAD + "  description: " + "x" * 10 * n + "\n",
    "quoted texts": lambda n: "- 'a'\n" * n,
    "doubled quotes": lambda n: "a: '" + "''" * n + "'\n",
    "a quote without an end": lambda n: 'a: "' + "x\n" * n,
    "escapes": lambda n: 'a: "' + "\\u0041" * n + '"\n',
    "escaped pairs": lambda n: 'a: "' + "\\ud83d\\ude00" * n + '"\n',
    "half pairs": lambda n: 'a: "' + "\\ud83d" * n + '"\n',
    "backslashes": lambda n: 'a: "' + "\\\\" * n + '\\ud83d"\n',
    "escaped line ends": lambda n: 'a: "' + "x\\\n" * n + '"\n',
    "whole numbers": lambda n: "- 123\n" * n,
    "different numbers": _lines("- 1#00\n"),
    "numbers that are too large": lambda n: "- 1e999\n" * n,
    "one long number": lambda n: "a: " + "9" * 10 * n,
    "one long fraction": lambda n: "a: 0." + "9" * 10 * n,
    "hexadecimal numbers": lambda n: "- 0x1F\n" * n,
    "conflict markers": lambda n: "<<<<<<< a\n" * n,
    "umlauts": lambda n: HEAD + "  description: " + "ü" * 5 * n + "\n",
    "bytes that are no text": lambda n: b"\xff".decode("latin-1") * n,
    "control characters": lambda n: "a: " + "\x01" * n,
    "byte order marks": lambda n: "a: 1\n" + "\ufeff" * n,
    "JSON": lambda n: '{"a": [' + ", ".join(f'{{"k": "v{i}"}}' for i in range(n)) + "]}",
    "templates": lambda n: "".join(f"{{{{ .Values.a{i} }}}}: x\n" for i in range(n)),
}

RULES: dict[str, Callable[[int], str]] = {
    "fields that there are not": _spec("  k#: 1\n"),
    "fields that are nearly right": _spec("  baseModel#: 1\n"),
    "fields in two spellings": _spec("  base_model#: 1\n"),
    "bad labels": _spec("    K#: A\n", "  labels:\n"),
    "good labels": _spec("    k#: a\n", "  labels:\n"),
    "labels that are numbers": _spec("    k#: 1\n", "  labels:\n"),
    "annotations": lambda n: HEAD.replace("name: a}", "name: a, annotations: {" + _lines("k#: 1, ")(n) + "}}"),
    "metrics": _spec("        m#: {max: 1}\n", "  tuneform:\n    gate:\n      metrics:\n"),
    "metrics that are nearly right": _spec(
        "        train_total_loss#: {}\n", "  tuneform:\n    gate:\n      metrics:\n"
    ),
    "prompts": _spec("      - {text: a}\n", "  tuneform:\n    gate:\n      prompts:\n"),
    "former names": _spec("    - b#\n", "  tuneform:\n    formerNames:\n"),
    "former names twice": _spec("    - b\n", "  tuneform:\n    formerNames:\n"),
    "extra fields": _spec("      k#: 1\n", "  tuneform:\n    extra:\n"),
    "extra fields that are known": _spec("      base_model: 1\n", "  tuneform:\n    extra:\n"),
    "pairs": lambda n: PAIRS + "{textInput: a, output: b}, " * n + "]}}}\n",
    "bad pairs": lambda n: PAIRS + "{a}, " * n + "]}}}\n",
    "pairs that are texts": lambda n: PAIRS + "a, " * n + "]}}}\n",
    "pairs that are long": lambda n: PAIRS + "{textInput: [" + "a, " * n + "]}]}}}\n",
    "good specs": _document("  supervisedTuningSpec: {trainingDatasetUri: gs://bucket/a#.jsonl}\n"),
    "bad specs": _document("  x#: 1\n"),
    "specs without a parent": _document("  preTunedModel: {ref: {name: b#}}\n"),
    "specs in circles": _document("  preTunedModel: {ref: {name: a#}}\n"),
    "a chain of specs": lambda n: "".join(
        f"---\n{HEAD}  preTunedModel: {{ref: {{name: a{i + 1}}}}}\n".replace("name: a}", f"name: a{i}}}")
        for i in range(n)
    ),
    "the same spec": lambda n: f"---\n{HEAD}" * n,
    "specs that had one name": _document("  tuneform: {formerNames: [old]}\n"),
    "kinds that there are not": lambda n: "---\napiVersion: tuneform.dev/v1\nkind: VertexTunedModels\n" * n,
    "versions that there are not": lambda n: "---\napiVersion: tuneform.dev/v2\nkind: VertexTunedModel\n" * n,
    "documents of others": _lines("---\napiVersion: v1\nkind: ConfigMap\ndata: {a: b#}\n"),
    "documents of others with specs in them": lambda n: (
        "---\napiVersion: v1\nkind: A\nx: [" + f"{{{HEAD[:27]}, kind: B}}, " * n + "]"
    ),
    "lists": lambda n: "kind: List\napiVersion: v1\nitems:\n" + "- {a: 1}\n" * n,
    "lists in lists": lambda n: "kind: List\nitems:\n" + "- {kind: List, items: [{kind: List, items: []}]}\n" * n,
    "lists of specs": lambda n: (
        "kind: List\nitems:\n"
        + "".join("- " + HEAD.replace("name: a", f"name: a{i}").replace("\n", "\n  ").rstrip() + "\n" for i in range(n))
    ),
    "a kind that is long": lambda n: "apiVersion: tuneform.dev/v1\nkind: " + "k" * 10 * n,
    "a name that is long": lambda n: HEAD.replace("name: a", "name: " + "a" * 10 * n),
    "an address that is long": lambda n: HEAD + "  x:\n    y: 1\n".replace("x", "x" * n),
    "a path that is long": lambda n: HEAD + "  supervisedTuningSpec: {trainingDatasetUri: " + "a/" * 5 * n + "}\n",
    "a bucket that is long": lambda n: (
        HEAD + "  supervisedTuningSpec: {trainingDatasetUri: gs://" + "a-" * 5 * n + "}\n"
    ),
    "a regular expression that is long": lambda n: (
        HEAD + "  tuneform: {gate: {prompts: [{text: a, matches: '" + "(a" * n + "'}]}}\n"
    ),
    "workspaces": lambda n: f"---\n{WORKSPACE}  lock: a\n" * n,
    "permissions": lambda n: WORKSPACE + "  allow:\n" + "  - {delete: vertex/a}\n" * n,
    "good permissions": lambda n: (
        WORKSPACE + "  allow:\n" + "  - {delete: vertex/a, until: 2030-01-01, reason: b}\n" * n
    ),
    "prices": lambda n: WORKSPACE + "  prices:\n" + _lines("    m#: {train: 1}\n")(n),
    "models": lambda n: WORKSPACE + "  models:\n" + _lines("    m#: {regions: [a, b]}\n")(n),
    "data rules": lambda n: WORKSPACE + "  dataRules:\n" + _lines("    DATA#: odd\n")(n),
    "a version that is long": lambda n: WORKSPACE + "  requiredVersion: '" + ">=1," * n + ">=0'\n",
    "a duration that is long": lambda n: WORKSPACE + "  limits: {listLag: " + "1h" * n + "}\n",
}

SHAPES = {
    **{f"syntax: {name}": make for name, make in SYNTAX.items()},
    **{f"rules: {name}": make for name, make in RULES.items()},
}
