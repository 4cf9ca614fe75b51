"""What happens to specs and data while a training runs."""

from __future__ import annotations

from pathlib import Path


def break_data() -> None:
    """One line of the training data is no JSON any more."""
    with Path("specs/data/train.jsonl").open("a", encoding="utf-8") as file:
        file.write('{"contents": [\n')


def remove_data() -> None:
    """The training data is gone."""
    Path("specs/data/train.jsonl").unlink()


def break_yaml() -> None:
    """Somebody is in the middle of an edit."""
    Path("specs/router.yaml").write_text("kind: [VertexTunedModel\n", encoding="utf-8")
