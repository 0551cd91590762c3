"""Whether a pasted URL is the base of an OpenAI-compatible endpoint. Needs no key to tell."""

from agents.allowed import egress_policy
from agents.doors.base import Found
from agents.doors.json_wall import JsonRefused, parse_json
from agents.doors.model.verify import LARGEST_LIST, list_request, read_models
from agents.egress import Answer, EgressRefused, fetch

WITHIN = 8.0
MOST_NAMED = 200


def probe(url: str) -> Found | None:
    """What is there if it lists models, or refuses to without a key; None for anything else."""
    base = url.strip().rstrip("/").removesuffix("/chat/completions").removesuffix("/models")
    locked: Found | None = None
    for place in [base] if base.endswith("/v1") else [base, f"{base}/v1"]:
        try:
            answer = fetch(list_request(place, "", WITHIN), policy=egress_policy())
        except EgressRefused:
            return None
        found = _read(place, answer)
        if found is not None and found.models:
            return found
        # Who is let in nowhere sees no difference; then the usual path is the likelier one.
        locked = found or locked
    return locked


def _read(place: str, answer: Answer) -> Found | None:
    if answer.status == 200 and (listed := read_models(answer.body)):
        names = tuple(sorted(listed))[:MOST_NAMED]
        only = {"model": names[0], **listed[names[0]]} if len(names) == 1 else {}
        return Found(
            door="model", url=place, code="found_model", params={"count": len(listed)},
            reach=only, needs=() if only else ("model",), models=names,
        )  # fmt: skip
    if answer.status in (401, 403) and _is_error(answer.body):
        return Found(
            door="model", url=place, code="found_model", needs=("key", "model"),
            params={"status": answer.status},
        )  # fmt: skip
    return None


def _is_error(body: bytes) -> bool:
    """`{"error": …}`, as such services refuse; a page that asks to sign in is none."""
    try:
        found = parse_json(body, max_bytes=LARGEST_LIST)
    except JsonRefused:
        return False
    return isinstance(found, dict) and isinstance(found.get("error"), dict | str)
