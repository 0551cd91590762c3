"""Signatures, checked by the library agents use."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from agents.doors.webhook.sign import signed_headers, wrongly_signed_headers

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
OTHER = "whsec_" + "QUJD" * 10
NAIVE = datetime(2026, 1, 1)  # noqa: DTZ001
BODY = b'{"test": 2432232314}'


def test_the_published_test_vector_comes_out():
    headers = signed_headers(
        [SECRET],
        webhook_id="msg_p5jXN8AQM9LWM0D4loKWxJek",
        at=datetime.fromtimestamp(1614265330, UTC),
        body=BODY,
    )
    assert headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    assert headers["webhook-timestamp"] == "1614265330"


def test_a_time_in_another_zone_signs_the_same_moment():
    moment = datetime.fromtimestamp(1614265330, UTC)
    far = moment.astimezone(timezone(timedelta(hours=-5)))
    ours = signed_headers([SECRET], webhook_id="evt_1", at=moment, body=BODY)
    assert signed_headers([SECRET], webhook_id="evt_1", at=far, body=BODY) == ours


def test_a_time_without_a_zone_is_refused():
    with pytest.raises(ValueError):
        signed_headers([SECRET], webhook_id="e", at=NAIVE, body=BODY)


def test_both_secrets_verify_while_one_replaces_the_other():
    headers = signed_headers([OTHER, SECRET], webhook_id="evt_1", at=datetime.now(UTC), body=BODY)
    for secret in (OTHER, SECRET):
        assert Webhook(secret).verify(BODY, headers) == {"test": 2432232314}


def test_changed_bytes_do_not_verify():
    headers = signed_headers([SECRET], webhook_id="evt_1", at=datetime.now(UTC), body=BODY)
    with pytest.raises(WebhookVerificationError):
        Webhook(SECRET).verify(BODY + b" ", headers)


def test_the_probe_looks_right_and_never_verifies():
    headers = wrongly_signed_headers(webhook_id="evt_1", at=datetime.now(UTC), body=BODY)
    assert headers["webhook-signature"].startswith("v1,")
    with pytest.raises(WebhookVerificationError):
        Webhook(SECRET).verify(BODY, headers)


def test_text_beyond_ascii_verifies():
    body = '{"a":"ü 🐝"}'.encode()
    headers = signed_headers([SECRET], webhook_id="evt_1", at=datetime.now(UTC), body=body)
    assert Webhook(SECRET).verify(body, headers) == {"a": "ü 🐝"}
