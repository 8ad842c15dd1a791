"""Reads a ServiceNow tracker with the client of pyxecm and compares it with what our connector read and wrote.

Reads one JSON object on standard input: `base_url`, `username`, `password`, `table`, `tickets` (each `id`, `number`,
`subject`), `file` (`ticket`, `name`, `text`). Writes as `content_server.py` does.
"""

import importlib.metadata
import json
import logging
import os
import sys
import tempfile

from comparing import count_calls, finish, same
from pyxecm_customizer.servicenow import ServiceNow

logging.disable(logging.CRITICAL)


def main():
    count_calls()
    given = json.load(sys.stdin)
    with tempfile.TemporaryDirectory() as folder:
        client = ServiceNow(
            base_url=given["base_url"],
            auth_type="basic",
            client_id="",
            client_secret="",
            username=given["username"],
            password=given["password"],
            download_dir=folder,
        )
        same("sign in", True, client.authenticate("basic") is not None)
        compare(client, given, folder)
    return finish("pyxecm ServiceNow", importlib.metadata.version("pyxecm"))


def compare(client, given, folder):
    table, tickets = given["table"], given["tickets"]
    rows = []
    while True:
        page = client.get_table(table, query="ORDERBYsys_created_on", limit=100, offset=len(rows))
        rows += page or []
        if not page or len(page) < 100:
            break
    same("as many rows by pages of 100 as the connector pulled", len(tickets), len({row["sys_id"] for row in rows}))
    by_id = {row["sys_id"]: row for row in rows}
    names = {"number": "number", "subject": "short_description"}
    for ticket in tickets:
        row = by_id.get(ticket["id"], {})
        expected = {name: ticket[name] for name in names}
        found = {name: row.get(column) for name, column in names.items()}
        same(f"row {ticket['number']}", expected, found)
    one = tickets[0]
    found = client.get_object(table, one["id"])
    same("one row by its id", one["number"], (found or {}).get("result", {}).get("number"))
    picked = client.get_table(table, query=f"number={one['number']}", fields=["number", "sys_id"])
    same("one row by a query, two fields of it", [{"number": one["number"], "sys_id": one["id"]}], picked)
    same("how many rows", len(tickets), client.get_table_count(table))
    same("rows of no table", None, client.get_table("no_such_table"))
    file = given["file"]
    article = {"sys_id": file["ticket"], "number": one["number"]}
    same("files of a row", [file["name"]], [f["file_name"] for f in client.get_article_attachments(article) or []])
    same("fetched", True, client.download_attachments(article))
    path = os.path.join(folder, article["number"], file["name"])
    found = None
    if os.path.exists(path):
        with open(path, "rb") as there:
            found = there.read()
    same("its bytes", file["text"].encode(), found)


if __name__ == "__main__":
    sys.exit(main())
