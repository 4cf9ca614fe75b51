"""Errors as Google's APIs answer them, and the two that the emulator raises for itself."""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]

# google.rpc.Code numbers, for Status messages inside resources and operations.
RPC_NUMBERS = {
    "CANCELLED": 1,
    "INVALID_ARGUMENT": 3,
    "NOT_FOUND": 5,
    "ALREADY_EXISTS": 6,
    "PERMISSION_DENIED": 7,
    "RESOURCE_EXHAUSTED": 8,
    "FAILED_PRECONDITION": 9,
    "UNIMPLEMENTED": 12,
    "INTERNAL": 13,
    "UNAVAILABLE": 14,
}
HTTP_TO_RPC = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    409: "ALREADY_EXISTS",
    412: "FAILED_PRECONDITION",
    413: "INVALID_ARGUMENT",
    429: "RESOURCE_EXHAUSTED",
    499: "CANCELLED",
    500: "INTERNAL",
    501: "UNIMPLEMENTED",
    503: "UNAVAILABLE",
    504: "DEADLINE_EXCEEDED",
}


class ApiError(Exception):
    """An answer that is an error: HTTP status, RPC code name, message, details of google.rpc types."""

    def __init__(self, http: int, message: str, *, rpc: str = "", details: list[Json] | None = None) -> None:
        super().__init__(message)
        self.http = http
        self.message = message
        self.rpc = rpc or HTTP_TO_RPC.get(http, "UNKNOWN")
        self.details = details or []

    def body(self) -> Json:
        """The JSON body of the answer."""
        error: Json = {"code": self.http, "message": self.message, "status": self.rpc}
        if self.details:
            error["details"] = self.details
        return {"error": error}


def invalid(message: str, violations: list[tuple[str, str]] | None = None) -> ApiError:
    """400 INVALID_ARGUMENT; `violations` are (field, description) pairs for a BadRequest detail."""
    found = [
        {"field": field, "description": text} if field else {"description": text} for field, text in violations or ()
    ]
    details = [{"@type": "type.googleapis.com/google.rpc.BadRequest", "fieldViolations": found}] if found else []
    return ApiError(400, message, details=details)


def field_errors(errors: list[tuple[str, str]]) -> ApiError:
    """Vertex AI's own list of field errors. Source: recorded (generative-ai#2081)."""
    parts = [f"{n}.Field: {field}; Message: {text}" for n, (field, text) in enumerate(errors, 1)]
    return invalid("List of found errors:\t" + "\t".join(parts) + "\t", errors)


def precondition(message: str) -> ApiError:
    """400 FAILED_PRECONDITION."""
    return ApiError(400, message, rpc="FAILED_PRECONDITION")


def conflict(message: str) -> ApiError:
    """409 ABORTED: somebody else was faster. Source: documented (AIP-154) for stale etags."""
    return ApiError(409, message, rpc="ABORTED")


def not_found(message: str) -> ApiError:
    """404 NOT_FOUND."""
    return ApiError(404, message)


def error_info(reason: str, domain: str = "googleapis.com", **metadata: str) -> Json:
    """A google.rpc.ErrorInfo detail."""
    info: Json = {"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": reason, "domain": domain}
    return {**info, "metadata": metadata} if metadata else info


class StateError(Exception):
    """The state file cannot be used: not one of ours, damaged, or written by a newer version."""


class SettingError(ValueError):
    """A setting has an unknown name or a value that makes no sense."""
