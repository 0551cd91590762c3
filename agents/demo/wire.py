"""The wire `muster-agent/1` as an agent sees it, on the standard library alone.

Inbound: is this delivery really from the workspace? Outbound: the callbacks of one run.
"""

import base64
import binascii
import hashlib
import hmac
import http.client
import json
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin, urlsplit

TOLERANCE = 300  # seconds a delivery's clock may differ from ours
KEEP_TRYING = 60.0  # seconds a callback outlives a workspace that is restarting
LONGEST_PAUSE = 3.0
OVER = {"lease_lost", "run_terminal", "unknown_run"}


class Stopped(Exception):
    """The run is no longer this program's: cancelled, or its lease is lost."""


class Refused(Exception):
    """The workspace answered a callback with an error that trying again will not mend."""


def signature_of(secret: str, message_id: str, timestamp: str, body: bytes) -> str:
    """The signature the workspace must have sent with these bytes (Standard Webhooks 1.0)."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = f"{message_id}.{timestamp}.".encode() + body
    return base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode("ascii")


def is_genuine(secret: str, headers: Mapping[str, str], body: bytes, now: float) -> bool:
    """Say whether the delivery is fresh and one of its listed signatures is right."""
    message_id = headers.get("webhook-id") or ""
    timestamp = headers.get("webhook-timestamp") or ""
    listed = headers.get("webhook-signature") or ""
    if not message_id or not timestamp.isascii() or not timestamp.isdigit():
        return False
    if abs(now - int(timestamp)) > TOLERANCE:
        return False
    try:
        expected = signature_of(secret, message_id, timestamp, body).encode()
    except (binascii.Error, ValueError):
        return False
    # While a secret is being replaced there are several signatures, and one is ours.
    candidates = [word[3:].encode() for word in listed.split() if word.startswith("v1,")]
    return any(hmac.compare_digest(expected, candidate) for candidate in candidates)


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> dict[str, Any]:
        """The answer as an object; an empty or strange body is an empty object."""
        try:
            value = json.loads(self.body or b"{}")
        except ValueError:
            return {}
        return value if isinstance(value, dict) else {}


class Callbacks:
    """The calls a program makes back to the workspace about one run."""

    def __init__(
        self, base_url: str, token: str, lease_token: str, is_stopped: Callable[[], bool]
    ) -> None:
        self.base_url = base_url.rstrip("/")
        self.lease_token = lease_token
        self._token = token
        self._is_stopped = is_stopped
        self._seq = 0

    def send_events(self, *events: tuple[str, dict[str, Any]]) -> None:
        batch = [self._numbered(kind, data) for kind, data in events]
        self.post("/events", {"events": batch})

    def _numbered(self, kind: str, data: dict[str, Any]) -> dict[str, Any]:
        self._seq += 1
        at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        return {"id": str(uuid.uuid4()), "seq": self._seq, "type": kind, "at": at, "data": data}

    def post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """Send one callback until it is answered. Raises Stopped or Refused."""
        headers = {"content-type": "application/json", "idempotency-key": str(uuid.uuid4())}
        sent = json.dumps(body, ensure_ascii=False, allow_nan=False).encode()
        return self._until_answered("POST", self.base_url + path, sent, headers).json()

    def get(self, path: str, wait: float = 0.0) -> dict[str, Any]:
        url = self.base_url + path
        return self._until_answered("GET", url, b"", {}, timeout=wait + 15).json()

    def upload(self, name: str, content: bytes, media_type: str, role: str) -> str:
        """Store one file with its sha256 and return the artifact's id."""
        fields = {
            "name": name,
            "media_type": media_type,
            "sha256": hashlib.sha256(content).hexdigest(),
            "role": role,
        }
        boundary = uuid.uuid4().hex
        body = multipart(boundary, fields, name, media_type, content)
        headers = {"content-type": f"multipart/form-data; boundary={boundary}"}
        answer = self._until_answered("POST", self.base_url + "/artifacts", body, headers).json()
        artifact_id = answer.get("artifact_id")
        if not isinstance(artifact_id, str):
            raise Refused(f"{name} was stored without an id")
        return artifact_id

    def download(self, url: str) -> bytes:
        """Fetch a file of this workspace. The run's token goes nowhere else."""
        whole = urljoin(self.base_url + "/", url)
        if urlsplit(whole)[:2] != urlsplit(self.base_url)[:2]:
            raise Refused(f"the file at {whole} is not the workspace's")
        return self._until_answered("GET", whole, b"", {}).body

    def _until_answered(
        self, method: str, url: str, body: bytes, headers: dict[str, str], timeout: float = 20
    ) -> Answer:
        headers = headers | {
            "authorization": f"Bearer {self._token}",
            "muster-lease": self.lease_token,
        }
        give_up_at = time.monotonic() + KEEP_TRYING
        pause = 0.2
        while True:
            if self._is_stopped():
                raise Stopped("cancelled")
            try:
                answer = exchange(method, url, body, headers, timeout)
            except (OSError, http.client.HTTPException) as error:
                trouble = f"{type(error).__name__}: {error}"
            else:
                if not is_temporary(answer):
                    return settled(answer)
                trouble = f"the workspace answered {answer.status}"
                pause = max(pause, retry_after(answer))
            if time.monotonic() + pause > give_up_at:
                raise Refused(trouble)
            time.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE)


def multipart(
    boundary: str, fields: dict[str, str], name: str, media_type: str, content: bytes
) -> bytes:
    parts = [
        f'--{boundary}\r\ncontent-disposition: form-data; name="{key}"\r\n\r\n{value}\r\n'
        for key, value in fields.items()
    ]
    file_head = (
        f'--{boundary}\r\ncontent-disposition: form-data; name="file"; filename="{name}"\r\n'
        f"content-type: {media_type}\r\n\r\n"
    )
    head = ("".join(parts) + file_head).encode()
    return head + content + f"\r\n--{boundary}--\r\n".encode()


def exchange(method: str, url: str, body: bytes, headers: dict[str, str], timeout: float) -> Answer:
    """One request, one answer; no redirects and no proxies, so the token stays here."""
    parts = urlsplit(url)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.hostname or "", parts.port, timeout=timeout)
    try:
        target = parts.path + (f"?{parts.query}" if parts.query else "")
        connection.request(method, target, body=body or None, headers=headers)
        answer = connection.getresponse()
        found = {key.lower(): value for key, value in answer.getheaders()}
        return Answer(answer.status, found, answer.read())
    finally:
        connection.close()


def is_temporary(answer: Answer) -> bool:
    busy = answer.status == 409 and answer.json().get("code") == "in_progress"
    return busy or answer.status == 429 or answer.status >= 500


def retry_after(answer: Answer) -> float:
    asked = answer.headers.get("retry-after", "")
    return min(float(asked), 30.0) if asked.isdigit() else 0.0


def settled(answer: Answer) -> Answer:
    if 200 <= answer.status < 300:
        return answer
    problem = answer.json()
    code = str(problem.get("code", ""))
    if answer.status == 401 or code in OVER:
        raise Stopped(code or "the run's token is no longer valid")
    detail = problem.get("detail") or problem.get("title") or ""
    raise Refused(f"{answer.status} {code} {detail}".strip())
