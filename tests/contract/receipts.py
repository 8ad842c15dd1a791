"""Reads receipts of AS2 with the MIME library of Python and compares them with what they must say (RFC 3798, RFC 4130).

Reads one JSON object on standard input: `receipts`, each `media_type`, `body`, and the expected `message_id`,
`recipient`, `disposition` and `mic`. Writes as `content_server.py` does.
"""

import email
import email.policy
import json
import platform
import sys

from comparing import finish, same


def main():
    for number, receipt in enumerate(json.load(sys.stdin)["receipts"]):
        judge(f"{number}: {receipt['message_id']}", receipt)
    return finish("email of Python", platform.python_version())


def judge(name, receipt):
    whole = f"Content-Type: {receipt['media_type']}\r\n\r\n{receipt['body']}"
    report = email.message_from_string(whole, policy=email.policy.HTTP)
    defects = [str(defect) for part in report.walk() for defect in part.defects]
    kind = (report.get_content_type(), report.get_param("report-type"), defects)
    same(f"report {name}", ("multipart/report", "disposition-notification", []), kind)
    people, machine = report.get_payload()
    kinds = (people.get_content_type(), machine.get_content_type())
    same(f"parts {name}", ("text/plain", "message/disposition-notification"), kinds)
    # The library reads the fields of a notification as the head of a message of their own.
    fields = machine.get_payload(0)
    same(f"message {name}", receipt["message_id"], fields["Original-Message-ID"])
    same(f"recipient {name}", f"rfc822; {receipt['recipient']}", fields["Final-Recipient"])
    same(f"disposition {name}", receipt["disposition"], fields["Disposition"])
    same(f"hash {name}", f"{receipt['mic']}, sha-256", fields["Received-Content-MIC"])


if __name__ == "__main__":
    sys.exit(main())
