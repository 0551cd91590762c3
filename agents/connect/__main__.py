"""`python -m agents.connect URL --code CODE -- COMMAND…`"""

from __future__ import annotations

import asyncio
import signal
import sys
from contextlib import suppress

from agents.connect import pairing
from agents.connect.host import Host
from agents.connect.locking import only_one
from agents.connect.settings import Settings, Wrong, read


def say(text: str) -> None:
    sys.stderr.write(f"muster-connect: {text}\n")
    sys.stderr.flush()


async def serve(settings: Settings, token: str) -> None:
    """Until it is asked to stop; its programs are ended with it."""
    serving = asyncio.current_task()
    assert serving is not None
    for sign in (signal.SIGINT, signal.SIGTERM):
        with suppress(NotImplementedError):  # not every system can
            asyncio.get_running_loop().add_signal_handler(sign, serving.cancel)
    with suppress(asyncio.CancelledError):
        await Host(settings, token, say).serve()


def main() -> int:
    try:
        settings = read(sys.argv[1:])
        with only_one(settings.state):
            token = pairing.token_of(settings, say)
            asyncio.run(serve(settings, token))
    except Wrong as wrong:
        say(str(wrong))
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
