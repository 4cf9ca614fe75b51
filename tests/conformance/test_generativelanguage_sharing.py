"""google-ai-generativelanguage's PermissionServiceClient: who may use a tuned model."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conformance.test_generativelanguage import created

CLIENT = "google-ai-generativelanguage"


def test_permissions_are_given_read_changed_and_taken(glm: Any, models: Any, permissions: Any) -> None:
    created(glm, models, "numbers").result(timeout=20)
    role, kind = glm.Permission.Role, glm.Permission.GranteeType
    wanted = glm.Permission(grantee_type=kind.USER, email_address="ada@acme.example", role=role.READER)

    given = permissions.create_permission(parent="tunedModels/numbers", permission=wanted)
    read = permissions.get_permission(name=given.name)
    given.role = role.WRITER
    changed = permissions.update_permission(permission=given, update_mask={"paths": ["role"]})
    before = [p.role for p in permissions.list_permissions(parent="tunedModels/numbers")]
    permissions.delete_permission(name=given.name)

    assert (read.email_address, read.role) == ("ada@acme.example", role.READER)
    assert changed.role == role.WRITER
    assert sorted(before) == [role.OWNER, role.WRITER]
    assert [p.role for p in permissions.list_permissions(parent="tunedModels/numbers")] == [role.OWNER]


def test_permissions_are_listed_over_several_pages(glm: Any, models: Any, permissions: Any) -> None:
    created(glm, models, "numbers").result(timeout=20)
    for n in range(4):
        wanted = glm.Permission(grantee_type="USER", email_address=f"ada{n}@acme.example", role="READER")
        permissions.create_permission(parent="tunedModels/numbers", permission=wanted)

    found = permissions.list_permissions(glm.ListPermissionsRequest(parent="tunedModels/numbers", page_size=2))

    assert len(list(found)) == 5


def test_the_owner_stays_the_owner_until_the_model_is_given_away(glm: Any, models: Any, permissions: Any) -> None:
    from google.api_core import exceptions

    created(glm, models, "numbers").result(timeout=20)
    (owner,) = permissions.list_permissions(parent="tunedModels/numbers")

    with pytest.raises(exceptions.GoogleAPICallError):
        permissions.delete_permission(name=owner.name)
    request = glm.TransferOwnershipRequest(name="tunedModels/numbers", email_address="ada@acme.example")
    permissions.transfer_ownership(request)

    roles = {p.email_address: p.role.name for p in permissions.list_permissions(parent="tunedModels/numbers")}
    assert roles["ada@acme.example"] == "OWNER"
    assert sorted(roles.values()) == ["OWNER", "WRITER"]


def test_a_model_shared_with_everyone_is_found_by_that(glm: Any, models: Any, permissions: Any) -> None:
    created(glm, models, "numbers").result(timeout=20)
    wanted = glm.Permission(grantee_type="EVERYONE", role="READER")
    permissions.create_permission(parent="tunedModels/numbers", permission=wanted)

    found = models.list_tuned_models(glm.ListTunedModelsRequest(filter="readers:everyone"))

    assert [m.name for m in found] == ["tunedModels/numbers"]
