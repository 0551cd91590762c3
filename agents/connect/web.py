"""Calls over HTTP: pairing, files down, files up. Only ever to the address that was typed."""

from __future__ import annotations

import hashlib
import json
import secrets
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from agents.connect import VERSION

WITHIN = 60.0
LARGEST_FILE = 25 * 1024 * 1024
LARGEST_ANSWER = 1024 * 1024


class Refused(Exception):
    """The workspace answered, and said no: trying again cannot help."""

    def __init__(self, status: int, code: str, body: Any = None) -> None:
        super().__init__(f"{status} {code}")
        self.status, self.code, self.body = status, code, body


class Away(Exception):
    """No answer that means anything; it may be there again later."""


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *args: Any, **kwargs: Any) -> None:
        return None


_opener = urllib.request.build_opener(_NoRedirects)


def here(base: str, url: str) -> str:
    """A URL the workspace named, at the address that was typed: tokens go nowhere else."""
    parts = urlsplit(url)
    return base + parts.path + (f"?{parts.query}" if parts.query else "")


def _call(request: urllib.request.Request, most: int) -> bytes:
    request.add_header("User-Agent", f"muster-connect/{VERSION}")
    try:
        with _opener.open(request, timeout=WITHIN) as answer:
            body: bytes = answer.read(most + 1)
    except urllib.error.HTTPError as error:
        said = _problem(error.read(LARGEST_ANSWER))
        code = str(said.get("code", "refused"))
        if error.code in (408, 425, 429) or error.code >= 500:
            raise Away(f"{error.code} {code}") from None
        raise Refused(error.code, code, said) from None
    except (OSError, ValueError) as error:
        raise Away(str(error)) from None
    if len(body) > most:
        raise Refused(200, "too_large")
    return body


def _problem(body: bytes) -> dict[str, Any]:
    try:
        said = json.loads(body)
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}


def pair(base: str, told: dict[str, Any]) -> dict[str, Any]:
    """Ask for a token with a code. Refused while nobody knows the code."""
    body = json.dumps(told).encode()
    headers = {"Content-Type": "application/json"}
    answer = _call(urllib.request.Request(f"{base}/connect/pair", body, headers), LARGEST_ANSWER)
    found: dict[str, Any] = json.loads(answer)
    return found


def download(url: str, token: str, sha256: str) -> bytes:
    """A file with the bytes that were promised."""
    request = urllib.request.Request(url, headers={"Authorization": f"Bearer {token}"})
    body = _call(request, LARGEST_FILE)
    if sha256 and hashlib.sha256(body).hexdigest() != sha256:
        raise Away("the bytes are not those that were promised")
    return body


def upload(url: str, token: str, lease: str, file: Path, name: str, role: str) -> str:
    """Send one file of a run and answer its id; the same bytes again are the same file."""
    content = file.read_bytes()
    if len(content) > LARGEST_FILE:
        raise Refused(413, "artifact_too_large")
    fields = {"name": name, "role": role, "sha256": hashlib.sha256(content).hexdigest()}
    kind, body = _multipart(fields, content)
    headers = {
        "Authorization": f"Bearer {token}", "Muster-Lease": lease, "Content-Type": kind,
    }  # fmt: skip
    try:
        answer = json.loads(_call(urllib.request.Request(url, body, headers), LARGEST_ANSWER))
    except Refused as refused:
        answer = (refused.body or {}).get("artifact")  # kept, although the run is over
        if not answer:
            raise
    return str(answer["artifact_id"])


def _multipart(fields: dict[str, str], content: bytes) -> tuple[str, bytes]:
    edge = secrets.token_hex(16)
    parts = [
        f'--{edge}\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{value}\r\n'.encode()
        for key, value in fields.items()
    ]
    head = 'Content-Disposition: form-data; name="file"; filename="file"'
    parts.append(f"--{edge}\r\n{head}\r\nContent-Type: application/octet-stream\r\n\r\n".encode())
    parts += [content, f"\r\n--{edge}--\r\n".encode()]
    return f"multipart/form-data; boundary={edge}", b"".join(parts)
