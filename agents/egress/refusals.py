"""Why nothing, or nothing usable, came back from the outside."""

from collections.abc import Mapping

# The address itself is at fault: asking again later cannot help.
PERMANENT = frozenset(
    {"not_a_url", "scheme", "userinfo", "port", "numeric_host", "private_address"}
)
TEMPORARY = frozenset(
    {
        "unresolvable",
        "connection_failed",
        "tls",
        "deadline",
        "quiet",
        "redirect",
        "too_large",
        "encoding",
        "bad_response",
    }
)


class EgressRefused(Exception):
    """A request that was not made, or an answer that was not taken. `code` is one of PERMANENT or
    TEMPORARY; `params` hold what a sentence about it needs."""

    def __init__(self, code: str, params: Mapping[str, str | int] | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.params: dict[str, str | int] = dict(params or {})

    @property
    def is_permanent(self) -> bool:
        return self.code in PERMANENT
