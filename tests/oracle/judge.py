"""What is wrong with a cloud, given the specs as written and the lock as the file has it: sentences.

A lock is read for three things only: which job it says serves an address, which are deposed, and whether a person has
chosen another than the spec asks for. What those are worth is looked up in the cloud.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.oracle.cloud import FINISHED, Resources, labels_of
from tests.oracle.wish import GEMINI, VERTEX, Wish

Json = dict[str, Any]


@dataclass(slots=True)
class Past:
    """What nobody can see in a cloud at rest, kept by whoever plays the others.

    `wrote` is what others wrote on a resource, by its name: label keys, and fields of the API. `gone` are resources
    that others deleted. `ended` are jobs that are not in the cloud any more. `lost`: a lock was, or was taken back.
    `retained` are names whose spec was removed and asked for its model to stay. `answers` is what every model says to a
    prompt. `always_refused` are names whose spec never had a gate that lets one of its models serve.
    """

    wrote: dict[str, set[str]] = field(default_factory=dict)
    gone: set[str] = field(default_factory=set)
    ended: dict[str, Json] = field(default_factory=dict)
    ended_names: dict[str, str] = field(default_factory=dict)
    lost: bool = False
    retained: set[str] = field(default_factory=set)
    answers: dict[str, str] = field(default_factory=dict)
    always_refused: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Judge:
    """`locks` are all that there are of this workspace, the one in question first."""

    workspace: str
    wishes: Sequence[Wish]
    locks: Sequence[Json]
    cloud: Resources
    past: Past = field(default_factory=Past)

    def complaints(self) -> list[str]:
        """Every sentence is a broken promise."""
        found = [f"{wish.address}: {words}" for wish in self.wishes for words in self._of(wish)]
        return [*found, *self._not_wanted()]

    # One spec

    def _of(self, wish: Wish) -> Iterator[str]:
        claims = self._claims(wish.address)
        yield from self._too_many(wish, claims)
        serving = [c for c in claims if c.get("role") == "serving"]
        if serving and wish.names <= self.past.always_refused:
            yield f"its gate lets no model of it serve, and {serving[0].get('job')} does"
        if self.is_stuck(wish):
            return  # a person decides what it serves and shows meanwhile
        if len(serving) != 1:
            yield from self._none_serves(wish, len(serving))
            return
        job = self.cloud.job(serving[0].get("job", ""))
        if job is None and serving[0].get("job") in self.past.gone:
            return
        if job is None:
            yield f"its job {serving[0].get('job')} is not in the cloud"
            return
        if not self.cloud.serves(job) and self._ended_badly(job):
            return  # gone by another's hand: what else is there, a person chooses from
        if not self.cloud.serves(job):
            yield f"its model and its endpoint do not serve: {job['name']}"
            return
        yield from self._told_wrong(serving[0], job)
        yield from self._written_wrong(wish, job)
        yield from self._made_wrong(wish, job, serving[0])
        yield from self._shown_wrong(wish, job)
        yield from self._called_wrong(wish, job, claims)

    def _called_wrong(self, wish: Wish, job: Json, claims: Sequence[Json]) -> Iterator[str]:
        """What serves has the alias that the spec asks for; nothing else of the address has it, or one of before.

        Nobody can say where it belongs while two locks let different ones serve.
        """
        if len(self._serving(wish.address)) > 1:
            return
        wanted = wish.ours.get("serve", {}).get("alias", "")
        if wanted and wanted not in self._aliases(job):
            yield f"{job['name']} serves, and its model is not called {wanted}"
        others = [c.get("job", "") for c in claims if c.get("role") == "deposed"]
        for other in filter(None, map(self.cloud.job, others)):
            if wanted and wanted in self._aliases(other):
                yield f"{other['name']} is deposed, and its model is called {wanted}"
        if self.past.lost or "alias" in self.past.wrote.get(str((self.cloud.model_of(job) or {}).get("name")), ()):
            return
        for name in self._aliases(job) - {wanted}:
            yield f"its model is called {name}, and the spec says {wanted or 'nothing'}"

    def _written_wrong(self, wish: Wish, job: Json) -> Iterator[str]:
        """Files lie below the folder that the spec names, and no other job of the cloud wrote there."""
        folder, wanted = self.cloud.files.get(job["name"], ""), wish.spec.get("outputUri", "")
        if folder and not folder.startswith(f"{wanted.rstrip('/')}/"):
            yield f"its files are in {folder}, and outputUri is {wanted}"
        if folder and list(self.cloud.files.values()).count(folder) > 1:
            yield f"{folder} was written by several jobs"

    def _aliases(self, job: Json) -> set[str]:
        return set((self.cloud.model_of(job) or {}).get("versionAliases", ())) - {"default"}

    def _none_serves(self, wish: Wish, number: int) -> Iterator[str]:
        """A first model may wait for a person."""
        if number == 0 and self._waiting(wish.address):
            yield from self._waiting_wrong(wish)
        else:
            yield f"it is declared, and {number} trainings serve it"

    def _made_wrong(self, wish: Wish, job: Json, claim: Json) -> Iterator[str]:
        """What serves is what the spec asks for, unless a person decided otherwise."""
        if self._rolled_back_from(wish.address):
            yield from self._pinned_wrong(wish)
        elif self._waiting(wish.address):
            yield from self._waiting_wrong(wish)
        else:
            yield from wish.differences(job, self.cloud.read.get(job["name"]))
            yield from self._parentage(wish, job, claim)

    def _waiting(self, address: str) -> list[str]:
        """Jobs that are trained and wait for a person to promote them."""
        return [c.get("job", "") for c in self._claims(address) if c.get("role") == "pending"]

    def _waiting_wrong(self, wish: Wish) -> Iterator[str]:
        """Only where the spec asks for that, and only what the spec asks for."""
        if wish.setting("promote", "automatic") != "manual":
            yield f"{self._waiting(wish.address)} wait to be promoted, and nobody asked for that"
        for name in self._waiting(wish.address):
            job = self.cloud.job(name)
            for words in wish.differences(job, self.cloud.read.get(name)) if job else ():
                yield f"{name} waits to be promoted, and the spec asks for something else: {words}"

    def _rolled_back_from(self, address: str) -> list[str]:
        """What somebody rolled back from, while what was rolled back to serves; the spec asks for the first."""
        entry = self._entry(address)
        pin = entry.get("pin", {})
        pinned = entry.get("trainings", {}).get(pin.get("attempt"), {})
        return list(pin.get("over", ())) if pinned.get("role") == "serving" else []

    def _pinned_wrong(self, wish: Wish) -> Iterator[str]:
        """Another attempt serves than the spec asks for, by a person's decision: what the spec asks for is kept."""
        first = self._rolled_back_from(wish.address)[0]
        name = self._entry(wish.address).get("trainings", {}).get(first, {}).get("job", "")
        job = self.cloud.job(name)
        if job is None or self.cloud.model_of(job) is None:
            if not (job is None or self._ended_badly(job)):
                yield f"{name}, which it was rolled back from, is disposed of"
            return
        for words in wish.differences(job, self.cloud.read.get(name)):
            yield f"it is pinned, and was rolled back from something else: {words}"

    def is_stuck(self, wish: Wish) -> bool:
        """Whether the very same was tried and ended badly, or is gone by another's hand: it is not trained again."""
        if wish.parent and any(w.address == wish.parent and self.is_stuck(w) for w in self.wishes):
            return True
        jobs = [*self.cloud.all_jobs(), *self.past.ended.values()]
        read = self.cloud.read
        same = [j for j in jobs if self._is_named(j, wish) and not any(wish.differences(j, read.get(j["name"])))]
        if self._refuses(wish) and any(j["state"] in FINISHED and j["name"] not in self._buried for j in same):
            return True
        if self._refuses(wish) and wish.kind == GEMINI and self._is_gone(wish):
            return True
        if any(self.cloud.serves(j) and j["state"] in FINISHED and j["name"] not in self._buried for j in same):
            return False
        return any(self._ended_badly(j) for j in same)

    def _refuses(self, wish: Wish) -> bool:
        """Whether its gate, as it is written now, lets no model of these serve."""
        prompts = wish.ours.get("gate", {}).get("prompts", ())
        return any(p["contains"] not in self.past.answers.get(p["text"], "") for p in prompts)

    def _is_gone(self, wish: Wish) -> bool:
        """Whether a tuned model of this name was deleted: nothing tells any more whether its gate had refused it."""
        return any(n.startswith(f"tunedModels/{name}-") for n in self.past.gone for name in wish.names)

    @property
    def _buried(self) -> set[str]:
        """What somebody wanted forgotten, as the lock in question has it: another one knows of it when they meet."""
        return _forgotten_in(self.locks[0])

    def _ended_badly(self, job: Json) -> bool:
        if job["name"] in self.past.gone or job["name"] in self.past.ended:
            return True
        if job["state"] not in FINISHED:
            return True
        made = job.get("tunedModel", {})
        names = {job["name"], made.get("model", "").partition("@")[0], made.get("endpoint", "")}
        return bool(names & self.past.gone)

    def _is_named(self, job: Json, wish: Wish) -> bool:
        is_gemini = job["name"].startswith("tunedModels/")
        return (wish.kind == GEMINI) is is_gemini and self._name_of(job) in wish.names

    def _name_of(self, job: Json) -> str | None:
        return self.cloud.names.get(job["name"]) or self.past.ended_names.get(job["name"])

    def _claims(self, address: str) -> list[Json]:
        return list(self._entry(address).get("trainings", {}).values())

    def _entry(self, address: str) -> Json:
        entry: Json = self.locks[0].get("entries", {}).get(address, {})
        return entry

    def _told_wrong(self, claim: Json, job: Json) -> Iterator[str]:
        """What callers are given, `tuneform output`, is what the job made."""
        made = dict(job.get("tunedModel", {"model": job["name"], "endpoint": job["name"]}))
        if job["name"] in self.cloud.files:
            made = {"model": self.cloud.files[job["name"]], "endpoint": None}
        chosen = claim.get("checkpoint", {}).get("checkpointId")
        if chosen is not None:
            made["endpoint"] = next(c["endpoint"] for c in made["checkpoints"] if c["checkpointId"] == chosen)
        for key in ("model", "endpoint"):
            if claim.get(key) != made[key]:
                yield f"the lock says {key} {claim.get(key)}, and its job made {made[key]}"

    def _parentage(self, wish: Wish, job: Json, claim: Json) -> Iterator[str]:
        """The parent of a child is a model that its parent has or had."""
        found = job.get("preTunedModel", {}).get("tunedModelName", "")
        if not wish.parent:
            if found and "preTunedModel" not in wish.spec:
                yield f"it was tuned further from {found}, and has no parent"
            return
        parent = next(w for w in self.wishes if w.address == wish.parent)
        makers = [j for j in self.cloud.jobs.values() if j.get("tunedModel", {}).get("model") == found]
        owned = {c.get("model") for c in self._claims(wish.parent)}
        if not any(self._is_named(j, parent) for j in makers) and found not in owned:
            yield f"it was tuned further from {found}, which {wish.parent} never was"
        # The fake cloud's jobs do not tell whoever finds them by their markers what they were tuned further from.
        serves = self._serving(wish.parent) if claim.get("submission", {}).get("parentModel") else set()
        if wish.setting("onParentChange", "report") == "retune" and len(serves) == 1 and found not in serves:
            yield f"it was tuned further from {found}, and {wish.parent} serves {serves}"

    def _serving(self, address: str) -> set[str]:
        """The models that serve an address, by any lock: two of them where the locks were never merged."""
        entries = [lock.get("entries", {}).get(address, {}) for lock in self.locks]
        trainings = [t for entry in entries for t in entry.get("trainings", {}).values()]
        return {t["model"] for t in trainings if t.get("role") == "serving" and "model" in t}

    def _shown_wrong(self, wish: Wish, job: Json) -> Iterator[str]:
        """On the Model and on the Endpoint: every field, every label, and none that is gone from the spec."""
        carriers = {c["name"]: c for c in (self.cloud.model_of(job), self.cloud.endpoint_of(job)) if c is not None}
        made_by_hand = "tuneform-workspace" not in job.get("labels", {}) and wish.kind == VERTEX
        theirs = set(labels_of(job)) | {"description"} if made_by_hand else set()
        # Who wrote a tuned model's description, only a lock tells.
        theirs |= {"description"} if wish.kind == GEMINI and self.past.lost else set()
        for name, carrier in carriers.items():
            others = theirs | self.past.wrote.get(name, set())
            yield from (f"{name}: {words}" for words in _fields_wrong(wish, carrier, others))
            if wish.kind == VERTEX:
                yield from (f"{name}: {words}" for words in self._labels_wrong(wish, job, carrier, others))

    def _labels_wrong(self, wish: Wish, job: Json, carrier: Json, others: set[str]) -> Iterator[str]:
        has = carrier.get("labels", {})
        owner = {"tuneform-workspace": self.workspace, "tuneform-name": wish.name}
        protect = {"tuneform-protect": "true"} if wish.setting("protect", False) else {}
        for key, value in {**wish.labels, **owner, **protect}.items():
            if has.get(key) != value:
                yield f"label {key} is {has.get(key)!r} and should be {value!r}"
        if "tuneform-protect" in has and not protect and not self.past.lost:
            yield "it is labelled protected, and is not"
        for key in labels_of(carrier):
            # Which labels were patched on later only a lock knows: the job tells those that it was sent with.
            is_forgotten = self.past.lost and key not in labels_of(job)
            if key not in wish.labels and key not in others and not is_forgotten:
                yield f"label {key} is not in the spec"

    def _too_many(self, wish: Wish, claims: Sequence[Json]) -> Iterator[str]:
        keep = wish.setting("keep", 1)
        entry, spared = self._entry(wish.address), self._rolled_back_from(wish.address)
        kept = {entry["trainings"][attempt].get("job") for attempt in spared if attempt in entry["trainings"]}
        deposed = [
            j
            for c in claims
            if c.get("role") == "deposed" and c.get("job") not in kept
            if (j := self.cloud.job(c.get("job", "")))
        ]
        there = [j["name"] for j in deposed if self.cloud.model_of(j) is not None or j["name"] in self.cloud.files]
        if len(there) > keep:
            yield f"{len(there)} deposed models are there, and keep is {keep}"

    # The whole

    def _not_wanted(self) -> Iterator[str]:
        """Nothing of ours runs or answers that no spec speaks of."""
        if self.past.lost:
            return
        names = {name for wish in self.wishes for name in wish.names} | self.past.retained
        addresses = {wish.address for wish in self.wishes}
        # What another lock has, and this one has not heard of, is the other's to delete.
        owned = {
            c.get("job")
            for lock in self.locks
            for address, entry in lock.get("entries", {}).items()
            if address in addresses or lock is not self.locks[0]
            for c in entry.get("trainings", {}).values()
        }
        for job in self.cloud.all_jobs():
            name = self.cloud.names.get(job["name"])
            if name is None or name in names or job["name"] in owned.union(*map(_forgotten_in, self.locks)):
                continue
            if self.cloud.model_of(job) is not None:
                yield f"{job['name']} of {name} has a model, and no spec speaks of it"


def _forgotten_in(lock: Json) -> set[str]:
    return {n for t in lock.get("tombstones", {}).values() for n in t.get("resourceNames", ())}


def _fields_wrong(wish: Wish, carrier: Json, others: set[str]) -> Iterator[str]:
    for api, value in wish.shown.items():
        found = carrier.get(api)
        is_theirs = value is None and (api in others or found == _SERVICES_DEFAULT.get(api))
        if not is_theirs and (found or None) != (value or None):
            yield f"{api} is {found!r} and should be {value!r}"


_SERVICES_DEFAULT: Mapping[str, Any] = {"temperature": 1.0, "topP": 0.95, "topK": 64}
"""What a tuned model of the Gemini API answers with where nobody said anything: recorded from gemini-1.5-flash-001."""
