"""Secrets: made, shown once, and kept hashed or encrypted; run and lease tokens are derived."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings


def new_token(prefix: str) -> str:
    """256 bits of chance, such as `mst_…`; keep only its `hashed` form."""
    return f"{prefix}_{secrets.token_urlsafe(32)}"


def hashed(token: str) -> str:
    """SHA-256: the tokens are long and random, so a slow hash would protect nothing more."""
    return hashlib.sha256(token.encode()).hexdigest()


def new_webhook_secret() -> str:
    return "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()


def encrypted(secret: str) -> bytes:
    return _keyring().encrypt(secret.encode())


def decrypted(kept: bytes | memoryview) -> str:
    """The secret; `ValueError` if no key of the ring opens it."""
    try:
        return _keyring().decrypt(bytes(kept)).decode()
    except InvalidToken:
        raise ValueError("no key of the ring opens this secret") from None


def run_token(run_id: str, fence: int) -> str:
    return "rt_" + _derived("run", run_id, fence)


def lease_token(run_id: str, fence: int) -> str:
    return "lse_" + _derived("lease", run_id, fence)


def push_token(run_id: str, fence: int) -> str:
    """What an agent shows to say that its task has changed: it opens nothing else."""
    return "ntf_" + _derived("push", run_id, fence)


def is_same(given: str, expected: str) -> bool:
    """Compared in constant time."""
    return hmac.compare_digest(given.encode(), expected.encode())


def _derived(purpose: str, run_id: str, fence: int) -> str:
    message = f"{purpose}:{run_id}:{fence}".encode()
    mac = hmac.new(settings.SECRET_KEY.encode(), message, hashlib.sha256).digest()
    return base64.urlsafe_b64encode(mac).rstrip(b"=").decode()


def _keyring() -> MultiFernet:
    def as_fernet(phrase: str) -> Fernet:
        digest = hashlib.sha256(b"muster keyring" + phrase.encode()).digest()
        return Fernet(base64.urlsafe_b64encode(digest))

    return MultiFernet([as_fernet(phrase) for phrase in settings.MUSTER_KEYRING])
