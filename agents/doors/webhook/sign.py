"""Standard Webhooks signatures, over the exact bytes that are sent."""

import base64
import secrets
from collections.abc import Sequence
from datetime import UTC, datetime

from standardwebhooks.webhooks import Webhook

PROTOCOL = "1"


def signed_headers(
    secret_list: Sequence[str], *, webhook_id: str, at: datetime, body: bytes
) -> dict[str, str]:
    """The headers of one attempt, with one signature per live secret, the newest first.

    `at` must be aware: the library would sign a naive time as if it were UTC.
    """
    if at.tzinfo is None:
        raise ValueError("a signature needs an aware time")
    if not secret_list:
        raise ValueError("a signature needs a secret")
    moment = at.astimezone(UTC)
    text = body.decode("utf-8")
    signatures = [Webhook(secret).sign(webhook_id, moment, text) for secret in secret_list]
    return {
        "Content-Type": "application/json",
        "webhook-id": webhook_id,
        "webhook-timestamp": str(int(moment.timestamp())),
        "webhook-signature": " ".join(signatures),
        "muster-protocol": PROTOCOL,
    }


def wrongly_signed_headers(*, webhook_id: str, at: datetime, body: bytes) -> dict[str, str]:
    """Headers that look right and are signed with a secret nobody has: an agent must answer 401."""
    nobodys = "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()
    return signed_headers([nobodys], webhook_id=webhook_id, at=at, body=body)
