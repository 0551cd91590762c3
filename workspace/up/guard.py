"""Outlives a killed supervisor by a few seconds, and leaves nothing of it behind.

Run as a program. On its standard input the supervisor names the process groups it starts (`+pgid`)
and those that ended (`-pgid`). When that pipe closes, the supervisor is gone: stop what is left.
It also holds the installation's lock, so nobody starts anew beside what is being stopped.
"""

import contextlib
import os
import signal
import sys
import time

GRACE = 2.0
DEAF_TO = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def main() -> None:
    for number in DEAF_TO:
        signal.signal(number, signal.SIG_IGN)
    groups: set[int] = set()
    for line in sys.stdin:
        group = int(line[1:])
        if line.startswith("+"):
            groups.add(group)
        else:
            groups.discard(group)
    stop_groups(groups)


def stop_groups(groups: set[int]) -> None:
    """Ask every group to end, and end those that have not after the grace."""
    # A frozen process gets its ending only when it is let go on.
    send(groups, signal.SIGTERM)
    send(groups, signal.SIGCONT)
    until = time.monotonic() + GRACE
    while groups and time.monotonic() < until:
        time.sleep(0.05)
        groups = {group for group in groups if send({group}, 0)}
    send(groups, signal.SIGKILL)


def send(groups: set[int], number: int) -> bool:
    """Send a signal to each group; whether any of them was still there."""
    found = False
    for group in groups:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(group, number)
            found = True
    return found


if __name__ == "__main__":
    main()
