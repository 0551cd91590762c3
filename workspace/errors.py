"""What a command answers when it may not: one type, a code, and its parameters."""

from __future__ import annotations

from typing import Any


class Refused(Exception):
    """A command that may not happen. Nothing was changed.

    `code` is stable and has its sentence in `workspace/sentences.py`; `params` fill the sentence
    shown to a person. `status` is the HTTP status programs are answered with.
    """

    def __init__(self, code: str, *, status: int = 409, **params: Any) -> None:
        super().__init__(code)
        self.code = code
        self.status = status
        self.params = params

    def __str__(self) -> str:
        facts = ", ".join(f"{key}={value!r}" for key, value in self.params.items())
        return f"{self.code}({facts})"


class NotAllowed(Refused):
    """The person or agent has no permission for this."""

    def __init__(self, permission: str) -> None:
        super().__init__("not_allowed", status=403, permission=permission)


class NotFound(Refused):
    """There is no such thing here, or it is not theirs to see."""

    def __init__(self, what: str, id: str = "") -> None:
        super().__init__("not_found", status=404, what=what, id=id)
