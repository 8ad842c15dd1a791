"""Judges Lens questions and answers with graphql-core, the Python port of the reference implementation.

Reads one JSON object on standard input: `schema` (SDL) and `asked` (each `query`, `variables`, `answer`). A question is to
be valid where the answer has data, and the data are to be what the question would give by the schema: no field more or
less, every value of its type. Writes as `content_server.py` does.
"""

import importlib.metadata
import json
import sys

import graphql
from comparing import finish, same


def main():
    given = json.load(sys.stdin)
    schema = graphql.build_schema(given["schema"])
    same("the schema", [], graphql.validate_schema(schema))
    for number, asked in enumerate(given["asked"]):
        judge(schema, f"{number}: {asked['query'][:200]}", asked)
    return finish("graphql-core", importlib.metadata.version("graphql-core"))


def judge(schema, name, asked):
    data = asked["answer"].get("data")
    try:
        document = graphql.parse(asked["query"])
        errors = graphql.validate(schema, document)
    except graphql.GraphQLError as error:
        errors = [error]
    if data is None:
        same(f"refused {name}", True, bool(errors))
        return
    same(f"valid {name}", [], [error.message for error in errors])
    if errors:
        return
    found = graphql.execute(
        schema,
        document,
        root_value=data,
        variable_values=asked.get("variables") or {},
        field_resolver=lambda source, info, **_: source.get(info.path.key),
    )
    same(f"types {name}", [], [error.message for error in found.errors or []])
    same(f"shape {name}", data, found.data)


if __name__ == "__main__":
    sys.exit(main())
