"""Opens letters with pypdf and reads them.

Reads one JSON object on standard input: `letters`, each `name`, `pdf` (Base64) and the `words` that must stand in it.
Writes as `content_server.py` does.
"""

import base64
import importlib.metadata
import io
import json
import re
import sys

import pypdf
from comparing import finish, same


def main():
    for letter in json.load(sys.stdin)["letters"]:
        judge(letter["name"], base64.b64decode(letter["pdf"]), letter["words"])
    return finish("pypdf", importlib.metadata.version("pypdf"))


def judge(name, pdf, words):
    # Strict: what a lenient reader would mend is a fault here.
    reader = pypdf.PdfReader(io.BytesIO(pdf), strict=True)
    same(f"{name}: readable by anybody", False, reader.is_encrypted)
    same(f"{name}: a page or more", True, len(reader.pages) > 0)
    text = re.sub(r"\s+", " ", " ".join(page.extract_text() for page in reader.pages))
    for word in words:
        same(f"{name}: says {word!r}", True, word in text)


if __name__ == "__main__":
    sys.exit(main())
