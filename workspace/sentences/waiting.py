"""Why a card waits, and why it was handed to people."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as lazy

WAITING: dict[str, str | Promise] = {
    "specialist_comes": lazy("A specialist is brought in for it."),
    "blocked": lazy("It waits for other cards."),
    "kept_for_person": lazy("A person is to do it."),
    "changes_are_for_the_person": lazy("The person who made it makes the changes."),
    "agent_is_busy": lazy("%(who)s is busy with other cards."),
    "all_are_busy": lazy("Everyone who could do it is busy."),
    "agent_comes_back": lazy("The agent that could do it is away for now."),
    "being_ranked": lazy("The model compares the agents that could do it."),
    "too_few_independent": lazy(
        "%(have)s of %(wanted)s independent runs are begun or done; no other is begun now. %(why)s"
    ),
    "review_queue_full": lazy(
        "%(reviews)s versions wait for a review and %(under_way)s more are being made. "
        "That is as much as people here can look at; reviewing lets it go on."
    ),
    "conflict_open": lazy("It waits until somebody has ruled on claims that disagree."),
    "being_diagnosed": lazy("The coordinator looks at what went wrong before it goes on."),
    "too_many_attempts": lazy("%(attempts)s attempts failed. Someone has to decide how to go on."),
    "too_many_rounds": lazy("%(rounds)s rounds of changes were not enough. Someone has to decide."),
    "due_date_passed": lazy("Its time was over before it was done. Someone has to decide."),
    "no_agents": lazy("There is no agent in this room. Add one, or take the card yourself."),
    "nobody_has_the_skill": lazy("No agent here can do this. Add one, or take the card yourself."),
    "nobody_else_can": lazy("Everyone who could do this has failed or declined it."),
    "needs_audition": lazy(
        "Agents work here only once they have passed their audition, and none that could do this "
        "has. Start it on an agent's page, or take the card yourself."
    ),
    "being_auditioned": lazy("It waits for an audition that is under way: %(names)s."),
    "nobody_usable": lazy("The agents that could do this cannot be used now."),
    "nobody_answered": lazy("Nobody answered in time what its worker had asked."),
    "agent_can_now": lazy("An agent can do it now."),
    "handed_over": lazy("The coordinator cannot go on and asks people."),
    "card_not_free": lazy("Someone is on it, or it is not open for work."),
    "room_paused": lazy("People have paused the room."),
    "kept_for_another": lazy("It is kept for %(who)s."),
    "proposed": lazy("An agent proposes it. Keep it or drop it."),
    "asked": lazy("The worker asked a person."),
    "answered": lazy("A person answered."),
    "given": lazy("Given by a person."),
    "taken_over": lazy("A person took the card over."),
    "card_cancelled": lazy("The card was cancelled."),
    "judge_asks": lazy("%(cause)s How should it go on?"),
}
