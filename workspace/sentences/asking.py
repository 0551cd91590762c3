"""The coordinator's own questions to people, and what they can choose."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as lazy

# Where a question is not the reason it rests on.
CHOICES: dict[str, str | Promise] = {
    "inputs_changed": lazy("What this was built on has changed. Does the work still stand?"),
    "off_course": lazy("The board may no longer serve the goal. Plan again?"),
}
# Words of ours only: nothing an agent wrote stands in a button.
OPTIONS: dict[str, str | Promise] = {
    "stands": lazy("It stands"),
    "redo": lazy("Do it again"),
    "try_again": lazy("Try the model again"),
    "stay_with_rules": lazy("Stay with the rules"),
    "plan_again": lazy("Plan again"),
    "carry_on": lazy("Carry on as it is"),
    "raise_by_half": lazy("Raise it by half"),
    "stay_stopped": lazy("Leave it stopped"),
}
