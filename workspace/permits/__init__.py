"""What an action that an agent wants leave for would do, told from the action alone.

Pure: no rows, no clock. Nothing is ever run here, and no shell's rules are guessed at: a command
that is not plainly readable is nobody's to allow but a person's.
"""

from workspace.permits.classes import CLASSES as CLASSES
from workspace.permits.classes import Verdict as Verdict
from workspace.permits.classes import classify as classify
from workspace.permits.classes import lasting as lasting
from workspace.permits.digests import action_digest as action_digest
