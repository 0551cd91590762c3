"""The people's API: `/api/v1/`, bearer tokens with scopes, RFC 9457 problems."""

from __future__ import annotations

from ninja import NinjaAPI

api = NinjaAPI(title="Muster", version="1", urls_namespace="api")
