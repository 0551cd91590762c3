"""What an action that an agent asks leave for would do, and why it is thought so."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as lazy

CLASS_WORDS: dict[str, str | Promise] = {
    "read": lazy("It reads."),
    "write": lazy("It writes in its work directory."),
    "unknown": lazy("What it does cannot be told."),
    "network": lazy("It uses the network."),
    "spend": lazy("It may cost money."),
    "destructive": lazy("It deletes or changes what may not come back."),
    "secret": lazy("It touches secrets."),
}
CLASS_REASONS: dict[str, str | Promise] = {
    "plain": lazy("A plain command that is known."),
    "edits_files": lazy("It changes the files named below."),
    "by_program": lazy("That is what this program is for."),
    "runs_hooks": lazy("Hooks of the repository run with it."),
    "runs_code": lazy("It runs code of the work directory, which the agent can change."),
    "unknown_program": lazy("The program is not known here."),
    "opaque": lazy("It starts something else, or takes orders from a text or a file."),
    "does_more": lazy("With these flags the program does more than read or write what it names."),
    "elsewhere": lazy("It reaches outside its work directory."),
    "settings": lazy("It changes a hidden file, such as settings that programs obey."),
    "touches_git": lazy("It reaches into the repository's own folder."),
    "names_a_secret": lazy("It names something that looks like a secret."),
    "names_an_address": lazy("It names an address."),
    "names_an_amount": lazy("It names an amount."),
    "sets_environment": lazy("It sets variables that change what programs do."),
    "says_more": lazy("It says more than a command."),
    "says_two_things": lazy("Its words and its command line are not the same."),
    "said_so": lazy("The agent says so."),
    "another_kind": lazy("The agent says it is neither a command nor an edit."),
    "not_a_command": lazy("It is no command."),
    "shell": lazy("It is more than one plain command, so nobody can tell what a shell would do."),
    "quotes": lazy("Its quotes hide what it runs."),
    "unseen_characters": lazy("It holds characters that cannot be seen."),
    "look_alikes": lazy("It holds characters that look like others."),
    "too_long": lazy("It is too long to be looked through."),
    "empty": lazy("It says nothing."),
}


def class_word(klass: str) -> str:
    return str(CLASS_WORDS.get(klass, ""))


def class_reason(code: str) -> str:
    return str(CLASS_REASONS.get(code, ""))
