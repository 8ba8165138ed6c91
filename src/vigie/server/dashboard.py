"""Serves the built dashboard: cache headers, gzip, and index.html for the routes that only the browser knows."""

from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.middleware.gzip import GZipMiddleware
from starlette.responses import HTMLResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Scope

STATIC = Path(__file__).parent / "static"

FOR_EVER = "public, max-age=31536000, immutable"
ASK_FIRST = "no-cache"
# What never is a page of the dashboard: a wrong name below these is an error, in a browser too.
NOT_PAGES = ("api", "socket.io", "metrics", "healthz", "openapi.json", "docs", "assets")

_NOT_BUILT = (
    '<!doctype html><html lang="en"><meta charset="utf-8"><title>Vigie</title><h1>Vigie</h1>'
    "<p>The server is running, the dashboard is not built: run <code>make web</code> in the clone.</p>"
    '<p><a href="/docs">HTTP routes</a></p></html>'
)


def dashboard() -> ASGIApp:
    """The dashboard as an ASGI application."""
    return GZipMiddleware(_Dashboard(directory=STATIC, check_dir=False), minimum_size=1024, compresslevel=6)


class _Dashboard(StaticFiles):
    """Files named after their content are cached for ever, all others are asked for again each time."""

    async def check_config(self) -> None:
        """A folder that is not there yet is no mistake: a clone without a built dashboard serves the API."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        try:
            answer = await super().get_response(path, scope)
        except HTTPException as error:
            if error.status_code != 404 or not _is_page(path):
                raise
            answer = await self._index(scope)
        is_named_by_content = path.startswith("assets/") and answer.status_code in {200, 206, 304}
        answer.headers["Cache-Control"] = FOR_EVER if is_named_by_content else ASK_FIRST
        return answer

    async def _index(self, scope: Scope) -> Response:
        try:
            return await super().get_response("index.html", scope)
        except HTTPException:
            return HTMLResponse(_NOT_BUILT)


def _is_page(path: str) -> bool:
    """Whether a name without a file is one of the dashboard's own routes: it has no file ending and is not the API's."""
    first = path.split("/", 1)[0]
    return (first not in NOT_PAGES and "." not in path.rsplit("/", 1)[-1]) or path == "."
