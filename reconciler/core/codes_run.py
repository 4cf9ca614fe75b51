"""Codes of what happens while a plan is carried out, and of the gate."""

from __future__ import annotations

from typing import Any

from reconciler.core.diagnostics import Diagnostic, Explained, Severity

CODES_RUN: dict[str, Explained] = {
    "RUN080": Explained(
        "The file cannot be brought into its form",
        "`tuneform fmt` reads again what it would write: it must load, say the same, and have every comment. Where it "
        "would not, because of how the file is written, the file is left as it is.",
    ),
    "RUN046": Explained(
        "The lock of before is kept",
        "A command that changes the lock by hand keeps what it was: beside a lock on disk in `.tuneform/backups`, "
        "beside one in Cloud Storage below `LOCK.backups/`. `tuneform state push` puts it back.",
    ),
    "RUN001": Explained(
        "The training failed",
        "The service ended the job with an error of its own, quoted here. The fix says what corrects it, as far as the "
        "error's code and words say it: an edit where the service refused the spec or its data, a grant where the "
        "account that the job runs as may not read the bucket or use the key. Nothing is trained again until the "
        "spec or its data changes, or `--replace` asks for it; `onFailure: retry` covers transient failures.",
    ),
    "RUN002": Explained(
        "The training was cancelled",
        "Somebody cancelled it, here or in the console. It is not trained again by itself.",
    ),
    "RUN003": Explained(
        "The parent is not there",
        "The model is tuned further from another spec's model, which failed or has no model.",
    ),
    "RUN004": Explained(
        "The successor did not pass its gate",
        "It was trained, and what the spec's `gate` demands of it does not hold. The model that served "
        "before goes on serving; the new one is kept and not served.",
    ),
    "RUN095": Explained(
        "A notice was not delivered",
        "A receiver under `notify` did not take it: it cannot be reached, refused it, or its address or secret is not "
        "there. Nothing else depends on it. The next `apply`, `wait` or `notify` sends it again, up to seven days "
        "after what it tells of; whoever is told twice gets the same id.",
    ),
    "RUN096": Explained(
        "The recording cannot be read",
        "A recording is a folder with a JSON file for each exchange, of a format that this version knows. A field that "
        "it does not know is refused: nobody could say whether it was scrubbed.",
    ),
    "RUN060": Explained(
        "The held-out set cannot be read",
        "A gate judges by items that it reads when a training has ended: from the file or the object that the plan was "
        "made with. It is not there, is another one by now, or cannot be read. Nothing was asked, and what serves goes "
        "on serving. Where a run has no such file, keep the set in Cloud Storage.",
    ),
    "RUN063": Explained(
        "The scorer is another one",
        "A gate with `metric: command` was approved with the files of the workspace that its command names, and one of "
        "them holds something else by now, or is not there. Nothing was asked, and what serves goes on serving. With "
        "the files of before the run goes on; with others a new plan judges again, by the answers that are kept.",
    ),
    "RUN064": Explained(
        "The look is not counted",
        "`tuneform gate --record` writes into the lock what it found, and another run has changed the record of the "
        "model meanwhile. The verdict stands in the report; the answers are kept, so that the next run asks nobody.",
    ),
    "RUN062": Explained(
        "Held-out items were trained on",
        "Questions of the held-out set stand in the training data as well, so that a right answer may be remembered, "
        "and says nothing of new ones. Local sets are compared when specs are loaded (`DATA917`), objects before the "
        "first question. Nothing was asked. Take them out of one of the two.",
    ),
    "RUN061": Explained(
        "The gate could not tell",
        "What was found proves neither that the successor is good enough nor that it is not, or the service could not "
        "answer. What serves goes on serving, and nothing is trained: more held-out items, more samples or a wider "
        "margin may decide. A judge that gives every answer the same score, right and wrong ones alike, decides "
        "nothing however often it is asked: write another rubric, or name another judge. `tuneform apply` judges "
        "again when the gate has changed.",
    ),
    "RUN005": Explained(
        "The answer to a create is unknown",
        "The request may have reached the service: a time-out, a cut connection, or an unreadable answer. "
        "It is looked up by its markers until `limits.listLag` has passed, and sent again only when it is "
        "certain that it was lost.",
    ),
    "RUN006": Explained(
        "The service does not answer",
        "Several calls in a row failed in a way that may pass. What was submitted goes on by itself; "
        "`tuneform wait` resumes.",
    ),
    "RUN007": Explained(
        "The model disappeared while it was waited for",
        "The job ended well and the model it made is not in the registry, or its endpoint is missing.",
    ),
    "RUN027": Explained(
        "There is no such permission",
        "A Python program gave `allow=` a kind that no plan asks for, so that it would have allowed nothing. The kinds "
        "are those of the `--allow-…` options.",
    ),
    "RUN028": Explained(
        "An argument says nothing that can be meant",
        "A Python program gave an empty text where leaving the argument out means the variable or the default, a "
        "text that is no address, a number out of its range, or something of another type than the argument takes.",
    ),
    "RUN086": Explained(
        "There is no such argument",
        "A Python program called a method with an argument that it does not have, or without one that it needs. The "
        "message names what there is. It is a `TypeError` as well.",
    ),
    "RUN087": Explained(
        "Another thread follows this run",
        "The events of a run go to one reader. A workspace may be asked by any number of threads at once, each of "
        "which begins runs of its own; two that change the lock wait for each other as two commands would.",
    ),
    "RUN088": Explained(
        "There is nothing of this name in the result",
        "A Python program asked what a call has found for an address or a metric that is not in it. The message names "
        "the nearest one, or all. It is a `KeyError` as well.",
    ),
    "RUN089": Explained(
        "The workspace is closed",
        "A Python program went on with a workspace after `close()`, or after its `with` block. Make another one: "
        "nothing is kept in it that would be lost.",
    ),
    "RUN029": Explained(
        "The file is there already",
        "A command that makes files does not write over what may be somebody's work. Where the old content is not "
        "wanted, say so.",
    ),
    "RUN008": Explained(
        "The training data is not at hand",
        "An approved create of the Gemini API carries its examples inline, and they are not kept in the "
        "lock; none but the approved ones are sent. Run `tuneform apply` where the specs are.",
    ),
    "RUN009": Explained(
        "The training succeeded while it was being cancelled",
        "The job was quicker than the cancel. Its model is kept as deposed, and is neither served nor lost.",
    ),
    "RUN010": Explained(
        "No staging bucket",
        "Training data of Vertex AI is read from Cloud Storage. A local file is uploaded below "
        "`vertex.stagingUri` of the workspace.",
    ),
    "RUN011": Explained(
        "The training data is not there",
        "Cloud Storage does not have the object that the spec names.",
    ),
    "RUN012": Explained(
        "Interrupted",
        "The current save was completed. What is training goes on training.",
    ),
    "RUN013": Explained(
        "Nothing answers to this address",
        "The address has no trained model that answers now.",
    ),
    "RUN014": Explained(
        "The workspace has no name",
        "Its name is part of the markers on every resource. Against Google there is no default, which two "
        "repositories would share by accident.",
    ),
    "RUN015": Explained(
        "The emulator cannot start",
        "Its port is taken, its state file is not one of its own, or a setting makes no sense.",
    ),
    "RUN016": Explained(
        "The file cannot be used",
        "It cannot be read or written, because of the disk, a quota or a permission, or because its name is that of no "
        "file that may be written: a device, a pipe, a folder, an address, a link out of its folder. Or a dataset "
        "command was given a format that does not exist.",
    ),
    "RUN090": Explained(
        "The columns cannot be mapped",
        "`dataset convert --map PART=COLUMN` says where the parts of an example stand: question, and answer or both of "
        "chosen and rejected, perhaps system. A part was written that there is none of, or a column that none of the "
        "first examples has. Nothing was written.",
    ),
    "RUN091": Explained(
        "The field divides nothing",
        "`dataset split --stratify FIELD` keeps the share of each value of that field on every side. No line has the "
        "field, or it has more different values than classes have. Nothing was written.",
    ),
    "RUN017": Explained(
        "No replacement is known",
        "The catalogue of base models names no successor for this base model.",
    ),
    "RUN018": Explained(
        "It cannot be imported",
        "No resource is there under this name, another address has it, it never became a model, it was tuned by "
        "a method that specs do not have.",
    ),
    "RUN065": Explained(
        "The name of what to import is not understood",
        "`tuneform import` takes a resource name, a part of one (`endpoints/123`), the bare number at its end, the "
        "address of its page in the console or in AI Studio, and the name of a tuned model. What is left out is taken "
        "from the workspace.",
    ),
    "RUN066": Explained(
        "The name leads to more than one training",
        "A bare number may be that of a job, a Model or an Endpoint; a Model may have versions of several jobs, and an "
        "Endpoint several models. Nothing is guessed: an address has one training. The candidates are named.",
    ),
    "RUN067": Explained(
        "The filter is not understood",
        "`--filter` takes one condition: a field, an operator and a value, as `state=succeeded`, `label.team=support`, "
        "`name=~router` or `age<30d`. Several of them must all hold. The fields stand in docs/how-to/query.md.",
    ),
    "RUN068": Explained(
        "A place could not be read",
        "`tuneform query` looks into every project and location that it was asked for. One of them did not answer, or "
        "may not be read; what the others have is shown, and the run ends with 1: what is missing may be there.",
    ),
    "RUN069": Explained(
        "There is no place to look in",
        "The workspace says no project, or no location, and the command line names none.",
    ),
    "RUN075": Explained(
        "Nothing to convert was found",
        "`tuneform convert` looks at what is in a file, whatever it is called: the body of tuningJobs.create or "
        "tunedModels.create as JSON or YAML, also inside of a script that calls curl; a script of Python that calls "
        "google-genai, the Vertex AI SDK or google-generativeai, which is read and never run; VertexAITuningJob of "
        "Config Connector.",
    ),
    "RUN076": Explained(
        "A value is not known from the file alone",
        "It is calculated, comes from the environment, or refers to something else. The spec has a TODO where it would "
        "stand. Literals are read, and names that a module gives one value.",
    ),
    "RUN077": Explained(
        "Something of the file is left out",
        "No field of a spec stands for it: a parameter of the client alone, a method that specs do not have, or "
        "settings that are made when the script runs.",
    ),
    "RUN019": Explained(
        "The data of an interrupted create is gone",
        "The answer to a create was lost, and it is sent again only if the service never got it: word for word, with "
        "the upload that it named. That upload is gone, and the local file has another form by now (other line ends, "
        "for instance), so that it cannot be uploaded again under the same name. If the create has to be sent again, "
        "the service will refuse it. Bring back the file as it was, and apply again.",
    ),
    "RUN020": Explained(
        "It is not certain which bytes were trained on",
        "The object was other bytes when it was looked up after the job had read it than when the job was "
        "submitted: somebody uploaded something in between, or deleted it. The lock records that the identity "
        "of the data is not proven, and plans say so. `tuneform apply --replace ADDRESS` trains on what is "
        "there now.",
    ),
    "RUN021": Explained(
        "The service dropped examples",
        "Examples over the token limit, with bad media or too many of them, are left out of the training "
        "whole, and are not billed. The service counts them and names some with its reasons; their lines are "
        "named where the local file is still the one that was trained on. `limits.maxDroppedPercent` keeps a "
        "successor that lost more than that share from serving.",
    ),
    "RUN022": Explained(
        "Too many examples were dropped",
        "The successor was trained, and on less of the data than `limits.maxDroppedPercent` demands. The model "
        "that served before goes on serving; the new one is kept and not served.",
    ),
    "RUN023": Explained(
        "The tokens cannot be counted",
        "`dataset stats --exact` asks the service's countTokens, which needs the name of a base model that it "
        "serves, a project to ask in, and data that the check finds no error in. Open models have no such call. "
        "Without `--exact` tokens are estimated.",
    ),
    "RUN024": Explained(
        "The experiment of the training is gone",
        "The service keeps the metrics of a job in an experiment, which anybody may delete in the console. They never "
        "come back. What a gate read of them stands in the lock and goes on counting; what was not read is lost.",
    ),
    "RUN030": Explained(
        "Still in training",
        "The address is approved and waits for its turn, or its first training is under way: it has no model and no "
        "curves yet. `tuneform status` shows how far it is.",
    ),
    "RUN036": Explained(
        "What is piped in cannot be used",
        "It is larger than its limit, or no text in UTF-8. Nothing of it was sent or recorded. The limits, and the "
        "variable that raises them, are in docs/reference/limits.md.",
    ),
    "RUN037": Explained(
        "A variable of the environment says nothing that can be meant",
        "Its value is no number, or none that is possible. Taken for unset it would be a limit that somebody counts on "
        "and that is not there.",
    ),
    "RUN040": Explained(
        "The attempt cannot serve",
        "`rollback` lets an attempt serve that served before, and `promote` one that waits for it. This one is not in "
        "the lock, is not trained yet, failed, or did not pass its gate; or another run is deleting what is deposed. "
        "Nothing was changed. `tuneform show ADDRESS` lists the attempts of an address.",
    ),
    "RUN045": Explained(
        "No trial can be selected",
        "A sweep copies its best trial when all of them have ended. Here none has a model, or one has a model and "
        "nobody knows how good it is: its curves could not be read when it ended, or its answers not all be judged. "
        "Nothing was copied, and what serves goes on serving. `tuneform status` shows the trials; `apply` goes on "
        "from here.",
    ),
    "RUN050": Explained(
        "A template cannot be filled in",
        "It cannot be read, a dollar sign in it begins no name, or it names what does not serve. Names are those of "
        "`tuneform output --format env`; `$$` is a dollar sign.",
    ),
    "RUN047": Explained(
        "No endpoint answers for it",
        "What tuning an open model leaves is files in Cloud Storage, which nobody deploys by themselves: there is no "
        "endpoint that could be printed. `tuneform output` names the folder.",
    ),
    "RUN051": Explained(
        "A value is not plain",
        "The lock has an endpoint or a model whose name no service would give: with spaces, quotes or control "
        "characters. What a script or a template would read it as, nobody knows; the forms that quote print it.",
    ),
    "RUN041": Explained(
        "The checkpoint cannot serve",
        "`serve.checkpoint` names a checkpoint that the training does not have, or the best of a metric that it has no "
        "values of at its checkpoints. A job leaves one an epoch, each with an endpoint of its own; none with "
        "`exportLastCheckpointOnly`, on older base models, and on the Gemini API. The model is trained, and serves "
        "once the spec names a checkpoint that is there, or `last`. Where somebody deleted the endpoint of the "
        "checkpoint, what served before goes on.",
    ),
    "RUN081": Explained(
        "The workspace has no rules",
        "`tuneform policy` tries and lists the rules under `policies` of the workspace, and it names none. "
        "docs/how-to/policies.md begins with one.",
    ),
    "GATE001": Explained(
        "The gate has nothing to judge",
        "No spec is declared. A gate over nothing does not pass.",
    ),
    "GATE002": Explained(
        "The gate did not pass",
        "At least one declared model is not trained, not active, changed since, or misses a threshold or a "
        "prompt of its gate.",
    ),
}


def run_diagnostic(code: str, detail: str, severity: Severity = Severity.ERROR, **more: Any) -> Diagnostic:
    """A diagnostic with this code's summary."""
    return Diagnostic(code, severity, CODES_RUN[code].summary, detail, **more)
