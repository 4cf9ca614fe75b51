"""Codes of the lock: summary, and the paragraph of docs/reference/errors.md."""

from __future__ import annotations

from typing import Any

from reconciler.core.diagnostics import Diagnostic, Explained, Location, ReconcilerError, Severity

CODES_LOCK: dict[str, Explained] = {
    "LOCK001": Explained(
        "The lock cannot be read",
        "The file is not JSON, or not a lock. Nothing was read of the cloud and nothing was changed. "
        "Restore it from version control, or in Cloud Storage from the object beside it that ends with `.backup`; "
        "or, if it is lost, move it away: a new one is rebuilt from the markers on the resources, and `plan` shows "
        "what would be adopted.",
    ),
    "LOCK002": Explained(
        "The lock has merge-conflict markers",
        "Two branches changed the same entry. Take one side of the whole file and merge the other one into it: "
        "`git checkout --ours tuneform.lock`, `git show MERGE_HEAD:tuneform.lock > theirs.lock`, "
        "`tuneform lock merge theirs.lock`. Nothing that either side paid for is dropped. Do not resolve such a "
        "conflict line by line.",
    ),
    "LOCK003": Explained(
        "The lock is of a newer version",
        "A newer tuneform wrote it. Update tuneform; this version would lose what it does not know.",
    ),
    "LOCK004": Explained(
        "The lock is another target's",
        "The lock was written against another target: Google, or another emulator. Comparing its models "
        "with this cloud would plan to train them all again.",
    ),
    "LOCK005": Explained(
        "The lock is another workspace's",
        "Markers carry the workspace's name, and so does the lock. A renamed workspace would find none of "
        "its models again.",
    ),
    "LOCK006": Explained(
        "Somebody else holds the lock",
        "Another run is deciding, submitting or saving. It holds the lock for seconds, never while it waits "
        "for a training. A killed run holds no lock file, and a lock in Cloud Storage for a minute at most.",
    ),
    "LOCK007": Explained(
        "The lock cannot be written",
        "The disk is full, the file system is read-only, or permission is missing. What was recorded before is intact.",
    ),
    "LOCK009": Explained(
        "The hold on the lock was lost",
        "The process was stopped, the machine slept or the network was away for longer than the lease of a lock in "
        "Cloud Storage, and another run took it over; or the file in `.tuneform/` that holds a lock on disk was "
        "deleted. It is noticed before the next request that would change the cloud: none was sent, and nothing "
        "was overwritten.",
    ),
    "LOCK010": Explained(
        "The lock is not held by that holder",
        "`tuneform lock unlock` takes the id of the present holder, so that it never takes the lock away from "
        "another one.",
    ),
    "LOCK011": Explained(
        "The locks cannot be merged",
        "They are of different workspaces or targets: one of them is not this workspace's.",
    ),
    "LOCK020": Explained(
        "The lock is empty",
        "A file with nothing in it is what a full disk or an interrupted copy leaves; tuneform never writes one. "
        "Reading it as none would plan to train everything again. Restore it as a damaged one (`LOCK001`).",
    ),
    "LOCK021": Explained(
        "The lock is a link that leads nowhere",
        "The folder that it points into does not exist: a share that is not mounted, or a folder that was moved. The "
        "lock may be there, so nothing begins anew. A link to a missing file in a "
        "folder that exists is a new lock.",
    ),
    "LOCK022": Explained(
        "A journal lies beside a link to the lock",
        "Version 0.1.0 kept the journal beside the link; now it is kept beside the file that the link leads to, where "
        "every run finds it. What stands in the old one is not in the lock yet.",
    ),
    "LOCK024": Explained(
        "The lock of another workspace is not there",
        "A spec copies a model of another workspace (`from`), and only that workspace's lock says which one serves "
        "there. It is where `from.lock` says, or where the settings of that name beside `tuneform.yaml` do.",
    ),
    "LOCK023": Explained(
        "The lock that was named is not there",
        "`--lock` or `TUNEFORM_LOCK` names a lock that does not exist, and the command is about what a lock records. "
        "Taken for an empty one there would be nothing to wait for or to show, and every model would look like "
        "a stranger's. Commands that may begin a lock (`plan`, `apply`, `import`, `lock merge`) take a new name.",
    ),
    "LOCK025": Explained(
        "The lock has no such entry",
        "`tuneform state` names an address that the lock does not have. `tuneform state list` shows those that it has.",
    ),
    "LOCK026": Explained(
        "The lock has an entry of that name already",
        "`tuneform state mv` gives an entry another name, and does not make one of two. To exchange two names, take "
        "a third one in between; to let go of what has the name, forget it first.",
    ),
    "LOCK027": Explained(
        "That name cannot be the entry's",
        "An entry stays with its service, and its new name must be one that a spec can have: what is of Vertex AI is "
        "nothing that the Gemini API knows.",
    ),
    "LOCK028": Explained(
        "A request of another run is under way",
        "Another run is in the middle of a request that changes something in the cloud, and will record its answer in "
        "the lock. Changed by hand meanwhile, the lock would not have the place for it. Nothing was changed.",
    ),
    "LOCK029": Explained(
        "The given lock is of another lineage",
        "Every lock has a lineage from its first write on, and a copy of it has the same one. The lock that was given "
        "to `tuneform state push` did not come of the present one: it may be of another workspace's models. With "
        "`--force` and a reason it is taken all the same.",
    ),
    "LOCK030": Explained(
        "The given lock is behind the present one",
        "The lock that was given to `tuneform state push` lacks something that the present one knows, or has an older "
        "state of it: runs have gone on since it was pulled. What is lost from the lock is found again by its markers "
        "at best, and is paid for twice at worst. `tuneform lock merge` takes both; with `--force` and a reason "
        "the given one replaces the present one.",
    ),
    "LOCK031": Explained(
        "There is nothing yet that could be renamed",
        "A change of the address was approved, and no request of it was sent: what it will make has no marker of the "
        "old name. Under another name nobody could tell it from another clone's. Cancel it, and apply under the new "
        "name.",
    ),
    "LOCK012": Explained(
        "One job at two addresses",
        "Two addresses of the lock name the same job: the lock was edited, or version control joined a rename and "
        "another change line by line. Removing either address would delete the other's model, so nothing is done "
        "before it is in order. `tuneform lock merge` without a file joins the two under the newer name and "
        "changes nothing in the cloud; `tuneform plan` then shows what the specs make of it.",
    ),
    "LOCK013": Explained(
        "One model at two addresses",
        "Two addresses of the lock name the same version of a model as their own, under different jobs: the lock was "
        "edited, or joined line by line. `tuneform lock merge` without a file joins the two under the newer name.",
    ),
    "LOCK014": Explained(
        "One job twice at one address",
        "Two attempts of one address name the same job: the lock was edited, or joined line by line. Disposing of "
        "the one would delete the other's model. `tuneform lock merge` without a file makes one of them.",
    ),
    "LOCK015": Explained(
        "Two models serve one address",
        "The lock says of two attempts that they serve; one does. `tuneform lock merge` without a file lets the one "
        "serve that began to last, and keeps the other as deposed.",
    ),
    "LOCK016": Explained(
        "The lock contradicts itself",
        "What the lock says of a training cannot be true at once, for instance that it serves and that its create was "
        "never answered. It was edited by hand, or damaged. Nothing is done on such a record.",
    ),
    "LOCK017": Explained(
        "Too many entries are one",
        "Entries of two locks are one where they have a job, or a create, in common. No run writes more than two "
        "hundred of them, and putting them together would take a time that grows with their square.",
    ),
    "LOCK018": Explained(
        "The lock changes faster than it can be planned",
        "A plan is carried out only where the lock is still the one that it was made from. Another run wrote it each "
        "time that this one had looked at the cloud.",
    ),
    "LOCK008": Explained(
        "The journal has an unreadable line",
        "A line in the middle of the journal is damaged. A torn last line is normal after a crash and is "
        "ignored, since what it announced was not sent yet.",
    ),
}

_LONGEST = 2_000


def lock_error(code: str, detail: str, *, path: str, line: int = 0, column: int = 0, **more: Any) -> ReconcilerError:
    """The error with this code's summary; what the file says is shown as far as a message holds it."""
    detail = detail if len(detail) <= _LONGEST else f"{detail[:_LONGEST]}…"
    where = Location(path, line, column)
    return ReconcilerError(Diagnostic(code, Severity.ERROR, CODES_LOCK[code].summary, detail, where=where, **more))
