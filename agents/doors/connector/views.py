"""What a connector asks over HTTP: a token for a code, and itself as one file."""

from datetime import UTC, datetime

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt

from agents.doors.connector.archive import whole_program
from agents.doors.fields import Fields, Malformed
from agents.doors.json_wall import KIB, JsonRefused, parse_json
from agents.doors.webhook.http import read_body, refusal, wrong_method
from workspace.commands.connectors import pair_connector
from workspace.errors import Refused
from workspace.policy import needs

MOST_BYTES = 4 * KIB


@needs("public")
@csrf_exempt
def pair(request: HttpRequest) -> HttpResponse:
    """`{code, name, version, by?}` → `{token, connector}`, the token this once."""
    if request.method != "POST":
        return wrong_method("POST")
    try:
        fields = Fields(parse_json(read_body(request, MOST_BYTES), max_bytes=MOST_BYTES))
        connector, token = pair_connector(
            code=fields.text("code", most=80),
            name=fields.text_or("name", "", most=200),
            version=fields.text_or("version", "", most=40),
            is_link=fields.choice_or("by", "code", ("code", "link")) == "link",
            at=datetime.now(UTC),
        )
    except (Refused, Malformed, JsonRefused) as error:
        return refusal(error)
    said = {"id": connector.id, "name": connector.name, "workspace": connector.workspace_id}
    answer = JsonResponse({"token": token, "connector": said}, status=201)
    answer["Cache-Control"] = "no-store"
    return answer


@needs("public")
def program(request: HttpRequest) -> HttpResponse:
    """The connector in one file, for a machine that has Python and nothing of ours."""
    if request.method not in ("GET", "HEAD"):
        return wrong_method("GET")
    answer = HttpResponse(whole_program(), content_type="application/zip")
    answer["Content-Disposition"] = 'attachment; filename="muster-connect.pyz"'
    return answer
