"""Calls every operation of the case contract with data made from its own description, fit and unfit, and judges the answers.

Reads one JSON object on standard input: `contract` (the OpenAPI file), `base_url`, `token_url`, `client_id`,
`client_secret`, `persons`, `seed`. Writes as `content_server.py` does: one comparison for each operation and check; the
last line also lists the operations that were called and how often one was answered with success.
"""

import importlib.metadata
import itertools
import json
import logging
import os
import re
import sys
import tempfile
from collections import defaultdict

import requests
import schemathesis
import yaml
from comparing import count_calls, finish, same
from schemathesis import engine
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import events

logging.disable(logging.CRITICAL)

# What the documented statuses mean when the data fits its description: somebody else was first, the position or version is
# not known any more, the person may not.
FIT = ["2xx", 401, 403, 404, 409, 410, 412]
# And when it does not. Never 5xx.
UNFIT = [400, 401, 403, 404, 405, 409, 410, 412, 415, 422, 428]
KEY = re.compile(r'[A-Za-z0-9._~:-]+|"[A-Za-z0-9._~:-]+"')
KEYS = itertools.count(1)
# Headers worth telling beside a failure; never the token.
TOLD = ("content-type", "idempotency-key", "if-match", "x-acting-person")


def configuration(given, token):
    generation = {"database": "none", "deterministic": False, "max-examples": 14, "no-shrink": True}
    return SchemathesisConfig.from_dict(
        {
            "seed": given["seed"],
            # How fast data is made says something about the machine, nothing about the server.
            "suppress-health-check": ["too_slow"],
            "base-url": given["base_url"],
            "headers": {"Authorization": f"Bearer {token}"},
            "workers": 1,
            "continue-on-failure": True,
            "request-timeout": 10.0,
            "cache": {"enabled": False},
            "generation": generation,
            "checks": {
                "positive_data_acceptance": {"expected-statuses": FIT},
                "negative_data_rejection": {"expected-statuses": UNFIT},
                "missing_required_header": {"expected-statuses": [400, 428]},
            },
            "phases": {
                "coverage": {"generate-duplicate-query-parameters": True},
                "stateful": {"max-steps": 6, "generation": {**generation, "max-examples": 20}},
            },
        }
    )


class Server:
    """The server as any client would meet it, to learn which things there are."""

    def __init__(self, given):
        self.base = given["base_url"]
        self.session = requests.Session()
        self.session.trust_env = False
        signed_in = self.session.post(
            given["token_url"],
            params={"grant_type": "client_credentials"},
            auth=(given["client_id"], given["client_secret"]),
        )
        self.token = signed_in.json()["access_token"]
        self.session.headers["Authorization"] = f"Bearer {self.token}"

    def items(self, path, **query):
        return self.session.get(self.base + path, params={"limit": 5, **query}).json()["items"]

    def ids(self, path, **query):
        return [item["id"] for item in self.items(path, **query)]

    def asked(self, recipients):
        """A request to acknowledge, as the history holds none."""
        request = {"title": "Routing guide", "recipients": recipients, "due_at": "2100-01-01T00:00:00Z"}
        made = self.session.post(
            f"{self.base}/acknowledgement-requests",
            headers={"Idempotency-Key": "asked-first"},
            files={"request": (None, json.dumps(request)), "file": ("guide.txt", b"guide", "text/plain")},
        )
        return made.json()["id"]


def narrowed(contract, given, server):
    """The contract with the things there are in place of any text, so that what fits is also found."""
    cases = server.items("/cases")
    partners = sorted({case["partner"]["id"] for case in cases})
    case_ids = [case["id"] for case in cases]
    files = [file for case in server.ids("/cases", limit=60) for file in server.ids(f"/cases/{case}/attachments")]
    onboarding = server.ids("/onboardings")[0]
    request = server.asked(partners)
    pools = {
        "/cases/": case_ids,
        "/attachments/": files[:5],
        "/spaces/": server.ids("/spaces"),
        "/acknowledgement-requests/": [request],
        "/onboardings/": [onboarding],
        "/partners/": partners,
    }
    tasks = server.ids(f"/onboardings/{onboarding}/tasks")
    for path, entry in contract["paths"].items():
        for prefix, ids in pools.items():
            if path.startswith(f"{prefix}{{id}}"):
                task = [named("task", tasks)] if path.endswith("{task}") else []
                entry["parameters"] = [named("id", ids), *task]
    schemas, parameters = contract["components"]["schemas"], contract["components"]["parameters"]
    for schema, member, values in [
        ("NewCase", "partner_id", partners),
        ("NewSpace", "partner_id", [*partners, None]),
        ("NewSpace", "case_id", [*case_ids, None]),
        ("NewAcknowledgementRequest", "case_id", [*case_ids, None]),
        ("NewResponse", "recipient", partners),
    ]:
        schemas[schema]["properties"][member] = {"enum": values}
    schemas["NewReminder"]["properties"]["recipients"]["items"] = {"enum": partners}
    parameters["ActingPerson"]["schema"] = {"enum": given["persons"]}
    parameters["IfMatch"]["schema"] = {"enum": ["*", '"1"']}
    return contract


def named(name, values):
    return {"name": name, "in": "path", "required": True, "schema": {"enum": values}}


def fresh_keys():
    """A request of its own has a key of its own: with one made at random, two requests would sometimes share it.

    Done where it leaves, as a changed case would be judged anew.
    """
    send = requests.Session.send

    def with_its_key(session, request, **kwargs):
        key = request.headers.get("Idempotency-Key")
        if isinstance(key, str) and KEY.fullmatch(key):
            request.headers["Idempotency-Key"] = f"call-{next(KEYS)}"
        return send(session, request, **kwargs)

    requests.Session.send = with_its_key


def run(given, contract, token):
    """What each check found at each operation, and what each operation answered."""
    schema = schemathesis.openapi.from_dict(contract, config=configuration(given, token))
    wanted = {operation.ok().label for operation in schema.get_all_operations()}
    found, answered = defaultdict(list), defaultdict(lambda: defaultdict(int))
    for event in engine.from_schema(schema).execute():
        if isinstance(event, events.NonFatalError):
            found[event.label, "can be tested"].append(str(event.value))
        elif isinstance(event, events.FatalError):
            raise event.exception
        elif isinstance(event, events.ScenarioFinished):
            collect(event.recorder, found, answered)
    return wanted, found, answered


def collect(recorder, found, answered):
    for case_id, node in recorder.cases.items():
        label = node.value.operation.label
        interaction = recorder.interactions.get(case_id)
        if interaction is None:
            continue
        if interaction.response is None:
            found[label, "is answered"].append(f"{interaction.request.method} {interaction.request.uri}: no answer")
            continue
        if interaction.request.method == node.value.operation.method.upper():
            answered[label][interaction.response.status_code] += 1
        for check in recorder.checks.get(case_id, []):
            failures = found[label, check.name]
            if check.failure_info is not None:
                failures.append(told(check.failure_info.failure, interaction))


def told(failure, interaction):
    """What failed, what was sent and what came back, on one line."""
    request, response = interaction.request, interaction.response
    words = " ".join(f"{failure.title}: {failure.message}".split())
    headers = {name: values for name, values in request.headers.items() if name.lower() in TOLD}
    body = (request.body or b"")[:300].decode(errors="replace")
    answer = response.content[:300].decode(errors="replace")
    return f"{words[:600]} | {request.method} {request.uri} {headers} {body} -> {response.status_code} {answer}"


def main():
    count_calls()
    fresh_keys()
    given = json.load(sys.stdin)
    with open(given["contract"], encoding="utf-8") as file:
        contract = yaml.safe_load(file)
    server = Server(given)
    contract = narrowed(contract, given, server)
    # It writes nothing of its own where it was started.
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        wanted, found, answered = run(given, contract, server.token)
        os.chdir("/")
    for (label, check), failures in sorted(found.items()):
        same(f"{label}: {check}", [], failures[:3])
    for label in sorted(wanted):
        statuses = answered.get(label, {})
        same(f"{label}: answered with success", True, any(200 <= status < 300 for status in statuses))
    endpoints = sorted(label for label in wanted if label in answered)
    return finish("schemathesis", importlib.metadata.version("schemathesis"), endpoints)


if __name__ == "__main__":
    sys.exit(main())
