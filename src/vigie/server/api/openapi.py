"""The OpenAPI document: `/openapi.json`, a plain `/docs` page without scripts; the copy in `docs/reference` is `as_text`."""

import html
import json
from typing import Any

from fastapi import FastAPI, Request
from fastapi.openapi.utils import get_openapi
from starlette.responses import HTMLResponse, JSONResponse, Response

from vigie import __version__
from vigie.protocol.events import Event
from vigie.protocol.uplink import RefusedPayload
from vigie.server.access.needs import NEEDS, Need
from vigie.server.access.visitor import COOKIE
from vigie.server.api.problems import PROBLEM_JSON
from vigie.server.api.schemas import Problem

Responses = dict[int | str, dict[str, Any]]

_TEXTS = {
    400: "The body is not JSON.",
    401: "Nobody knows who is asking.",
    403: "Who is asking may not do this; or a PIN is needed, or it is wrong.",
    404: "Nothing of this name.",
    409: "Not possible now.",
    410: "Not wanted any more.",
    413: "Too large.",
    416: "None of the bytes that there are.",
    422: "Against the rules of this route.",
    429: "Too many wrong PINs or passwords.",
    503: "Something behind this server is missing; try again later.",
    504: "No answer in time.",
    507: "No room on the server's disk.",
}


def problems(*statuses: int) -> Responses:
    """The `responses` of a route that may answer with these problems."""
    return {status: {"model": Problem, "description": _TEXTS[status]} for status in statuses}


_PROBLEM = {PROBLEM_JSON: {"schema": {"$ref": "#/components/schemas/Problem"}}}
_SECURITY_SCHEMES = {
    "session": {"type": "apiKey", "in": "cookie", "name": COOKIE, "description": "Set by `POST /api/session`."},
    "token": {"type": "http", "scheme": "bearer", "description": "Made by `POST /api/tokens` or `vigie token add`."},
}

EVENT_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": {
                    "oneOf": [
                        {"$ref": "#/components/schemas/NewEvent"},
                        {
                            "type": "array",
                            "maxItems": 1000,
                            "items": {
                                "anyOf": [
                                    {"$ref": "#/components/schemas/NewEvent"},
                                    {"$ref": "#/components/schemas/RefusedPayload"},
                                ]
                            },
                        },
                    ]
                },
                "examples": {
                    "least": {
                        "value": {
                            "type": "motion_detected",
                            "device_id": "raspberry-01",
                            "details": {"confidence": 0.95, "location": "entrance"},
                        }
                    }
                },
            }
        },
    }
}


def document(api: FastAPI) -> dict[str, Any]:
    """The application's OpenAPI 3.1 document; the same for every build of one version."""
    if api.openapi_schema is None:
        made = get_openapi(title="Vigie", version=__version__, summary=api.summary, routes=api.routes)
        schemas = made["components"]["schemas"]
        for name in ("HTTPValidationError", "ValidationError"):
            schemas.pop(name, None)
        schemas["NewEvent"] = _new_event(schemas)
        schemas["RefusedPayload"] = RefusedPayload.model_json_schema(ref_template="#/components/schemas/{model}")
        made["components"]["schemas"] = dict(sorted(schemas.items()))
        made["components"]["securitySchemes"] = _SECURITY_SCHEMES
        for operations in made["paths"].values():
            for operation in operations.values():
                _with_security(operation, NEEDS[operation["operationId"]])
                _with_problems(operation)
        api.openapi_schema = made
    return api.openapi_schema


def as_text(api: FastAPI) -> str:
    """The document as the file in `docs/reference` holds it."""
    return json.dumps(document(api), indent=2, ensure_ascii=False) + "\n"


def serve_document(api: FastAPI) -> None:
    """Adds `/openapi.json` and `/docs`. FastAPI's own page loads its scripts from a CDN, which a house without internet has not."""
    api.openapi = lambda: document(api)  # type: ignore[method-assign]

    async def openapi_json(_request: Request) -> Response:
        return JSONResponse(document(api))

    async def docs(_request: Request) -> Response:
        return HTMLResponse(_page(document(api)))

    api.add_route("/openapi.json", openapi_json, include_in_schema=False)
    api.add_route("/docs", docs, include_in_schema=False)


def _new_event(schemas: dict[str, Any]) -> dict[str, Any]:
    schema = Event.model_json_schema(ref_template="#/components/schemas/{model}")
    schemas.update(schema.pop("$defs", {}))
    schema["title"] = "NewEvent"
    schema["required"] = ["type", "device_id"]
    schema["description"] = (
        "An event as it is taken in: the least is `type` and `device_id`; `id` is made and `sensor` follows from the type "
        "where they are not given. Idempotent on `id` and on (`device_id`, `stream_id`, `seq`)."
    )
    return schema


def _with_security(operation: dict[str, Any], need: Need) -> None:
    """Who may: `x-right` names the right, one of several suffices."""
    operation["security"] = [] if need.is_public else [{"session": []}, {"token": []}]
    if not need.is_public:
        operation["x-right"] = sorted(need.rights)
        for status in (401, 403):
            refusal = {
                "description": _TEXTS[status],
                "content": {PROBLEM_JSON: {"schema": {"$ref": "#/components/schemas/Problem"}}},
            }
            operation["responses"].setdefault(str(status), refusal)
    operation["responses"] = dict(sorted(operation["responses"].items()))


def _with_problems(operation: dict[str, Any]) -> None:
    """Errors are problems, under their own media type; FastAPI would document its own shape of a 422."""
    for answer in operation["responses"].values():
        shapes = json.dumps(answer.get("content", {}))
        if "/Problem" in shapes or "/HTTPValidationError" in shapes:
            answer["content"] = _PROBLEM


def _page(made: dict[str, Any]) -> str:
    rows = []
    for path, operations in made["paths"].items():
        for method, operation in operations.items():
            summary = html.escape(operation.get("description") or operation.get("summary", ""))
            statuses = ", ".join(operation["responses"])
            name = f"<code>{method.upper()} {html.escape(path)}</code>"
            rows.append(f"<tr><td>{name}</td><td>{summary}</td><td>{statuses}</td></tr>")
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>Vigie: HTTP</title>'
        '<meta name="viewport" content="width=device-width"><style>body{font:16px/1.5 system-ui;margin:2rem auto;max-width:70rem;'
        "padding:0 1rem}td,th{padding:.4rem .8rem;text-align:left;vertical-align:top;border-top:1px solid #8884}"
        "code{white-space:nowrap}:root{color-scheme:light dark}</style>"
        f"<h1>Vigie {html.escape(made['info']['version'])}</h1>"
        '<p>Every shape is in <a href="/openapi.json">openapi.json</a> (OpenAPI 3.1): open it with any viewer.</p>'
        f"<table><tr><th>route</th><th>does</th><th>answers</th></tr>{''.join(rows)}</table></html>"
    )
