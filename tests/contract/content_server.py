"""Drives a Content Server with OpenText's own client, pyxecm, and compares what is read back with what was written.

Reads one JSON object on standard input: `host`, `port`, `prefix` (path before `/cs/cs` and `/otdsws`), `username`,
`password`, `otds_client`, `otds_secret`, `system`, `case_number`, `case_id`. Writes one JSON object per comparison,
`{"step", "ok", "detail"}`, and last `{"peer", "version", "calls", "compared", "endpoints"}`. Ends with 1 when a
comparison failed.
"""

import importlib.metadata
import json
import logging
import os
import sys
import tempfile
import traceback

# Nothing is reported anywhere.
os.environ["OTEL_SDK_DISABLED"] = "true"

import pyxecm.otcs
import pyxecm.otds
from comparing import count_calls, finish, same, there

# The client waits half a minute before it signs in again; nothing here needs that.
pyxecm.otcs.REQUEST_RETRY_DELAY = 0
logging.disable(logging.CRITICAL)

CASE = "Customer case"


def properties(answer):
    return ((answer or {}).get("results") or {}).get("data", {}).get("properties", {})


def names(answer):
    return [row["data"]["properties"]["name"] for row in (answer or {}).get("results", [])]


class Suite:
    """One run over one server."""

    def __init__(self, given):
        self.given = given
        self.server = self.client(username=given["username"], password=given["password"])

    def client(self, **credentials):
        return pyxecm.otcs.OTCS(
            protocol="http",
            hostname=self.given["host"],
            port=self.given["port"],
            base_path=self.given["prefix"] + "/cs/cs",
            **credentials,
        )

    def run(self):
        """Every part; one that cannot go on is a failed comparison, and the next one begins."""
        for part in (
            self.sign_in,
            self.workspace_types,
            self.find,
            self.create,
            self.change,
            self.children,
            self.upload,
            self.versions,
            self.categories,
            self.sets,
            self.search,
            self.audit,
            self.rename_and_delete,
            self.members,
            self.refusals,
        ):
            try:
                part()
            except Exception as error:
                line = traceback.extract_tb(error.__traceback__)[1].lineno
                same(f"{part.__name__}, line {line}", None, f"{type(error).__name__}: {error}")

    def sign_in(self):
        given = self.given
        there("authenticate by password", self.server.authenticate())
        by_password = self.otds(username=given["username"], password=given["password"])
        there("OTDS ticket by password", by_password.authenticate())
        self.exchanged("OTDS ticket", otds_ticket=by_password._otds_ticket)
        by_client = self.otds(client_id=given["otds_client"], client_secret=given["otds_secret"])
        there("OTDS token by client credentials", by_client.authenticate())
        self.exchanged("OTDS token", otds_token=by_client._token)

    def otds(self, **credentials):
        # The client has no base path for OTDS; it writes the port as it is given.
        port = f"{self.given['port']}{self.given['prefix']}"
        return pyxecm.otds.OTDS(protocol="http", hostname=self.given["host"], port=port, **credentials)

    def exchanged(self, what, **credentials):
        client = self.client(**credentials)
        there(f"authenticate by {what}", client.authenticate())
        same(f"read by {what}", "Enterprise", properties(client.get_node(2000)).get("name"))

    def workspace_types(self):
        types = there("workspace types", self.server.get_workspace_types())
        found = self.server.get_result_values(types, "wksp_type_name") or []
        same("their names", True, CASE in found)
        self.type = next(
            row["data"]["properties"] for row in types["results"] if row["data"]["properties"]["wksp_type_name"] == CASE
        )
        self.template = self.type["templates"][0]["id"]
        same("name of a type", CASE, self.server.get_workspace_type_name(self.type["wksp_type_id"]))
        same("type by name", True, self.server.get_workspace_type_by_name(CASE) is not None)
        form = self.server.get_workspace_create_form(template_id=self.template, parent_id=2000)
        same("form of a workspace", True, bool((form or {}).get("forms")))

    def find(self):
        given = self.given
        found = self.of_case(given["case_id"])
        same("workspace of a case by its business object", True, given["case_number"] in found.get("name", ""))
        name = found.get("name", "")
        by_name = self.server.get_workspace_by_type_and_name(type_name=CASE, name=name)
        same("the same by type and name", [name], names(by_name))
        by_id = self.server.get_workspace_by_type_and_name(
            type_id=self.type["wksp_type_id"], name=f"contains_{given['case_number']}", page=1, limit=10, sort="asc_name"
        )
        same("the same by type id and part of its name", [name], names(by_id))
        read = self.server.get_workspace(found["id"])
        same("the same by id", name, properties(read).get("name"))
        some = list(self.server.get_workspace_instances_iterator(type_name=CASE, page_size=10, limit=40))
        ids = [row["data"]["properties"]["id"] for row in some]
        same("forty by pages of ten", (40, 40), (len(ids), len(set(ids))))
        same("nobody's business object", {}, self.of_case("no-such"))

    def create(self):
        category = self.category_of_template()
        made = self.server.create_workspace(
            workspace_template_id=self.template,
            workspace_name="Contract – Größe 7 ✓",
            workspace_description="Made by the client",
            workspace_type=self.type["wksp_type_id"],
            category_data={str(category): {f"{category}_2": "Open", f"{category}_3": "Umberfield"}},
            external_system_id=self.given["system"],
            bo_type="case",
            bo_id="contract-1",
            parent_id=2000,
        )
        node = there("create a workspace", (made or {}).get("results", {}).get("id"))
        read = properties(self.server.get_workspace(node))
        same("its name", "Contract – Größe 7 ✓", read.get("name"))
        same("its description", "Made by the client", read.get("description"))
        same("its subtype", 848, read.get("type"))
        again = self.of_case("contract-1")
        same("by its business object", node, again.get("id"))
        same("its category", "Open", self.server.get_category_value(node, category, 2))
        self.category, self.workspace = category, node

    def of_case(self, case):
        """Properties of the workspace of a case; none where there is none."""
        return properties(self.server.get_workspace_by_business_object(self.given["system"], "case", case))

    def category_of_template(self):
        ids = self.server.get_node_category_ids(self.of_case(self.given["case_id"])["id"])
        return there("categories of a workspace", ids)[0]

    def change(self):
        workspace = self.workspace
        changed = self.server.update_workspace(
            workspace_id=workspace,
            workspace_description="Changed by the client",
            category_data={str(self.category): {f"{self.category}_2": "Closed"}},
        )
        there("update a workspace", changed)
        read = properties(self.server.get_workspace(workspace))
        same("the new description", "Changed by the client", read.get("description"))
        same("the new value", "Closed", self.server.get_category_value(workspace, self.category, 2))

    def children(self):
        workspace = self.workspace
        for number in range(1, 31):
            made = self.server.create_item(
                parent_id=workspace, item_type=0, item_name=f"Folder {number:02}", item_description=f"No. {number}"
            )
            if not made:
                same(f"create folder {number}", True, False)
        expected = [f"Folder {number:02}" for number in range(1, 31)]
        first = self.server.get_subnodes(workspace, limit=25)
        second = self.server.get_subnodes(workspace, limit=25, page=2)
        same("children by pages", expected, sorted(names(first) + names(second)))
        same("first page", 25, len(names(first)))
        walked = list(self.server.get_subnodes_iterator(workspace, page_size=7))
        same("children by an iterator", expected, sorted(row["data"]["properties"]["name"] for row in walked))
        one = self.server.get_node_by_parent_and_name(workspace, "Folder 17")
        found = (one or {}).get("results")
        found = found[0] if isinstance(found, list) else found
        found = (found or {}).get("data", {}).get("properties", {})
        same("child by name", ("Folder 17", "No. 17", 0), tuple(found.get(k) for k in ("name", "description", "type")))
        deep = self.server.get_node_by_workspace_and_path(workspace, ["Folder 17", "Inside"], create_path=True)
        inside = there("path made on the way", deep)
        again = self.server.get_node_by_workspace_and_path(workspace, ["Folder 17", "Inside"])
        same(
            "path found again",
            self.server.get_result_value(inside, "id"),
            self.server.get_result_value(again, "id"),
        )

    def upload(self):
        workspace = self.workspace
        self.bytes = "Zeile eins\nžluťoučký kůň ✓\n".encode()
        category = self.category
        made = self.server.upload_file_to_parent(
            parent_id=workspace,
            file_name="Schaden – Foto №1.txt",
            file_content=self.bytes,
            mime_type="text/plain",
            description="As it came",
            category_data={str(category): {f"{category}_2": "Filed"}},
        )
        document = self.server.get_result_value(there("upload a document", made), "id")
        read = properties(self.server.get_node(document))
        same(
            "its properties",
            ("Schaden – Foto №1.txt", 144, workspace, len(self.bytes), "text/plain", "As it came"),
            tuple(read.get(k) for k in ("name", "type", "parent_id", "size", "mime_type", "description")),
        )
        same("its category", "Filed", self.server.get_category_value(document, category, 2))
        same("its bytes", self.bytes, self.server.get_document_content(document))
        self.document = document

    def versions(self):
        document = self.document
        second = b"%PDF-1.4 second version \x00\xff"
        there(
            "add a version",
            self.server.add_document_version(
                document,
                file_content=second,
                file_name="second.pdf",
                mime_type="application/pdf",
                description="Corrected",
            ),
        )
        versions = self.server.get_document_versions(document)
        rows = versions.get("results", []) if isinstance(versions, dict) else versions
        rows = [row["data"]["versions"] for row in rows]
        same("versions", [1, 2], sorted(row["version_number"] for row in rows))
        last = max(rows, key=lambda row: row["version_number"])
        same(
            "the second",
            (len(second), "application/pdf", "Corrected"),
            tuple(last.get(k) for k in ("file_size", "mime_type", "description")),
        )
        same("bytes of the second", second, self.server.get_document_content(document))
        same("bytes of the first", self.bytes, self.server.get_document_content(document, "1"))
        with tempfile.TemporaryDirectory() as folder:
            for version, expected in (("", second), ("1", self.bytes)):
                path = os.path.join(folder, f"v{version}.bin")
                there(f"download {version or 'latest'}", self.server.download_document(document, path, version))
                with open(path, "rb") as file:
                    same(f"downloaded {version or 'latest'}", expected, file.read())

    def categories(self):
        document, server, category = self.document, self.server, self.category
        there("set a value", server.set_category_value(document, "Closed", category, 2))
        same("the value", "Closed", server.get_category_value(document, category, 2))
        there("set several values", server.set_category_value(document, ["a", "b, c", "ž"], category, 6))
        same("the values", ["a", "b, c", "ž"], server.get_category_value(document, category, 6))
        same("ids of categories", [category], server.get_node_category_ids(document))
        one = server.get_node_category(document, category)
        same("one category", True, bool((one or {}).get("results")))
        there("inherit", server.set_category_inheritance(document, category, enable=True))
        there("inherit no more", server.set_category_inheritance(document, category, enable=False))

    def sets(self):
        workspace = self.workspace
        server, category = self.server, self.category
        there("set a value of a set row", server.set_category_value(workspace, "row two", category, 2, set_id=7, set_row=2))
        same("the value of the row", "row two", server.get_category_value(workspace, category, 2, set_id=7, set_row=2))
        folder = server.create_item(parent_id=workspace, item_type=0, item_name="Bare")
        bare = server.get_result_value(folder, "id")
        there("assign a category", server.assign_category(bare, category))
        same("it is assigned", [category], server.get_node_category_ids(bare))
        there("set its values", server.set_category_values(bare, category, {f"{category}_2": "Set"}))
        same("its value", "Set", server.get_category_value(bare, category, 2))

    def search(self):
        document = self.document
        found = self.server.search('OTName:"Schaden*"')
        ids = self.server.get_result_values(found, "id") or []
        same("search by name", True, document in ids)
        pages = list(self.server.search_iterator('OTSubType:848', page_size=20, limit=60))
        ids = [row["data"]["properties"]["id"] for row in pages]
        same("search by pages of twenty", (60, 60), (len(ids), len(set(ids))))
        since = self.server.search('OTModifyDate >= "20000101"', limit=5)
        same("search by date", 5, len(since["results"]) if since else None)

    def audit(self):
        document = self.document
        def page(**wanted):
            return (self.server.get_node_audit(document, **wanted) or {}).get("results", {}).get("data", {}).get("audit", [])

        rows = page()
        same("audit of a document is there", True, len(rows) >= 2)
        same("newest first", sorted((row["audit_date"] for row in rows), reverse=True), [row["audit_date"] for row in rows])
        walked = [row for number in range(1, len(rows) + 1) for row in page(limit=1, page=number)]
        same("audit by pages of one", rows, walked)

    def rename_and_delete(self):
        workspace, document = self.workspace, self.document
        server = self.server
        there("rename", server.rename_node(document, "Renamed.pdf", "Another description"))
        read = properties(server.get_node(document))
        same("the new name", ("Renamed.pdf", "Another description"), (read.get("name"), read.get("description")))
        folder = server.create_item(parent_id=workspace, item_type=0, item_name="Target")
        target = server.get_result_value(folder, "id")
        there("move", server.update_item(document, parent_id=target))
        same("moved", target, properties(server.get_node(document)).get("parent_id"))
        there("delete", server.delete_node(document))
        same("it is gone", None, server.get_node(document))
        same("its folder is empty", [], names(server.get_subnodes(target)))

    def members(self):
        users = self.server.get_users(where_type=0, limit=100)
        same("users", True, bool((users or {}).get("results")))
        groups = self.server.get_groups()
        same("groups", True, bool((groups or {}).get("results")))

    def refusals(self):
        workspace = self.workspace
        server = self.server
        same("unknown node", None, server.get_node(987654321))
        first = server.create_item(parent_id=workspace, item_type=0, item_name="Twice")
        same("a folder", True, first is not None)
        same("the same name again", None, server.create_item(parent_id=workspace, item_type=0, item_name="Twice"))
        upload = {
            "parent_id": workspace,
            "file_name": "twice.txt",
            "file_content": b"x",
            "mime_type": "text/plain",
        }
        same("a document", True, server.upload_file_to_parent(**upload) is not None)
        same("the same document again", None, server.upload_file_to_parent(**upload))
        # A ticket that died: it signs in again by itself.
        server.set_otcs_ticket("dead")
        same("after its ticket died", "Enterprise", properties(server.get_node(2000)).get("name"))
        wrong = self.client(username=self.given["username"], password="wrong")
        same("a wrong password", None, wrong.authenticate())


def main():
    count_calls()
    Suite(json.load(sys.stdin)).run()
    return finish("pyxecm", importlib.metadata.version("pyxecm"))


if __name__ == "__main__":
    sys.exit(main())
