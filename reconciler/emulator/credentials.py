"""Credentials, where a setting asks for them. By default none are looked at.

Source: documented (error texts and details of Google's front end); assumed for which methods a key is enough.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.emulator.errors import ApiError, error_info

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.emulator.routing import Route
    from reconciler.emulator.settings import EmulatorSettings

_UNAUTHENTICATED = (
    "Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other valid "
    "authentication credential. See https://developers.google.com/identity/sign-in/web/devconsole-project."
)
_KEY_IS_ENOUGH = ("generateContent", "streamGenerateContent", "countTokens", "models.get", "models.list")


def check_credentials(
    settings: EmulatorSettings, route: Route, headers: Mapping[str, str], query: dict[str, list[str]]
) -> None:
    """Raises ApiError 401 or 403 when the settings ask for a credential that is not there."""
    has_token = headers.get("authorization", "").lower().startswith("bearer ") or bool(query.get("access_token"))
    has_key = bool(headers.get("x-goog-api-key") or query.get("key"))
    if route.surface == "gemini":
        if settings.require_oauth and not has_token and not route.method.id.endswith(_KEY_IS_ENOUGH):
            raise _scope_missing(route) if has_key else _no_credentials(route)
    elif settings.require_auth and not has_token:
        raise _no_credentials(route)


def _no_credentials(route: Route) -> ApiError:
    return ApiError(401, _UNAUTHENTICATED, details=[error_info("CREDENTIALS_MISSING", method=route.name)])


def _scope_missing(route: Route) -> ApiError:
    text = "Request had insufficient authentication scopes."
    return ApiError(403, text, details=[error_info("ACCESS_TOKEN_SCOPE_INSUFFICIENT", method=route.name)])
