"""The engine for Python callers: what the command line can do, without it.

    workspace = reconciler.Workspace("models/", emulator="embedded")
    plan = workspace.plan()
    result = workspace.apply(plan).wait()

Every call opens what it needs and closes it again, so that edits of specs count from the next call on, and a notebook
that stays open holds nothing that others wait for. What a call returns is a value: `to_json()` is what the command
writes with `--format json`, `str()` the text of the command, and a notebook shows a picture.
"""
