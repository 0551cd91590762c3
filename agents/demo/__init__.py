"""Six small programs that do real work on a small library, so a new room has something to do."""
