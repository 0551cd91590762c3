"""The connector's door: agents behind a socket that a program of theirs opens to us."""
