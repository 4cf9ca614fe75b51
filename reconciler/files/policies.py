"""The rules of a workspace: its files of them read, every expression parsed and checked. All of them, or none."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from reconciler.core.codes_spec import spec_error
from reconciler.core.diagnostics import Diagnostic, Location
from reconciler.core.findings import Findings
from reconciler.core.likeness import nearest
from reconciler.core.policies import POLICY
from reconciler.core.settings import Workspace
from reconciler.files.complaints import check_document
from reconciler.files.envelope import kind_of
from reconciler.files.expression_places import place_in_text
from reconciler.files.schema.policy import PolicyDocument, RulePart
from reconciler.files.sources import UnreadableFileError, files_named, read_source
from reconciler.files.yaml_tree import Document, read_into
from reconciler.policy.rules import NO_POLICIES, About, ExpressionOfRule, Policies, PolicyRule
from reconciler.policy.shapes import ValueKind
from reconciler.policy.terms import ExpressionError

_ASK: Final = "What a rule can ask for is in docs/reference/policies.md."


@dataclass(slots=True)
class PolicyTexts:
    """The documents under `policies`, by kind."""

    policies: list[Document] = field(default_factory=list)
    tests: list[Document] = field(default_factory=list)


def read_policies(settings: Workspace, findings: Findings) -> Policies:
    """What the workspace's plans are judged by; its mistakes, and those of its tests' documents, in `findings`."""
    if not settings.policies:
        findings.extend(_of_unknown_rules(settings, NO_POLICIES))
        return NO_POLICIES
    return rules_of(read_policy_texts(settings.policies, findings), settings, findings)


def read_policy_texts(paths: Sequence[str], findings: Findings) -> PolicyTexts:
    """Every document of these files and folders; a path without a rule is a mistake."""
    texts, seen = PolicyTexts(), set[str]()
    for path in paths:
        before, mistakes = len(texts.policies), findings.count
        for file in files_named(path, seen):
            if isinstance(file, Diagnostic):
                findings.add(file)
            elif isinstance(file, str):
                _read(file, texts, findings)
        if (before, mistakes) == (len(texts.policies), findings.count):
            detail = f"{path} has no rule that is not read already."
            where = Location(path) if Path(path).is_dir() else Location(path, 1, 1)
            findings.add(
                spec_error("SPEC077", where, detail, "Write a document of kind Policy there, or remove the path.")
            )
    return texts


def _read(file: str, texts: PolicyTexts, findings: Findings) -> None:
    try:
        source = read_source(file)
    except UnreadableFileError as exc:
        findings.add(exc.diagnostic)
        return
    for document in read_into(source, findings):
        kind, mistake = kind_of(document, is_piped=False)
        if mistake is not None:
            findings.add(mistake)
        elif kind == "Policy":
            texts.policies.append(document)
        elif kind == "PolicyTest":
            texts.tests.append(document)
        else:
            detail, fix = f"A {kind} stands among the policies.", "Move it below specs/, or to the settings."
            findings.add(spec_error("SPEC020", document.start, detail, fix))


def rules_of(texts: PolicyTexts, settings: Workspace, findings: Findings) -> Policies:
    """The rules, with all that is wrong with them in `findings`."""
    before = findings.count
    rules: dict[str, PolicyRule] = {}
    for document in texts.policies:
        checked = check_document(PolicyDocument, document, findings)
        for index, part in enumerate(checked.spec.rules if checked else ()):
            rule = _RuleReader(document, index, findings).rule(part, checked.metadata.name if checked else "")
            if part.name in rules:
                where = document.place(("spec", "rules", index, "name"))
                detail = f"{part.name} is the name of the rule at {rules[part.name].where} already."
                findings.add(spec_error("SPEC077", where, detail, "Rename one of them."))
            elif rule is not None:
                rules[part.name] = rule
    found = Policies(tuple(rules.values()))
    if findings.count == before:
        findings.extend(_of_unknown_rules(settings, found))
    return found


def _of_unknown_rules(settings: Workspace, policies: Policies) -> Iterator[Diagnostic]:
    """A line that allows what no rule says is one with a slip in it, or one that can go."""
    for line in settings.allow:
        if line.kind == POLICY and policies.rule(line.rule) is None:
            yield unknown_rule(line.rule, policies, line.where)


def unknown_rule(name: str, policies: Policies, where: Location) -> Diagnostic:
    """What names a rule that there is not."""
    near = nearest(name, (rule.name for rule in policies.rules))
    fix = f'Did you mean "{near}"?' if near else "Name a rule of the workspace, or remove it."
    return spec_error("SPEC077", where, f'There is no rule "{name}".', fix)


@dataclass(slots=True)
class _RuleReader:
    document: Document
    index: int
    findings: Findings

    def rule(self, part: RulePart, policy: str) -> PolicyRule | None:
        """None where one of its expressions has a mistake."""
        before, about = self.findings.count, About(part.about)
        require = self._expression("require", part.require, about, ValueKind.BOOL)
        when = self._expression("when", part.when, about, ValueKind.BOOL)
        message = self._expression("messageExpression", part.message_expression, about, ValueKind.TEXT)
        if require is None or self.findings.count > before:
            return None
        where = self.document.place(("spec", "rules", self.index, "name"))
        refuses = part.severity == "refuse"
        said = part.message or ""
        return PolicyRule(part.name, policy, about, require, where, when, said, message, refuses)

    def _expression(self, name: str, text: str | None, about: About, wanted: ValueKind) -> ExpressionOfRule | None:
        from reconciler.files.rule_names import names_of
        from reconciler.policy.checking import check
        from reconciler.policy.parsing import parse

        if text is None:
            return None
        try:
            term = parse(text)
        except ExpressionError as exc:
            self._note(name, text, exc)
            return None
        for mistake in check(term, names_of(about), wanted):
            self._note(name, text, mistake)
        return ExpressionOfRule(text, term)

    def _note(self, name: str, text: str, mistake: ExpressionError) -> None:
        where = place_in_text(self.document, ("spec", "rules", self.index, name), text, mistake.at)
        self.findings.add(spec_error("SPEC089", where, mistake.detail, mistake.fix or _ASK))
