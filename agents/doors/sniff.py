"""Whether bytes are what they are said to be; a type that lies becomes a plain download."""

PLAIN = "application/octet-stream"
_BEGINNINGS: dict[str, tuple[bytes, ...]] = {
    "image/png": (b"\x89PNG\r\n\x1a\n",),
    "image/jpeg": (b"\xff\xd8\xff",),
    "image/gif": (b"GIF87a", b"GIF89a"),
    "image/webp": (b"RIFF",),
    "application/pdf": (b"%PDF-",),
    "application/zip": (b"PK\x03\x04", b"PK\x05\x06"),
    "application/gzip": (b"\x1f\x8b",),
}
_TEXTUAL = ("application/json", "application/xml", "image/svg+xml", "application/javascript")


def honest_media_type(declared: str, content: bytes) -> str:
    """The declared type if the bytes can be that, else `application/octet-stream`."""
    if beginnings := _BEGINNINGS.get(declared):
        return declared if content.startswith(beginnings) else PLAIN
    if declared.startswith("text/") or declared in _TEXTUAL:
        return declared if _is_text(content) else PLAIN
    if declared.startswith("application/vnd.openxmlformats-officedocument"):
        return declared if content.startswith(_BEGINNINGS["application/zip"]) else PLAIN
    # Nothing else is ever shown in a page, so there is nothing to lie about.
    return declared


def _is_text(content: bytes) -> bool:
    try:
        return "\0" not in content.decode("utf-8")
    except UnicodeDecodeError:
        return False
