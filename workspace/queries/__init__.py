"""Facts, as they are now. Nothing here changes anything."""

from __future__ import annotations

from workspace.queries.asked import (
    attachments_of as attachments_of,
)
from workspace.queries.asked import (
    attempts_of as attempts_of,
)
from workspace.queries.asked import (
    card_counts as card_counts,
)
from workspace.queries.asked import (
    claim as claim,
)
from workspace.queries.asked import (
    facts_of as facts_of,
)
from workspace.queries.asked import (
    held_until as held_until,
)
from workspace.queries.asked import (
    last_steps as last_steps,
)
from workspace.queries.asked import (
    message as message,
)
from workspace.queries.asked import (
    model_calls as model_calls,
)
from workspace.queries.asked import (
    newest_answer as newest_answer,
)
from workspace.queries.asked import (
    newest_closed_cards as newest_closed_cards,
)
from workspace.queries.asked import (
    newest_verdict as newest_verdict,
)
from workspace.queries.asked import (
    run_with_card as run_with_card,
)
from workspace.queries.asked import (
    version as version,
)
from workspace.queries.asked import (
    version_of_run as version_of_run,
)
from workspace.queries.attached import (
    artifact_left as artifact_left,
)
from workspace.queries.attached import (
    attachments_given as attachments_given,
)
from workspace.queries.auditions import (
    Tried as Tried,
)
from workspace.queries.auditions import (
    agent_called as agent_called,
)
from workspace.queries.auditions import (
    assignment_of as assignment_of,
)
from workspace.queries.auditions import (
    audition as audition,
)
from workspace.queries.auditions import (
    audition_of as audition_of,
)
from workspace.queries.auditions import (
    auditions_for as auditions_for,
)
from workspace.queries.auditions import (
    auditions_of as auditions_of,
)
from workspace.queries.auditions import (
    cancelled_at as cancelled_at,
)
from workspace.queries.auditions import (
    card_tried as card_tried,
)
from workspace.queries.auditions import (
    is_worker_running as is_worker_running,
)
from workspace.queries.auditions import (
    last_starter as last_starter,
)
from workspace.queries.auditions import (
    limited_calls as limited_calls,
)
from workspace.queries.auditions import (
    may_work_in as may_work_in,
)
from workspace.queries.auditions import (
    newest_audition as newest_audition,
)
from workspace.queries.auditions import (
    outdated_and_wanted as outdated_and_wanted,
)
from workspace.queries.auditions import (
    refused_writes as refused_writes,
)
from workspace.queries.auditions import (
    runs_tried as runs_tried,
)
from workspace.queries.auditions import (
    scratch_item as scratch_item,
)
from workspace.queries.auditions import (
    traffic_of as traffic_of,
)
from workspace.queries.board import (
    BOARD as BOARD,
)
from workspace.queries.board import (
    MONTH as MONTH,
)
from workspace.queries.board import (
    accepts as accepts,
)
from workspace.queries.board import (
    agent_record as agent_record,
)
from workspace.queries.board import (
    blockers as blockers,
)
from workspace.queries.board import (
    board_facts as board_facts,
)
from workspace.queries.board import (
    dependency_is_met as dependency_is_met,
)
from workspace.queries.board import (
    head_seq as head_seq,
)
from workspace.queries.board import (
    live_runs as live_runs,
)
from workspace.queries.board import (
    met_by as met_by,
)
from workspace.queries.board import (
    reviewers as reviewers,
)
from workspace.queries.board import (
    workers as workers,
)
from workspace.queries.conversing import (
    accepted_files as accepted_files,
)
from workspace.queries.conversing import (
    exchanges_of as exchanges_of,
)
from workspace.queries.conversing import (
    held_talks as held_talks,
)
from workspace.queries.conversing import (
    is_conversing as is_conversing,
)
from workspace.queries.conversing import (
    last_ended as last_ended,
)
from workspace.queries.conversing import (
    live_in as live_in,
)
from workspace.queries.conversing import (
    run_conversing as run_conversing,
)
from workspace.queries.conversing import (
    steps_in as steps_in,
)
from workspace.queries.following import (
    Changed as Changed,
)
from workspace.queries.following import (
    built_on_changed as built_on_changed,
)
from workspace.queries.following import (
    cards_after as cards_after,
)
from workspace.queries.following import (
    changed_inputs as changed_inputs,
)
from workspace.queries.following import (
    conflicts_before as conflicts_before,
)
from workspace.queries.following import (
    conflicts_below as conflicts_below,
)
from workspace.queries.following import (
    done_and_disputed as done_and_disputed,
)
from workspace.queries.given import (
    comments_on as comments_on,
)
from workspace.queries.given import (
    facts_pinned as facts_pinned,
)
from workspace.queries.given import (
    files_in as files_in,
)
from workspace.queries.given import (
    inputs_given as inputs_given,
)
from workspace.queries.health import (
    AgentHealth as AgentHealth,
)
from workspace.queries.health import (
    agent_health as agent_health,
)
from workspace.queries.held import (
    state_of_file as state_of_file,
)
from workspace.queries.installed import (
    account_named as account_named,
)
from workspace.queries.installed import (
    account_of as account_of,
)
from workspace.queries.installed import (
    agent_name as agent_name,
)
from workspace.queries.installed import (
    agent_named as agent_named,
)
from workspace.queries.installed import (
    card_named as card_named,
)
from workspace.queries.installed import (
    default_judge as default_judge,
)
from workspace.queries.installed import (
    demo_room as demo_room,
)
from workspace.queries.installed import (
    first_owner as first_owner,
)
from workspace.queries.installed import (
    model_limits as model_limits,
)
from workspace.queries.installed import (
    model_of as model_of,
)
from workspace.queries.installed import (
    newest_judgement as newest_judgement,
)
from workspace.queries.looking import (
    cards_being_confirmed as cards_being_confirmed,
)
from workspace.queries.looking import (
    cards_to_look_at as cards_to_look_at,
)
from workspace.queries.looking import (
    conflicts_of as conflicts_of,
)
from workspace.queries.looking import (
    handed_over as handed_over,
)
from workspace.queries.looking import (
    is_planned as is_planned,
)
from workspace.queries.looking import (
    judgement as judgement,
)
from workspace.queries.looking import (
    judgements_to_look_at as judgements_to_look_at,
)
from workspace.queries.looking import (
    loads as loads,
)
from workspace.queries.looking import (
    messages_without_reply as messages_without_reply,
)
from workspace.queries.looking import (
    remedies_of as remedies_of,
)
from workspace.queries.looking import (
    room_asks as room_asks,
)
from workspace.queries.looking import (
    room_with_workspace as room_with_workspace,
)
from workspace.queries.looking import (
    runs_asking as runs_asking,
)
from workspace.queries.looking import (
    runs_of_cards as runs_of_cards,
)
from workspace.queries.looking import (
    runs_with_changed_inputs as runs_with_changed_inputs,
)
from workspace.queries.looking import (
    seats_to_look_at as seats_to_look_at,
)
from workspace.queries.looking import (
    standing_claims as standing_claims,
)
from workspace.queries.looking import (
    standings as standings,
)
from workspace.queries.looking import (
    unmet_dependencies as unmet_dependencies,
)
from workspace.queries.looking import (
    version_states as version_states,
)
from workspace.queries.looking import (
    versions_in_review as versions_in_review,
)
from workspace.queries.moment import (
    one_moment as one_moment,
)
from workspace.queries.people import (
    agent_for as agent_for,
)
from workspace.queries.people import (
    agents_of as agents_of,
)
from workspace.queries.people import (
    ask_for as ask_for,
)
from workspace.queries.people import (
    asks_open as asks_open,
)
from workspace.queries.people import (
    card_for as card_for,
)
from workspace.queries.people import (
    connector_for as connector_for,
)
from workspace.queries.people import (
    connectors_of as connectors_of,
)
from workspace.queries.people import (
    deliverable_for as deliverable_for,
)
from workspace.queries.people import (
    is_there as is_there,
)
from workspace.queries.people import (
    leave_of as leave_of,
)
from workspace.queries.people import (
    reviews_waiting as reviews_waiting,
)
from workspace.queries.people import (
    room_for as room_for,
)
from workspace.queries.people import (
    room_policy as room_policy,
)
from workspace.queries.people import (
    room_role as room_role,
)
from workspace.queries.people import (
    rooms_of as rooms_of,
)
from workspace.queries.people import (
    timings as timings,
)
from workspace.queries.people import (
    usable_ids as usable_ids,
)
from workspace.queries.people import (
    workspace_role as workspace_role,
)
from workspace.queries.people import (
    workspaces_of as workspaces_of,
)
from workspace.queries.pulling import (
    ask_of as ask_of,
)
from workspace.queries.pulling import (
    card_seen as card_seen,
)
from workspace.queries.pulling import (
    rooms_seated as rooms_seated,
)
from workspace.queries.pulling import (
    runs_held as runs_held,
)
from workspace.queries.pulling import (
    runs_on as runs_on,
)
from workspace.queries.ruling import (
    conflict_number as conflict_number,
)
from workspace.queries.ruling import (
    disputed_by as disputed_by,
)
from workspace.queries.subjects import (
    agents_in as agents_in,
)
from workspace.queries.subjects import (
    card_of as card_of,
)
from workspace.queries.subjects import (
    cards_of as cards_of,
)
