"""The codes of what the services, and the way to them, can do wrong: summary and a paragraph for the docs.

Families: 10x credentials, 11x and 12x permission, 20x the way to the service, 21x answers that cannot be
used, 30x refusals, 32x trainings, 33x disposal, 34x prompts, 35x Cloud Storage, 36x projects and bodies.
"""

from __future__ import annotations

from dataclasses import dataclass

from reconciler.core.diagnostics import Diagnostic, Explained
from reconciler.core.faults import Condition, Fault


@dataclass(frozen=True, slots=True)
class ApiCode(Explained):
    """A code of the services', with what a failure of it means for its caller. Callers ask that, never the code."""

    fault: Fault = Fault.TRANSIENT
    repeats: bool = False
    """The same request has a chance: never after a certificate, a web page or a wrong form."""
    ends_run: bool = False
    """Nothing works again in this run until somebody acts; what was submitted goes on without it."""
    condition: Condition | None = None


API_CODES: dict[str, ApiCode] = {
    "API101": ApiCode(
        "No credentials found",
        "Application Default Credentials are looked up in GOOGLE_APPLICATION_CREDENTIALS, in the file "
        "that gcloud writes, and on the machine's metadata server; none of them had any. Log in, or name "
        "a file. With --emulator no credentials are needed.",
        Fault.AUTH,
        condition=Condition.NO_LOGIN,
    ),
    "API102": ApiCode(
        "The credentials have ended and cannot be renewed",
        "The token service refused to renew the login: it was revoked, the password or the session policy "
        "of the organisation asks for a new one, or the account is gone. Trainings that were started go "
        "on: log in again and run `wait`.",
        Fault.AUTH,
        ends_run=True,
    ),
    "API103": ApiCode(
        "The credentials cannot be used",
        "A credentials file exists and is damaged, incomplete or of an unknown kind, so that no login "
        "could even be tried. It is never ignored in favour of another one.",
        Fault.AUTH,
    ),
    "API104": ApiCode(
        "The token service did not answer",
        "A token could not be fetched or renewed because the token service, or the metadata server, did "
        "not answer or failed. Nothing was sent to the service itself; trying again later is safe.",
        repeats=True,
        condition=Condition.TIME_OUT,
    ),
    "API111": ApiCode(
        "The service does not accept the token",
        "The request was answered 401 although a token was sent, also after it was renewed once: it was "
        "revoked, or it belongs to another environment.",
        Fault.AUTH,
        ends_run=True,
        condition=Condition.TOKEN_REFUSED,
    ),
    "API121": ApiCode(
        "The token lacks a scope",
        "The login is good, but it was not allowed to speak for you to this service. For the Gemini API "
        "an API key is never enough to tune: it takes an OAuth login with the scope "
        "generative-language.tuning.",
        Fault.AUTH,
    ),
    "API122": ApiCode(
        "A permission is missing",
        "The service knows who asks and refuses. The message names the permission, the resource and the account "
        "as far as the answer does, and a role only where Google's reference says that it holds the permission. "
        "Replace `MEMBER` by the account: the first line of the output names who asks. Google answers alike for "
        "what does not exist.",
        Fault.AUTH,
        condition=Condition.DENIED,
    ),
    "API123": ApiCode(
        "The API is not enabled in the project",
        "The project that the message names has never used this API, or it was switched off. It may be another "
        "one than the specs': calls with a person's login are counted against its quota project, where the API "
        "must be enabled as well. Enabling takes a few minutes to spread.",
        Fault.AUTH,
    ),
    "API124": ApiCode(
        "The quota project is missing or not allowed",
        "Calls with a person's login are counted against a project. None is set, or the person may not "
        "use it (serviceusage.services.use).",
        Fault.AUTH,
    ),
    "API125": ApiCode(
        "The organisation or the project forbids it",
        "Billing is off, or a policy of the organisation (a VPC Service Controls perimeter, an IP "
        "restriction) stands in the way. An administrator has to change that.",
        Fault.AUTH,
    ),
    "API201": ApiCode(
        "The service cannot be reached",
        "No connection came about: nothing listens there, or a firewall is in between. Nothing was sent.",
        repeats=True,
    ),
    "API202": ApiCode(
        "The host name is unknown",
        "The name of the service's host did not resolve. Nothing was sent. Look at the network, the "
        "resolver and, for Vertex AI, at the spelling of the location, which is part of the host's name.",
        repeats=True,
    ),
    "API203": ApiCode(
        "The connection is not safe",
        "The TLS handshake failed: the certificate is not trusted, or something on the way replaces it. "
        "Nothing was sent. Behind a proxy that inspects TLS, name its certificate in SSL_CERT_FILE.",
    ),
    "API204": ApiCode(
        "No connection in time",
        "The connection was not established within the time-out. Nothing was sent.",
        repeats=True,
        condition=Condition.TIME_OUT,
    ),
    "API205": ApiCode(
        "No answer in time",
        "The request was sent and no answer came within the time-out. It may have worked; a create is "
        "looked up before another one is sent.",
        repeats=True,
        condition=Condition.TIME_OUT,
    ),
    "API206": ApiCode(
        "The connection was cut",
        "The connection broke after something was sent. The request may have worked; a create is looked "
        "up before another one is sent.",
        repeats=True,
    ),
    "API207": ApiCode(
        "The connection cannot be set up here",
        "Settings of this machine (a proxy, a certificate file) or of the request itself are unusable, so "
        "that nothing was sent.",
        Fault.REJECTED,
    ),
    "API208": ApiCode(
        "Plain http only to this machine",
        "An emulator on another host must be spoken to over https: whoever listens on the way would see "
        "training data, and could answer in its place.",
        Fault.REJECTED,
    ),
    "API209": ApiCode(
        "Not the address of an emulator",
        "An emulator is named by the http or https URL of its root, without user name, query or fragment.",
        Fault.REJECTED,
    ),
    "API211": ApiCode(
        "A web page instead of an answer",
        "HTML came where JSON was expected: a proxy, a login page of the network, or a wrong address "
        "answered in the service's place. Nothing is concluded from it.",
    ),
    "API212": ApiCode(
        "The answer is not complete JSON",
        "The answer ended early or is damaged. Nothing is concluded from it.",
        repeats=True,
    ),
    "API213": ApiCode(
        "The answer has an unexpected form",
        "The answer is JSON, but a field that is needed is missing or has another type than the API's "
        "definition says. Nothing is concluded from it.",
    ),
    "API214": ApiCode(
        "The answer is too large",
        "The answer went past the size that any honest answer has, or has more objects, lists and values than one, "
        "and was dropped: [limits](limits.md#answers) says how much is read. A page of a list is asked for again in "
        "smaller ones first.",
        condition=Condition.TOO_LARGE,
    ),
    "API215": ApiCode(
        "The answer is nested too deeply",
        "The answer's JSON is nested deeper than any honest answer, and was dropped.",
    ),
    "API216": ApiCode(
        "The service redirects",
        "The answer points to another address. Redirects are never followed, so that no token and no "
        "training data reaches a host that was never named.",
    ),
    "API217": ApiCode(
        "The pages of a list do not end",
        "A list gave the same page token twice, or more pages or bytes than any project has. The list is not used: "
        "half of a list would look like deletions.",
    ),
    "API218": ApiCode(
        "The stream broke off",
        "The answer to a prompt ended in the middle: the connection was cut, or the service sent an "
        "error. What had been shown until then is real, and incomplete.",
    ),
    "API219": ApiCode(
        "A resource name has an unexpected form",
        "A name in an answer or in the lock is not one of the service's. It is not used: its location "
        "decides which host a token is sent to.",
        Fault.REJECTED,
    ),
    "API301": ApiCode(
        "The service refused the request",
        "The service understood the request and finds a value in it wrong. Its own words say which.",
        Fault.REJECTED,
    ),
    "API302": ApiCode(
        "The state of the resource does not allow it",
        "The request is right, and the resource is not in a state for it: still deployed, already ended, "
        "being changed by somebody else.",
        Fault.REJECTED,
        condition=Condition.PRECONDITION,
    ),
    "API303": ApiCode(
        "The resource does not exist",
        "The service says that there is no resource of this name, or that you may not know of it.",
        Fault.NOT_FOUND,
    ),
    "API304": ApiCode(
        "The address is unknown to the service",
        "The answer is 404, but not in the service's own form: the path, the API version or the host is "
        "wrong, or something on the way answered. It is never read as the absence of a resource.",
        Fault.REJECTED,
    ),
    "API305": ApiCode(
        "Somebody else changed it at the same time",
        "The service reports a conflict: the resource exists already, or another request is changing it.",
        Fault.CONFLICT,
    ),
    "API306": ApiCode(
        "A precondition does not hold",
        "The resource is not as it was when it was read. The next run reads it again.",
        Fault.CONFLICT,
    ),
    "API307": ApiCode(
        "The quota is used up",
        "Too many requests, or too many trainings at once. Reads wait and repeat; creates stay queued "
        "until there is a place.",
        Fault.QUOTA,
        repeats=True,
    ),
    "API308": ApiCode(
        "The service failed",
        "An error of the service's own. Reads and repeatable changes were tried again; a create never is, "
        "because it may have worked.",
        repeats=True,
    ),
    "API309": ApiCode(
        "An unexpected answer",
        "The status of the answer is none that this version knows what to do with.",
    ),
    "API310": ApiCode(
        "The service does not offer this method",
        "The service answered that the method is not implemented for this resource or location.",
        Fault.REJECTED,
    ),
    "API320": ApiCode(
        "The service refused the training",
        "The create was answered 400: nothing was made and nothing is charged. The service's words say "
        "which value it does not take.",
        Fault.REJECTED,
    ),
    "API321": ApiCode(
        "The id is taken by another model",
        "The Gemini API has a tuned model under the id that belongs to this spec, and it is not what this "
        "spec asks for. It is left alone.",
        Fault.REJECTED,
    ),
    "API322": ApiCode(
        "There is no job to ask about",
        "The lock knows no resource name for this training: its create has not been answered yet.",
        Fault.REJECTED,
    ),
    "API330": ApiCode(
        "The model is deployed on an endpoint that is not ours",
        "Somebody deployed this model on an endpoint that its job did not make. Deleting the model would "
        "break it, so nothing of it is deleted. Undeploy it there first.",
        Fault.REJECTED,
    ),
    "API331": ApiCode(
        "A long-running operation failed",
        "An undeployment or a deletion was accepted and then failed on the service's side. Each step is "
        "repeatable: run it again.",
    ),
    "API332": ApiCode(
        "The endpoint belongs to another job",
        "The label on the endpoint names another tuning job than the lock does. Nothing of it is touched.",
        Fault.REJECTED,
    ),
    "API333": ApiCode(
        "The copied model could not be made to answer",
        "The Model was copied, and creating its endpoint or deploying it there was accepted and then failed on the "
        "service's side. Each step is repeatable: run it again.",
    ),
    "API340": ApiCode(
        "The model gave no text",
        "The answer holds no text: the prompt or the answer was blocked, or ended for a reason that the service names.",
        Fault.REJECTED,
    ),
    "API341": ApiCode(
        "Nothing serves this model",
        "The training has no endpoint, so that it cannot be prompted.",
        Fault.REJECTED,
    ),
    "API350": ApiCode(
        "Not the name of an object in Cloud Storage",
        "Objects are named gs://bucket/path. Patterns and folders are not objects.",
        Fault.REJECTED,
    ),
    "API351": ApiCode(
        "Another object has this name already",
        "Uploaded training files are named after the sha256 of their bytes, and an object of this name "
        "has other bytes. It is not overwritten. Somebody put it there by hand, or an upload was damaged.",
        Fault.REJECTED,
    ),
    "API352": ApiCode(
        "The upload arrived damaged",
        "The checksum or the size that Cloud Storage reports differs from what was sent. The object is not used.",
    ),
    "API353": ApiCode(
        "The file changed during the run",
        "The file on disk no longer has the bytes that were checked and planned. Nothing of it is used: "
        "run the command again.",
        Fault.REJECTED,
    ),
    "API354": ApiCode(
        "The file cannot be read",
        "A training file could not be opened or read when it was to be uploaded.",
        Fault.REJECTED,
    ),
    "API360": ApiCode(
        "The project cannot be used",
        "The service knows no project of this name, it was deleted or suspended, or whoever asks may not see it.",
        Fault.AUTH,
    ),
    "API361": ApiCode(
        "The time of the run is over",
        "The run was given an end, with --timeout or by its default, and a service had not answered by then, or "
        "answered byte by byte. What is cut off and changes something is given half a minute more, and is looked up by "
        "the next run. The run ends with 4.",
        condition=Condition.RUN_OVER,
    ),
    "API362": ApiCode(
        "The object is not of its size",
        "Cloud Storage sent more of the object, or less, than it says that the object has. It is read no further than "
        "that, and nothing of it is used.",
    ),
    "API363": ApiCode(
        "A compression that was not asked for",
        "The answer says that it is compressed in a way that was not asked for. It is not read.",
    ),
}


def condition_of(diagnostic: Diagnostic) -> Condition | None:
    """The condition that its code stands for; None for every code of another family."""
    row = API_CODES.get(diagnostic.code)
    return row.condition if row else None
