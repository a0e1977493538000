"""A mail server for tests: takes letters, reads them with Python's own parser, and refuses what it is told to refuse.

Arguments: security (tls, starttls, none), a PEM file with certificate and key (not for none), and NAME:PASSWORD or nothing. Writes its port as the first line, then
each letter that it took as a line of JSON. Reads orders as lines of JSON: {"to": "rcpt"|"mail"|"data"|"hello", "answers": ["550 no", ...]}.
"""
import asyncio
import email
import email.policy
import html.parser
import json
import logging
import ssl
import sys
import threading

from aiosmtpd.smtp import SMTP, AuthResult

security, pem, login = sys.argv[1], sys.argv[2], sys.argv[3] if len(sys.argv) > 3 else ""
orders = {"rcpt": [], "mail": [], "data": [], "hello": []}
logging.disable(logging.WARNING)


class Elements(html.parser.HTMLParser):
    """Which elements and attributes there are."""

    def __init__(self, text):
        super().__init__()
        self.found = set()
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.found |= {tag} | {f"{tag} {name}" for name, _ in attrs}


def say(what):
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


def ordered(where):
    return orders[where].pop(0) if orders[where] else None


class Handler:
    async def handle_EHLO(self, server, session, envelope, hostname, responses):
        session.host_name = hostname
        refused = ordered("hello")
        return [refused] if refused else responses

    async def handle_MAIL(self, server, session, envelope, address, options):
        refused = ordered("mail")
        if refused:
            return refused
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(self, server, session, envelope, address, options):
        refused = ordered("rcpt")
        if refused:
            return refused
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        refused = ordered("data")
        if refused == "hang up":
            server.transport.abort()
            return "250 too late"
        if refused:
            return refused
        raw = envelope.original_content
        message = email.message_from_bytes(raw, policy=email.policy.default)
        parts = {part.get_content_type(): part for part in message.walk() if not part.is_multipart()}
        body = parts["text/html"].get_content()
        say({
            "envelope": [envelope.mail_from, envelope.rcpt_tos],
            "hello": session.host_name,
            "secure": session.ssl is not None or security == "tls",
            "headers": [[name.lower(), str(value)] for name, value in message.items()],
            "from": [[one.display_name, one.addr_spec] for one in message["from"].addresses],
            "to": [one.addr_spec for one in message["to"].addresses],
            "type": message.get_content_type(),
            "parts": sorted(parts),
            "text": parts["text/plain"].get_content(),
            "html": body,
            "elements": sorted(Elements(body).found),
            "defects": [str(defect) for part in message.walk() for defect in part.defects]
            + [str(defect) for _, value in message.items() for defect in getattr(value, "defects", [])],
            "ascii": raw.isascii(),
            "longest": max(len(line) for line in raw.split(b"\r\n")),
            "bytes": len(raw),
        })
        return "250 2.0.0 Ok: queued"


def authenticate(server, session, envelope, mechanism, data):
    name, password = login.split(":", 1)
    return AuthResult(success=data.login == name.encode() and data.password == password.encode(), handled=False)


async def main():
    context = None
    if security != "none":
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(pem)
    needs = bool(login)

    def protocol():
        return SMTP(
            Handler(),
            hostname="sink.example",
            tls_context=context if security == "starttls" else None,
            require_starttls=security == "starttls",
            auth_required=needs,
            auth_require_tls=security == "starttls",
            authenticator=authenticate if needs else None,
        )

    loop = asyncio.get_running_loop()
    server = await loop.create_server(protocol, "127.0.0.1", 0, ssl=context if security == "tls" else None)
    say(server.sockets[0].getsockname()[1])

    def listen():
        for line in sys.stdin:
            order = json.loads(line)
            orders[order["to"]] = list(order["answers"])
            say("ordered")
        loop.call_soon_threadsafe(loop.stop)

    threading.Thread(target=listen, daemon=True).start()
    await asyncio.Event().wait()


try:
    asyncio.run(main())
except RuntimeError:
    pass
