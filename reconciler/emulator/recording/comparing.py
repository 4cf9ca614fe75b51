"""Two answers to one request, side by side: what is the same but for names, times and simulated numbers holds.

What is compared, and what is not, stands in docs/how-to/recording.md; the tables below are that page's ground.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from math import isclose
from typing import Any

from reconciler.emulator.recording import wording
from reconciler.emulator.recording.checks import Aspect, Check
from reconciler.emulator.recording.exchange import RecordedAnswer
from reconciler.emulator.recording.naming import Namer, is_resource
from reconciler.emulator.recording.pairs import NamePairs
from reconciler.emulator.recording.pseudonyms import Pseudonyms, expanded, is_time
from reconciler.emulator.recording.reading import session_of
from reconciler.emulator.recording.sides import (
    are_resources,
    depends_on_data,
    has_meaning,
    is_enumerated,
    is_json,
    kind_of_name,
    leaf_of,
    merged,
    short,
    type_of,
)

Json = dict[str, Any]

_STATES = ("state", "tuningJobState", "done")
_SIMULATED_METHODS = re.compile(r"tensorboards|[gG]enerateContent|countTokens|computeTokens")
_SIMULATED_FIELDS = re.compile(r"tuningDataStats|snapshots|evaluateDatasetRuns|usageMetadata")
# Filled in while a training runs, or by what its data holds: a field of these may be there or not.
OPTIONAL = frozenset(
    (
        *("tuningJobMetadata", "completedStepCount", "completedEpochCount", "snapshots", "completedSteps"),
        *("completedPercent", "values", "thoughtsTokenCount", "cachedContentTokenCount", "nextPageToken", "crc32c"),
        *("md5Hash", "droppedExampleReasons", "droppedExampleIndices", "truncatedExampleIndices", "maxStep"),
        *("totalTruncatedExampleCount", "avgLogprobs", "safetyRatings", "maxWallTime", "prefixes"),
        "references",
    )
)
# Follow from what a reward is made of, which no recording keeps: whether it is zero, and whether it can be computed.
_REWARDED = frozenset(("overallReward", "reward", "rewardDetails", "error", "errorStatus", "userRequestedAuxInfo"))
_TRIES_REWARD = re.compile(r"validateReinforcementTuningReward$")
_BY_NAME = ("rewardInfoDetails", "rewardDetails")
"""Maps with an entry for each of what may have no name."""
# Change with every write, or are addresses: the newest pair of them counts.
_MOVING = frozenset(
    ("etag", "generation", "metageneration", "id", "selfLink", "mediaLink", "nextPageToken", "updated", "contentType")
)
_COUNTED = frozenset(
    (
        *("tuningDatasetExampleCount", "tuningStepCount", "epochCount", "learningRateMultiplier", "batchSize"),
        *("learningRate", "totalSteps", "adapterSize"),
    )
)
_ALWAYS_EQUAL = frozenset(("versionId", "checkpointId", "code"))


@dataclass(slots=True)
class Comparison:
    """Of the answers to one request. `given` are the texts that the client has sent so far.

    `counts` says whether the emulator trains on as many examples as the service does.
    """

    method: str
    status: int
    pairs: NamePairs
    given: frozenset[str] | set[str]
    counts: bool = False
    sent: frozenset[str] | set[str] = frozenset()
    """Names of the fields that some create has set."""

    sent_numbers: frozenset[tuple[str, float]] | set[tuple[str, float]] = frozenset()
    """Numbers that a client has sent, with the fields that they stood in."""

    adopted: frozenset[str] | set[str] = frozenset()
    """Ids of what was taken in as the service has it: others may change it at any time."""

    def answers(self, recorded: RecordedAnswer, ours: RecordedAnswer) -> list[Check]:
        """Every check of the two."""
        found = list(self._answers(recorded, ours))
        return list(dict.fromkeys(found))

    def _answers(self, recorded: RecordedAnswer, ours: RecordedAnswer) -> Iterator[Check]:
        if recorded.status != ours.status:
            yield self._differs("status", "", f"answers {recorded.status}", f"{ours.status}")
            return
        yield self._same("status", "")
        one, other = recorded.headers.get("location", ""), ours.headers.get("location", "")
        if bool(one) != bool(other):
            yield self._differs("missing field", "location", f"{'sends' if one else 'sends no'} address", one or other)
        elif one:
            self.pairs.learn(expanded(session_of(one)), session_of(other))
            yield self._same("missing field", "location")
        if (recorded.body is None) != (ours.body is None):
            yield self._differs("type", "", is_json(recorded), is_json(ours))
        elif recorded.body is not None:
            yield from self.values(recorded.body, ours.body, "")

    def values(self, recorded: Any, ours: Any, at: str) -> Iterator[Check]:
        """Of two values in the same place."""
        if type_of(recorded) != type_of(ours):
            yield self._differs("type", at, f"has {type_of(recorded)} there", type_of(ours))
            return
        match recorded:
            case dict():
                yield from self._dicts(recorded, ours, at)
            case list():
                yield from self._lists(recorded, ours, at)
            case str():
                yield self._texts(recorded, ours, at)
            case bool():
                yield self._equal("state" if leaf_of(at) in _STATES else "value", at, recorded, ours)
            case _:
                yield self._numbers(recorded, ours, at)

    def _dicts(self, recorded: Json, ours: Json, at: str) -> Iterator[Check]:
        if leaf_of(at) == "references":
            # What stands beside an example is the user's, and no recording keeps it.
            yield self._same("type", at)
            return
        is_map = leaf_of(at) in ("labels", "metadata", *_BY_NAME)
        if leaf_of(at) in _BY_NAME:
            self._pair_the_unnamed(recorded, ours)
        for key, value in recorded.items():
            where = f"{at}.{key}" if at else key
            mine = key if key in ours else self.pairs.ours(key) or key
            if mine in ours:
                yield from self.values(value, ours[mine], where)
            elif not self._may_lack(key):
                yield self._differs("additional field", where, f"has {key}", "has none")
        known = {self.pairs.ours(key) or key for key in recorded} | set(recorded)
        for key in ours:
            where = f"{at}.{key}" if at else key
            if key not in known and not self._may_lack(key):
                yield self._differs("missing field", where, f"has no {key}", f"has {short(ours[key])}")
            elif key in known and not is_map:
                yield self._same("missing field", where)

    def _may_lack(self, key: str) -> bool:
        if key == "epoch" and not self.counts:
            return True  # of a checkpoint: the first may come before an epoch is over
        return key in OPTIONAL or (key in _REWARDED and _TRIES_REWARD.search(self.method) is not None)

    def _pair_the_unnamed(self, recorded: Json, ours: Json) -> None:
        """What a client gave no name has one of the service's, and another one here."""
        here = {self.pairs.ours(key) or key for key in recorded} & ours.keys()
        new, mine = [key for key in recorded if (self.pairs.ours(key) or key) not in here], [*(ours.keys() - here)]
        if len(new) == len(mine) == 1:
            self.pairs.agree(new[0], mine[0])

    def _lists(self, recorded: list[Any], ours: list[Any], at: str) -> Iterator[Check]:
        where = f"{at}[]"
        if are_resources(recorded) and are_resources(ours):
            yield from self._resources(recorded, ours, where)
        elif leaf_of(at) in OPTIONAL and len(recorded) != len(ours):
            return
        elif self._is_simulated(at) or (at == "" and len(recorded) != len(ours)):
            if recorded and ours:
                yield from self.values(merged(recorded), merged(ours), where)
        elif len(recorded) != len(ours):
            if self.counts or not recorded or not ours or not depends_on_data(at):
                yield self._differs("length", where, f"has {len(recorded)} there", f"{len(ours)}")
            else:
                yield from self.values(merged(recorded), merged(ours), where)
        else:
            yield self._same("length", where)
            for one, other in zip(recorded, ours, strict=True):
                yield from self.values(one, other, where)

    def _resources(self, recorded: list[Json], ours: list[Json], where: str) -> Iterator[Check]:
        """Of the items that both know; others were made by somebody else, or are not known to be the same yet."""
        mine = {item["name"]: item for item in ours}
        new: list[Json] = []
        for item in recorded:
            name = self.pairs.translated(item["name"])
            if name in mine and name.rpartition("/")[2] in self.adopted:
                mine.pop(name)
            elif name in mine:
                yield from self.values(item, mine.pop(name), where)
            else:
                new.append(item)
        for name, item in list(mine.items()):
            if self.is_known(name):
                yield self._differs("missing item", where, "does not list it", f"lists {kind_of_name(name)}")
            elif (match := self._match(item, new, where)) is not None:
                new.remove(match)
                yield from self.values(match, item, where)

    def _match(self, item: Json, candidates: list[Json], where: str) -> Json | None:
        """One of the recording's that is the emulator's item but for its name."""
        for candidate in candidates:
            trial = replace(self, pairs=self.pairs.branch())
            if all(check.holds for check in trial.values(candidate, item, where)):
                return candidate
        return None

    def is_known(self, name: str) -> bool:
        """Whether a name of the emulator's has been met in the recording."""
        last = name.rpartition("/")[2].partition("@")[0]
        return self.pairs.recorded(last) is not None or last in self.given

    def _texts(self, recorded: str, ours: str, at: str) -> Check:
        leaf = leaf_of(at)
        if leaf in ("message", "description", "field") and "error" in at:
            return self._messages(recorded, ours, at)
        recorded = expanded(recorded)
        if recorded == ours:
            if leaf == "name":
                self.pairs.learn(recorded.rpartition("/")[2], ours.rpartition("/")[2])
            return self._same("state" if leaf in _STATES else "value", at)
        if leaf in _STATES:
            return self._differs("state", at, f"says {recorded}", ours)
        if leaf in _MOVING:
            self.pairs.learn(recorded, ours)
            return self._same("value", at)
        return self._different(recorded, ours, at)

    def _different(self, recorded: str, ours: str, at: str) -> Check:
        """Two texts that are not the same and may mean it."""
        if is_time(recorded) or leaf_of(at) == "data":
            return self._is(at, is_time(recorded) == is_time(ours), recorded, ours)
        if self._is_simulated(at) and (leaf_of(at) == "text" or not (has_meaning(recorded) and has_meaning(ours))):
            return self._same("type", at)
        if recorded.isdigit() and ours.isdigit() and len(recorded) < 10:
            return self._numbers(recorded, ours, at)
        if is_enumerated(recorded) or is_enumerated(ours):
            return self._is(at, self._is_simulated(at), recorded, ours)
        return self._is(at, self._names(recorded, ours), recorded, ours)

    def _names(self, recorded: str, ours: str) -> bool:
        """Whether two names, or generated texts, mean the same."""
        if (is_resource(recorded) and is_resource(ours)) or recorded.startswith("gs://"):
            one, other = re.split(r"[/@:]", recorded), re.split(r"[/@:]", ours)
            return len(one) == len(other) and all(map(self._part, one, other))
        return self._part(recorded, ours)

    def _part(self, recorded: str, ours: str) -> bool:
        if recorded == ours:
            return True
        # What the client sent comes back as it was, or is another thing.
        if ours in self.given and self.pairs.recorded(ours) is None:
            return False
        return self.pairs.agree(recorded, ours)

    def _messages(self, recorded: str, ours: str, at: str) -> Check:
        shown = wording.scrubbed(ours, Namer(Pseudonyms()))
        if wording.comparable(recorded) == wording.comparable(shown):
            return replace(self._same("text", at), emulator=shown)
        return self._differs("text", at, f"says {recorded!r}", repr(shown))

    def _numbers(self, recorded: Any, ours: Any, at: str) -> Check:
        leaf = leaf_of(at)
        is_checkpoint = leaf in ("step", "epoch") and "checkpoints" in at
        is_counted = (leaf in _COUNTED or is_checkpoint) and "snapshots" not in at and self.counts
        # A number that was sent comes back; one that the service has put there may be any.
        is_sent = "Spec." in at and (leaf, float(ours)) in self.sent_numbers
        if is_sent:
            # A float of the service's has less digits than what was sent.
            return self._is(at, isclose(float(recorded), float(ours), rel_tol=1e-6), recorded, ours)
        if leaf in _ALWAYS_EQUAL or is_counted:
            return self._is(at, recorded == ours, recorded, ours)
        return self._same("type", at)

    def _is_simulated(self, at: str) -> bool:
        return bool(_SIMULATED_METHODS.search(self.method) or _SIMULATED_FIELDS.search(at))

    def _equal(self, aspect: Aspect, at: str, recorded: Any, ours: Any) -> Check:
        if recorded == ours:
            return self._same(aspect, at)
        return self._differs(aspect, at, f"says {short(recorded)}", short(ours))

    def _is(self, at: str, holds: bool, recorded: Any, ours: Any) -> Check:
        if holds:
            return self._same("value", at)
        return self._differs("value", at, f"has {short(recorded)}", short(ours))

    def _same(self, aspect: Aspect, at: str) -> Check:
        return Check(self.method, self.status, aspect, at, holds=True, was_given=leaf_of(at) in self.sent)

    def _differs(self, aspect: Aspect, at: str, service: str, emulator: str) -> Check:
        was_given = leaf_of(at) in self.sent
        return Check(self.method, self.status, aspect, at, False, service, emulator, was_given)
