"""The reference: the OpenAPI document as JSON for programs, and as a page for people."""

import json
from typing import Any

from flask import Blueprint, Response, current_app, jsonify

from app.api.interface import PREFIX, document
from app.controls.idempotency import KEPT_DAYS
from app.integrations.catalogue import EVENTS
from app.integrations.sending import MOST_ATTEMPTS, MOST_FAILED, PAUSES_SECONDS
from app.web.guard import public
from app.web.respond import render

blueprint = Blueprint("api_reference", __name__)
# Beside the interface, not below it: what is below it takes keys alone.
REFERENCE = "/api-reference"
_METHODS = ("get", "post")
_DEEPEST = 6


@blueprint.get(f"{PREFIX}/openapi.json")
@public
def openapi() -> Response:
    """Send the document."""
    return jsonify(document(current_app))


@blueprint.get(REFERENCE)
@public
def reference() -> Response:
    """Show every endpoint, what it takes and answers, and every event."""
    made = document(current_app)
    return render(
        "api/reference.html",
        parts=_parts(made),
        events=[
            {"name": one.name, "when": one.when, "example": json.dumps(one.example, indent=2)}
            for one in EVENTS
        ],
        attempts=MOST_ATTEMPTS,
        key_days=KEPT_DAYS,
        hours=round(sum(PAUSES_SECONDS) / 3600),
        failures=MOST_FAILED,
        document_href=f"{PREFIX}/openapi.json",
    )


def _parts(made: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the document by its tags, each with its endpoints."""
    endpoints: dict[str, list[dict[str, Any]]] = {tag["name"]: [] for tag in made["tags"]}
    for path, operations in made["paths"].items():
        for method in _METHODS:
            if method in operations:
                tag = operations[method]["tags"][0]
                endpoints[tag].append(_endpoint(made, path, method, operations))
    return [
        {
            "name": tag["name"],
            "text": tag.get("description", ""),
            "endpoints": endpoints[tag["name"]],
        }
        for tag in made["tags"]
    ]


def _endpoint(
    made: dict[str, Any], path: str, method: str, operations: dict[str, Any]
) -> dict[str, Any]:
    one = operations[method]
    parameters = [*operations.get("parameters", ()), *one.get("parameters", ())]
    body = one.get("requestBody", {}).get("content", {}).get("application/json", {})
    code, answer = next(item for item in one["responses"].items() if item[0].startswith("2"))
    content = next(iter(answer.get("content", {}).values()), {})
    return {
        "id": f"{method}-{path.strip('/').replace('/', '-').translate(_PLAIN)}",
        "method": method.upper(),
        "path": path,
        "summary": one.get("summary", ""),
        "text": one.get("description", ""),
        "parameters": [_parameter(made, each) for each in parameters],
        "takes": _members(made, body.get("schema", {})),
        "code": code,
        "answers": _members(made, content.get("schema", {})),
    }


_PLAIN = str.maketrans("", "", "{}")


def _parameter(made: dict[str, Any], given: dict[str, Any]) -> dict[str, Any]:
    one = _resolved(made, given)
    return {
        "name": one["name"],
        "place": one["in"],
        "type": _type(made, one.get("schema", {})),
        "is_required": one.get("required", False),
        "text": one.get("description", ""),
    }


def _members(
    made: dict[str, Any], schema: dict[str, Any], prefix: str = "", depth: int = 0
) -> list[dict[str, Any]]:
    """Return the members of an object as lines; those of what is inside follow, with its name."""
    whole, lines = _resolved(made, schema), []
    for name, given in whole.get("properties", {}).items():
        one = _resolved(made, given)
        lines.append(
            {
                "name": f"{prefix}{name}",
                "type": _type(made, given),
                "is_required": name in whole.get("required", ()),
                "text": one.get("description", "") if "properties" not in one else "",
            }
        )
        inner = one.get("items", one)
        if depth < _DEEPEST and "properties" in _resolved(made, inner):
            mark = "[]." if "items" in one else "."
            lines += _members(made, inner, f"{prefix}{name}{mark}", depth + 1)
    return lines


def _type(made: dict[str, Any], given: dict[str, Any]) -> str:
    one = _resolved(made, given)
    kind = one.get("format") or one.get("type", "object")
    if "enum" in one:
        return " | ".join(str(value) for value in one["enum"] if value is not None)
    if kind == "array":
        return f"list of {_type(made, one['items'])}"
    return str(kind)


def _resolved(made: dict[str, Any], given: dict[str, Any]) -> dict[str, Any]:
    """Follow a reference inside the document."""
    if "$ref" in given:
        found: Any = made
        for part in given["$ref"].removeprefix("#/").split("/"):
            found = found[part]
        return _resolved(made, found)
    if len(given.get("allOf", ())) == 1:
        return _resolved(made, given["allOf"][0]) | {
            key: value for key, value in given.items() if key != "allOf"
        }
    return given
