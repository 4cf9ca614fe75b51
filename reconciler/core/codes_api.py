"""The codes of what the services, and the way to them, can do wrong: summary and a paragraph for the docs.

Families: 10x credentials, 11x and 12x permission, 20x the way to the service, 21x answers that cannot be
used, 30x refusals, 32x trainings, 33x disposal, 34x prompts, 35x Cloud Storage, 36x projects and bodies.
"""

from __future__ import annotations

from typing import NamedTuple


class Explained(NamedTuple):
    """The summary of a code's diagnostics, and what the reference says about it."""

    summary: str
    paragraph: str


API_CODES: dict[str, Explained] = {
    "API101": Explained(
        "No credentials found",
        "Application Default Credentials are looked up in GOOGLE_APPLICATION_CREDENTIALS, in the file "
        "that gcloud writes, and on the machine's metadata server; none of them had any. Log in, or name "
        "a file. With --emulator no credentials are needed.",
    ),
    "API102": Explained(
        "The credentials have ended and cannot be renewed",
        "The token service refused to renew the login: it was revoked, the password or the session policy "
        "of the organisation asks for a new one, or the account is gone. Trainings that were started go "
        "on: log in again and run `wait`.",
    ),
    "API103": Explained(
        "The credentials cannot be used",
        "A credentials file exists and is damaged, incomplete or of an unknown kind, so that no login "
        "could even be tried. It is never ignored in favour of another one.",
    ),
    "API104": Explained(
        "The token service did not answer",
        "A token could not be fetched or renewed because the token service, or the metadata server, did "
        "not answer or failed. Nothing was sent to the service itself; trying again later is safe.",
    ),
    "API111": Explained(
        "The service does not accept the token",
        "The request was answered 401 although a token was sent, also after it was renewed once: it was "
        "revoked, or it belongs to another environment.",
    ),
    "API121": Explained(
        "The token lacks a scope",
        "The login is good, but it was not allowed to speak for you to this service. For the Gemini API "
        "an API key is never enough to tune: it takes an OAuth login with the scope "
        "generative-language.tuning.",
    ),
    "API122": Explained(
        "A permission is missing",
        "The service knows who asks and refuses. The message names the permission, the resource and the account "
        "as far as the answer does, and a role only where Google's reference says that it holds the permission. "
        "Replace `MEMBER` by the account: the first line of the output names who asks. Google answers alike for "
        "what does not exist.",
    ),
    "API123": Explained(
        "The API is not enabled in the project",
        "The project that the message names has never used this API, or it was switched off. It may be another "
        "one than the specs': calls with a person's login are counted against its quota project, where the API "
        "must be enabled as well. Enabling takes a few minutes to spread.",
    ),
    "API124": Explained(
        "The quota project is missing or not allowed",
        "Calls with a person's login are counted against a project. None is set, or the person may not "
        "use it (serviceusage.services.use).",
    ),
    "API125": Explained(
        "The organisation or the project forbids it",
        "Billing is off, or a policy of the organisation (a VPC Service Controls perimeter, an IP "
        "restriction) stands in the way. An administrator has to change that.",
    ),
    "API201": Explained(
        "The service cannot be reached",
        "No connection came about: nothing listens there, or a firewall is in between. Nothing was sent.",
    ),
    "API202": Explained(
        "The host name is unknown",
        "The name of the service's host did not resolve. Nothing was sent. Look at the network, the "
        "resolver and, for Vertex AI, at the spelling of the location, which is part of the host's name.",
    ),
    "API203": Explained(
        "The connection is not safe",
        "The TLS handshake failed: the certificate is not trusted, or something on the way replaces it. "
        "Nothing was sent. Behind a proxy that inspects TLS, name its certificate in SSL_CERT_FILE.",
    ),
    "API204": Explained(
        "No connection in time",
        "The connection was not established within the time-out. Nothing was sent.",
    ),
    "API205": Explained(
        "No answer in time",
        "The request was sent and no answer came within the time-out. It may have worked; a create is "
        "looked up before another one is sent.",
    ),
    "API206": Explained(
        "The connection was cut",
        "The connection broke after something was sent. The request may have worked; a create is looked "
        "up before another one is sent.",
    ),
    "API207": Explained(
        "The connection cannot be set up here",
        "Settings of this machine (a proxy, a certificate file) or of the request itself are unusable, so "
        "that nothing was sent.",
    ),
    "API208": Explained(
        "Plain http only to this machine",
        "An emulator on another host must be spoken to over https: whoever listens on the way would see "
        "training data, and could answer in its place.",
    ),
    "API209": Explained(
        "Not the address of an emulator",
        "An emulator is named by the http or https URL of its root, without user name, query or fragment.",
    ),
    "API211": Explained(
        "A web page instead of an answer",
        "HTML came where JSON was expected: a proxy, a login page of the network, or a wrong address "
        "answered in the service's place. Nothing is concluded from it.",
    ),
    "API212": Explained(
        "The answer is not complete JSON",
        "The answer ended early or is damaged. Nothing is concluded from it.",
    ),
    "API213": Explained(
        "The answer has an unexpected form",
        "The answer is JSON, but a field that is needed is missing or has another type than the API's "
        "definition says. Nothing is concluded from it.",
    ),
    "API214": Explained(
        "The answer is too large",
        "The answer went past the size that any honest answer has, or has more objects, lists and values than one, "
        "and was dropped: [limits](limits.md#answers) says how much is read. A page of a list is asked for again in "
        "smaller ones first.",
    ),
    "API215": Explained(
        "The answer is nested too deeply",
        "The answer's JSON is nested deeper than any honest answer, and was dropped.",
    ),
    "API216": Explained(
        "The service redirects",
        "The answer points to another address. Redirects are never followed, so that no token and no "
        "training data reaches a host that nobody named.",
    ),
    "API217": Explained(
        "The pages of a list do not end",
        "A list gave the same page token twice, or more pages or bytes than any project has. The list is not used: "
        "half of a list would look like deletions.",
    ),
    "API218": Explained(
        "The stream broke off",
        "The answer to a prompt ended in the middle: the connection was cut, or the service sent an "
        "error. What had been shown until then is real, and incomplete.",
    ),
    "API219": Explained(
        "A resource name has an unexpected form",
        "A name in an answer or in the lock is not one of the service's. It is not used: its location "
        "decides which host a token is sent to.",
    ),
    "API301": Explained(
        "The service refused the request",
        "The service understood the request and finds a value in it wrong. Its own words say which.",
    ),
    "API302": Explained(
        "The state of the resource does not allow it",
        "The request is right, and the resource is not in a state for it: still deployed, already ended, "
        "being changed by somebody else.",
    ),
    "API303": Explained(
        "The resource does not exist",
        "The service says that there is no resource of this name, or that you may not know of it.",
    ),
    "API304": Explained(
        "The address is unknown to the service",
        "The answer is 404, but not in the service's own form: the path, the API version or the host is "
        "wrong, or something on the way answered. It is never read as the absence of a resource.",
    ),
    "API305": Explained(
        "Somebody else changed it at the same time",
        "The service reports a conflict: the resource exists already, or another request is changing it.",
    ),
    "API306": Explained(
        "A precondition does not hold",
        "The resource is not as it was when it was read. The next run reads it again.",
    ),
    "API307": Explained(
        "The quota is used up",
        "Too many requests, or too many trainings at once. Reads wait and repeat; creates stay queued "
        "until there is a place.",
    ),
    "API308": Explained(
        "The service failed",
        "An error of the service's own. Reads and repeatable changes were tried again; a create never is, "
        "because it may have worked.",
    ),
    "API309": Explained(
        "An unexpected answer",
        "The status of the answer is none that this version knows what to do with.",
    ),
    "API310": Explained(
        "The service does not offer this method",
        "The service answered that the method is not implemented for this resource or location.",
    ),
    "API320": Explained(
        "The service refused the training",
        "The create was answered 400: nothing was made and nothing is charged. The service's words say "
        "which value it does not take.",
    ),
    "API321": Explained(
        "The id is taken by another model",
        "The Gemini API has a tuned model under the id that belongs to this spec, and it is not what this "
        "spec asks for. It is left alone.",
    ),
    "API322": Explained(
        "There is no job to ask about",
        "The lock knows no resource name for this training: its create has not been answered yet.",
    ),
    "API330": Explained(
        "The model is deployed on an endpoint that is not ours",
        "Somebody deployed this model on an endpoint that its job did not make. Deleting the model would "
        "break it, so nothing of it is deleted. Undeploy it there first.",
    ),
    "API331": Explained(
        "A long-running operation failed",
        "An undeployment or a deletion was accepted and then failed on the service's side. Each step is "
        "repeatable: run it again.",
    ),
    "API332": Explained(
        "The endpoint belongs to another job",
        "The label on the endpoint names another tuning job than the lock does. Nothing of it is touched.",
    ),
    "API340": Explained(
        "The model gave no text",
        "The answer holds no text: the prompt or the answer was blocked, or ended for a reason that the service names.",
    ),
    "API341": Explained(
        "Nothing serves this model",
        "The training has no endpoint, so that it cannot be prompted.",
    ),
    "API350": Explained(
        "Not the name of an object in Cloud Storage",
        "Objects are named gs://bucket/path. Patterns and folders are not objects.",
    ),
    "API351": Explained(
        "Another object has this name already",
        "Uploaded training files are named after the sha256 of their bytes, and an object of this name "
        "has other bytes. It is not overwritten. Somebody put it there by hand, or an upload was damaged.",
    ),
    "API352": Explained(
        "The upload arrived damaged",
        "The checksum or the size that Cloud Storage reports differs from what was sent. The object is not used.",
    ),
    "API353": Explained(
        "The file changed during the run",
        "The file on disk no longer has the bytes that were checked and planned. Nothing of it is used: "
        "run the command again.",
    ),
    "API354": Explained(
        "The file cannot be read",
        "A training file could not be opened or read when it was to be uploaded.",
    ),
    "API360": Explained(
        "The project cannot be used",
        "The service knows no project of this name, it was deleted or suspended, or whoever asks may not see it.",
    ),
    "API361": Explained(
        "The time of the run is over",
        "The run was given an end, with --timeout or by its default, and a service had not answered by then, or "
        "answered byte by byte. What is cut off and changes something is given half a minute more, and is looked up by "
        "the next run. The run ends with 4.",
    ),
    "API362": Explained(
        "The object is not of its size",
        "Cloud Storage sent more of the object, or less, than it says that the object has. It is read no further than "
        "that, and nothing of it is used.",
    ),
    "API363": Explained(
        "A compression that was not asked for",
        "The answer says that it is compressed in a way that was not asked for. It is not read.",
    ),
}
