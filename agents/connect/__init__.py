"""The program a person runs beside an agent of theirs: `python -m agents.connect URL …`.

It opens one socket to the workspace, drives agents' programs on this machine, and needs nothing of
the server: only Python's own library and `websockets`.
"""

VERSION = "1.0"
