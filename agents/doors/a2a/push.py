"""Where agents say that a task has changed: a hint to look, whose body is not even read."""

from datetime import UTC, datetime

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt

from agents.doors.problems import problem
from agents.doors.webhook.http import wrong_method
from workspace import outbox, queries
from workspace.commands.talks import look_now
from workspace.errors import NotFound
from workspace.keys import is_same, push_token
from workspace.policy import needs

TOKEN_HEADERS = ("X-A2A-Notification-Token", "Authorization")
LONGEST_TOKEN = 200


@needs("run.token")
@csrf_exempt
def pushed(request: HttpRequest, run_id: str) -> HttpResponse:
    """Look at this run's task at once. Whatever else the agent says of it, it says when asked."""
    if request.method != "POST":
        return wrong_method("POST")
    try:
        run = queries.run_with_card(run_id)
    except NotFound:
        run = None
    shown = [request.headers.get(name, "")[:LONGEST_TOKEN] for name in TOKEN_HEADERS]
    tokens = [text.rpartition(" ")[2] for text in shown]
    # A run nobody knows is refused as a wrong token is: it is not told which runs there are.
    expected = push_token(run.id, run.fence) if run is not None else ""
    if run is None or not any(is_same(token, expected) for token in tokens):
        response = problem("wrong_token", status=401)
        response["WWW-Authenticate"] = "Bearer"
        return response
    at = datetime.now(UTC)
    look_now(run_id=run.id, at=at)
    outbox.log_call(
        workspace_id=run.workspace_id, agent_id=run.agent_id or "", run_id=run.id,
        type="task.pushed", status=204, took_ms=0, at=at,
    )  # fmt: skip
    return HttpResponse(status=204)
