"""Where the page is: its HTML, style and scripts, and what it knows of the served models.

Nothing on it comes from elsewhere, and nothing that a model or a person says can become markup:
the policy knows no inline script, and trusted types refuse markup made from strings.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib.resources import files
from pathlib import PurePosixPath

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from shared.run.artefacts.signature_file import SignatureRecord
from shared.service.page.facts import page_facts

__all__ = ["PAGE_FILES", "page_routes"]

_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' blob:",
        "media-src blob:",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
        "trusted-types 'none'",
    )
)
_HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": _POLICY,
    "Cache-Control": "no-cache",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "microphone=(self), camera=(), geolocation=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
_TYPES: Mapping[str, str] = {
    ".html": "text/html",
    ".css": "text/css",
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
}
_SCRIPTS = (
    "answer",
    "calendar",
    "chart",
    "elements",
    "explanation",
    "inputs",
    "main",
    "numbers",
    "recorder",
    "series",
    "sound",
    "table",
)
PAGE_FILES: Mapping[str, str] = {
    "/": "page.html",
    "/page/page.css": "page.css",
    "/page/plumb.svg": "plumb.svg",
    **{f"/page/scripts/{name}.js": f"scripts/{name}.js" for name in _SCRIPTS},
}
"""Address -> file of this folder. They hold no secret: they need no token."""


def page_routes(models: Callable[[], Mapping[str, SignatureRecord]]) -> list[BaseRoute]:
    """Routes of the page: each of `PAGE_FILES`, and `/page/models`.

    The page asks `/page/models` for what `page_facts` says, and `v1/models/NAME:predict` for
    answers, both below its own address; where one is answered with 401, it asks for a token and
    sends it as `Authorization: Bearer …`.

    Args:
        models: Name by which a model is served -> its `signature.json`, as it is now; asked on
            every visit.
    """

    async def facts(_: Request) -> Response:
        return JSONResponse(page_facts(models()), headers=dict(_HEADERS))

    return [
        *(Route(path, _file(name), methods=["GET"]) for path, name in PAGE_FILES.items()),
        Route("/page/models", facts, methods=["GET"]),
    ]


def _file(name: str) -> Callable[[Request], Response]:
    content = files(__package__).joinpath(name).read_bytes()
    media_type = _TYPES[PurePosixPath(name).suffix]

    def respond(_: Request) -> Response:
        return Response(content, media_type=media_type, headers=dict(_HEADERS))

    return respond
