"""Why a start, or a running installation, could not go on. The text is shown to the person."""


class CannotStart(Exception):
    """Something outside this program has to change first; the message says what."""


class GaveUp(Exception):
    """A part that nothing works without keeps dying."""


class StopRequested(Exception):
    """A person or the system asked for a clean stop."""
