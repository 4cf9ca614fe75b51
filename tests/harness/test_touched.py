"""`make quick` runs the tests that an edit may turn red, and no others."""

from __future__ import annotations

import pytest

from tests.touched import affected

_TESTS = [
    ("tests/core/test_plan.py", "from reconciler.core.plan import plan_changes\n"),
    ("tests/core/test_lock.py", "from reconciler.core import lock\nimport os\n"),
    ("tests/render/test_plan.py", "from reconciler.render import (\n    terminal,\n    markdown,\n)\n"),
]


@pytest.mark.parametrize(
    ("changed", "chosen"),
    [
        (["reconciler/core/plan.py"], ["tests/core/test_plan.py"]),
        (["reconciler/core/lock.py"], ["tests/core/test_lock.py"]),
        (["reconciler/render/markdown/__init__.py"], ["tests/render/test_plan.py"]),
        (["tests/core/test_lock.py"], ["tests/core/test_lock.py"]),
        (["tests/render/golden/plan.txt"], ["tests/render/test_plan.py"]),
        (["docs/index.md", "reconciler/core/other.py"], []),
    ],
)
def test_a_change_chooses_the_tests_that_import_it(changed: list[str], chosen: list[str]) -> None:
    assert affected(changed, _TESTS) == chosen
