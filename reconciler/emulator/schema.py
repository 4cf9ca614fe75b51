"""Request bodies against the published schemas: lenient proto-JSON in, canonical JSON out.

Everything that a proto3 JSON parser takes is taken (both spellings of a key, int64 as number or text, enums as name or
number, one value where a list is declared); what it refuses is refused with the service's kind of message.
"""

from __future__ import annotations

import base64
import binascii
import math
import re
import struct
from typing import TYPE_CHECKING, Any

from reconciler.emulator.definitions import camel, snake
from reconciler.emulator.errors import Json, invalid

if TYPE_CHECKING:
    from reconciler.emulator.call import MethodCall
    from reconciler.emulator.definitions import Definitions, FieldType

MAX_NESTING = 60
_IN_DECLARATION = ".function_declarations"
_TIMESTAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)")
_DURATION = re.compile(r"-?\d{1,12}(\.\d{1,9})?s")
_INT_RANGES = {
    "int32": (-(2**31), 2**31 - 1),
    "uint32": (0, 2**32 - 1),
    "int64": (-(2**63), 2**63 - 1),
    "uint64": (0, 2**64 - 1),
}


class _Invalid(Exception):  # noqa: N818 - read as a sentence where it is raised
    """A value does not fit its type; `expected` is the type as the service names it."""

    def __init__(self, expected: str) -> None:
        super().__init__(expected)
        self.expected = expected


class BodyReader:
    """Turns one body into canonical form, collecting every mistake. `is_answer`: what only answers have is kept."""

    def __init__(self, definitions: Definitions, *, is_answer: bool = False) -> None:
        self._definitions = definitions
        self._is_answer = is_answer
        self._errors: list[tuple[str, str]] = []

    def read(self, schema: str, value: Any, root: str) -> Json:
        """The canonical body; `root` is the proto's name of the body field. Raises ApiError 400."""
        if value is None:
            value = {}
        if not isinstance(value, dict):
            raise invalid('Invalid JSON payload received. Unknown name "": Root element must be a message.')
        body, errors = self.read_leniently(schema, value, root)
        if errors:
            raise invalid("\n".join(text for _, text in errors), errors)
        return body

    def read_leniently(self, schema: str, value: Json, root: str) -> tuple[Json, list[tuple[str, str]]]:
        """The canonical message, and (field, text) of every mistake in what was given."""
        self._errors = []
        return self._message(schema, value, root, 0), self._errors

    def _message(self, schema: str, value: Json, path: str, depth: int) -> Json:
        if depth > MAX_NESTING:
            raise invalid("Invalid JSON payload received. Message too deep. Max recursion depth reached")
        fields = self._definitions.fields(schema)
        body: Json = {}
        for key, item in value.items():
            name = key if key in fields else camel(key)
            if name not in fields:
                self._unknown(key, path)
            elif name in body:
                self._repeated(key, path)
            else:
                self._field(body, name, fields[name], item, path, depth)
        return body

    def _field(self, body: Json, name: str, kind: FieldType, item: Any, path: str, depth: int) -> None:
        if item is None and kind.kind != "any":
            return
        if isinstance(item, list) and kind.kind not in {"list", "any", "map"}:
            self._no_list(name, path)
            return
        where = f"{path}.{snake(name)}" if path else snake(name)
        value = self._value(kind, item, where, depth)
        is_kept = self._is_answer or not kind.is_output_only
        if is_kept and (kind.has_presence or not _is_default(kind, value)):
            body[name] = value

    def _value(self, kind: FieldType, item: Any, where: str, depth: int) -> Any:
        try:
            return self._convert(kind, item, where, depth)
        except _Invalid as exc:
            shown = _shown(item)
            text = f"Invalid value at '{where}' ({exc.expected}), {shown}"
            self._errors.append((where, text))
            return None

    def _convert(self, kind: FieldType, item: Any, where: str, depth: int) -> Any:
        match kind.kind:
            case "list":
                return self._list(kind, item, where, depth)
            case "map":
                return self._map(kind, item, where, depth)
            case "message":
                return self._nested(kind, item, where, depth)
            case "enum":
                return _enum(kind, item, self._enum_type(kind, where))
            case "any":
                return _plain(item, depth)
            case _:
                return _SCALARS[kind.kind](item, kind.kind)

    def _list(self, kind: FieldType, item: Any, where: str, depth: int) -> list[Any]:
        assert kind.item is not None
        # One object where a list is declared is taken as a list of one: the documentation's own samples do it, but in
        # no declaration of a function.
        if not isinstance(item, list) and _IN_DECLARATION in f".{where}":
            raise _Invalid("list")
        items = item if isinstance(item, list) else [item]
        return [self._value(kind.item, one, f"{where}[{n}]", depth + 1) for n, one in enumerate(items)]

    def _map(self, kind: FieldType, item: Any, where: str, depth: int) -> Json:
        assert kind.item is not None
        if not isinstance(item, dict):
            raise _Invalid("Map")
        # Recorded: by number, as a list of entries.
        entries = enumerate(item.items())
        return {k: self._value(kind.item, v, f"{where}[{n}].value", depth + 1) for n, (k, v) in entries}

    def _nested(self, kind: FieldType, item: Any, where: str, depth: int) -> Any:
        if not self._definitions.is_known(kind.name):
            return _plain(item, depth)
        if not isinstance(item, dict):
            raise _Invalid(f"type.googleapis.com/{self._definitions.package}.{kind.name}")
        return self._message(kind.name, item, where, depth + 1)

    def _enum_type(self, kind: FieldType, where: str) -> str:
        """Names of enums are not in discovery documents; that of a schema's type is recorded."""
        return f"{self._definitions.package}.Type" if _is_type(kind) else f"enum {where}"

    def _no_list(self, name: str, path: str) -> None:
        at = f" at '{path}'" if path else ""
        text = f'Unknown name "{snake(name)}"{at}: Proto field is not repeating, cannot start list.'
        self._errors.append((path, f"Invalid JSON payload received. {text}"))

    def _unknown(self, key: str, path: str) -> None:
        at = f" at '{path}'" if path else ""
        text = f'Invalid JSON payload received. Unknown name "{key}"{at}: Cannot find field.'
        self._errors.append((path, text))

    def _repeated(self, key: str, path: str) -> None:
        text = f"Invalid value at '{path}' (oneof), field '{snake(key)}' is already set. Cannot set '{key}'"
        self._errors.append((path, text))


def _is_default(kind: FieldType, value: Any) -> bool:
    """Whether proto3 JSON leaves the value out. A message that is there is there, though it be empty."""
    if kind.kind in {"int64", "uint64"}:
        return bool(value == "0")
    if kind.kind in {"message", "any"}:
        return False
    return not value


def _shown(item: Any) -> str:
    text = f'"{item}"' if isinstance(item, str) else str(item)
    return text[:200]


def _plain(item: Any, depth: int) -> Any:
    """A free-form value: kept as it is, within bounds that its answer can be encoded in."""
    if depth > MAX_NESTING:
        raise invalid("Invalid JSON payload received. Message too deep. Max recursion depth reached")
    if isinstance(item, dict):
        return {k: _plain(v, depth + 1) for k, v in item.items()}
    if isinstance(item, list):
        return [_plain(v, depth + 1) for v in item]
    if isinstance(item, int) and not isinstance(item, bool) and abs(item) >= 2**63:
        return _as_double(item)
    return item


def _as_double(item: int) -> float:
    try:
        return float(item)
    except OverflowError:
        raise invalid("Invalid JSON payload received. Number exceeds the range of double.") from None


def _is_type(kind: FieldType) -> bool:
    return ("OBJECT", 6) in kind.numbers


def _enum(kind: FieldType, item: Any, type_name: str) -> str:
    by_number = {number: name for name, number in kind.numbers}
    names = dict(kind.numbers)
    if isinstance(item, bool):
        raise _Invalid(f"type.googleapis.com/{type_name}")
    if isinstance(item, float) and item.is_integer():
        item = int(item)
    if _is_type(kind) and isinstance(item, str):
        item = item.upper()  # documented: the samples for functions have both
    name = by_number.get(item, "") if isinstance(item, int) else item if isinstance(item, str) and item in names else ""
    if not name and item not in (0, by_number.get(0)):
        raise _Invalid(f"type.googleapis.com/{type_name}")
    return "" if not name or names[name] == 0 else name


def _integer(item: Any, kind: str) -> int | str:
    low, high = _INT_RANGES[kind]
    expected = f"TYPE_{kind.upper()}"
    if isinstance(item, str) and re.fullmatch(r"-?\d{1,20}", item):
        item = int(item)
    if isinstance(item, float) and math.isfinite(item) and item.is_integer():
        item = int(item)
    if isinstance(item, bool) or not isinstance(item, int) or not low <= item <= high:
        raise _Invalid(expected)
    return str(item) if kind.endswith("64") else item


def _floating(item: Any, kind: str) -> float | str:
    if isinstance(item, str):
        if item in {"NaN", "Infinity", "-Infinity"}:
            return item
        try:
            item = float(item)
        except ValueError:
            raise _Invalid(f"TYPE_{kind.upper()}") from None
    if isinstance(item, bool) or not isinstance(item, (int, float)) or not abs(item) <= _LARGEST[kind]:
        raise _Invalid(f"TYPE_{kind.upper()}")
    if kind == "float" and isinstance(item, float):
        return _narrowed(item)
    return item if isinstance(item, float) or abs(item) < 2**53 else float(item)


def _narrowed(item: float) -> float:
    """As 32 bits hold it, in the fewest digits that no neighbour shares: 0.123456789 is answered 0.12345679.

    Documented: format `float` of the discovery document; proto3 JSON writes the shortest text that reads back.
    """
    if not -_FLOAT32_MAX <= item <= _FLOAT32_MAX:
        return math.copysign(_FLOAT32_MAX, item)
    bits = _FLOAT32.pack(item)
    (held,) = _FLOAT32.unpack(bits)
    return next(short for digits in range(6, 10) if _FLOAT32.pack(short := float(f"{held:.{digits}g}")) == bits)


_FLOAT32 = struct.Struct("<f")
_FLOAT32_MAX: float = _FLOAT32.unpack(b"\xff\xff\x7f\x7f")[0]
_LARGEST = {"float": 3.4028236e38, "double": 1.7976931348623157e308}


def _boolean(item: Any, _: str) -> bool:
    if isinstance(item, str) and item in {"true", "false"}:
        return item == "true"
    if not isinstance(item, bool):
        raise _Invalid("TYPE_BOOL")
    return item


def _text(item: Any, _: str) -> str:
    if not isinstance(item, str):
        raise _Invalid("TYPE_STRING")
    return item


def _bytes(item: Any, _: str) -> str:
    if not isinstance(item, str):
        raise _Invalid("TYPE_BYTES")
    try:
        padded = item.replace("-", "+").replace("_", "/") + "=" * (-len(item) % 4)
        raw = base64.b64decode(padded, validate=True)
    except (binascii.Error, ValueError):
        raise _Invalid("Base64 decoding failed") from None
    return base64.b64encode(raw).decode()


def _timestamp(item: Any, _: str) -> str:
    if not isinstance(item, str) or not _TIMESTAMP.fullmatch(item):
        raise _Invalid("type.googleapis.com/google.protobuf.Timestamp")
    return item


def _duration(item: Any, _: str) -> str:
    if not isinstance(item, str) or not _DURATION.fullmatch(item):
        raise _Invalid("type.googleapis.com/google.protobuf.Duration")
    return item


_SCALARS = {
    "string": _text,
    "fieldmask": _text,
    "bytes": _bytes,
    "bool": _boolean,
    "timestamp": _timestamp,
    "duration": _duration,
    "double": _floating,
    "float": _floating,
    **dict.fromkeys(_INT_RANGES, _integer),
}


def wants_numbers(call: MethodCall) -> bool:
    """Whether enums are asked for as numbers."""
    return "enum-encoding=int" in call.argument("$alt")


def enums_as_numbers(definitions: Definitions, schema: str, value: Any) -> Any:
    """An answer as `$alt=json;enum-encoding=int` asks for it. Source: recorded (what the gapic clients send)."""
    if not isinstance(value, dict):
        return value
    fields = definitions.fields(schema)
    return {k: _numbered(definitions, fields[k], v) if k in fields else v for k, v in value.items()}


def _numbered(definitions: Definitions, kind: FieldType, value: Any) -> Any:
    if kind.kind == "enum":
        return dict(kind.numbers).get(value, value)
    if kind.kind == "message":
        return enums_as_numbers(definitions, kind.name, value)
    if kind.kind == "list" and kind.item is not None and isinstance(value, list):
        return [_numbered(definitions, kind.item, v) for v in value]
    if kind.kind == "map" and kind.item is not None and isinstance(value, dict):
        return {k: _numbered(definitions, kind.item, v) for k, v in value.items()}
    return value
