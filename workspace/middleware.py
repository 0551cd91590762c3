"""Edges of every request: its id, and refusals told in the asker's language."""

from __future__ import annotations

import re
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from workspace.actors import request_id
from workspace.errors import Refused
from workspace.ids import new_id

SAFE = re.compile(r"^[A-Za-z0-9_.-]{8,64}$")
Respond = Callable[[HttpRequest], HttpResponse]


class RequestIdMiddleware:
    """Gives each request an id, kept on the events it causes and sent back with the answer."""

    def __init__(self, get_response: Respond) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        given = request.headers.get("X-Request-ID", "")
        token = request_id.set(given if SAFE.match(given) else new_id("req"))
        try:
            response = self.get_response(request)
            response["X-Request-ID"] = request_id.get()
            return response
        finally:
            request_id.reset(token)


class RefusalMiddleware:
    """A page's command that was refused answers with a sentence, never a 500."""

    def __init__(self, get_response: Respond) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if not isinstance(error, Refused) or request.path.startswith(("/api/", "/agent/")):
            return None
        from django.shortcuts import render

        from workspace.sentences import refusal

        said = {"title": _("Not done"), "sentence": refusal(error), "code": error.code}
        template = "parts/refused.html" if request.headers.get("HX-Request") else "refused.html"
        response = render(request, template, said, status=error.status)
        if request.headers.get("HX-Request"):
            # The page shows it as a toast; what the person typed stays where it is.
            response["HX-Retarget"], response["HX-Reswap"] = "#toasts", "beforeend"
        return response
