"""E-mail through a mail server that others wrote (aiosmtpd), over TLS and signed in; a gateway for SMS over HTTP."""

import email
import email.policy
import json
import os
import re
import ssl
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult
from apache import eventually, free_port
from certificates import made
from citizen import BORN, ISSUED, NAME, NUMBER, PASSWORD, Browser

USER, SECRET = "dancu", "mật-khẩu-thư"
ADDRESS = "duc@example.vn"
WHO = {"number": NUMBER, "name": NAME, "birth": BORN, "card": ISSUED}


class Mailbox:
    """What the mail server took, and whom it knows."""

    def __init__(self):
        self.taken, self.tries = [], 0

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.startswith("khongco"):
            return f"550 5.1.1 <{address}> no such user"
        self.tries += 1
        if self.tries == 1:
            return "451 4.7.1 greylisted, try again"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        self.taken.append((session.auth_data, envelope))
        return "250 taken"

    def sign_in(self, server, session, envelope, mechanism, data):
        good = (data.login, data.password) == (USER.encode(), SECRET.encode())
        return AuthResult(success=good, auth_data=data.login)


@contextmanager
def mail_server(folder, port, mailbox, protection):
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(folder / "server.pem", folder / "server.key")
    begins = {"ssl_context": context, "auth_require_tls": False}
    if protection == "starttls":
        begins = {"tls_context": context, "require_starttls": True}
    server = Controller(
        mailbox, hostname="127.0.0.1", port=port, authenticator=mailbox.sign_in, auth_required=True, **begins
    )
    server.start()
    try:
        yield
    finally:
        server.stop()


def put(folder, to: str, text: str):
    """Puts a message into the outbox as dancu does."""
    draft = folder / f"outbox/1800000000000000-{os.urandom(8).hex()}.new"
    draft.write_text(f"To: {to}\n\n{text}\n", "utf-8")
    draft.rename(draft.with_suffix(".txt"))


# The connection is encrypted before the server knows of it, so that it cannot be asked to insist.
@pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")
@pytest.mark.parametrize("protection", ["tls", "starttls"])
def test_a_code_arrives_by_mail(start, tmp_path, protection):
    authority = made(tmp_path, "authority", authority=True)
    made(tmp_path, "server", issuer=authority)
    port = free_port()
    settings = {
        "DANCU_PROVIDER__MAIL__SERVER": "127.0.0.1",
        "DANCU_PROVIDER__MAIL__PORT": port,
        "DANCU_PROVIDER__MAIL__SECURITY": protection,
        "DANCU_PROVIDER__MAIL__USER": USER,
        "DANCU_PROVIDER__MAIL__FROM": "Định danh <no-reply@dancu.example>",
        "DANCU_PROVIDER__MAIL__CA": tmp_path / "authority.pem",
        "DANCU_MAIL_PASSWORD": SECRET,
    }
    mailbox = Mailbox()
    with start(**settings) as dancu:
        outbox = dancu.folder / "outbox"
        browser = Browser()
        page = browser.open(f"{dancu.url}/citizen/register")
        page = browser.send(page, "/citizen/register", **WHO, contact=ADDRESS)
        assert page.status == 200, "the mail server is down, and nobody need wait for it"
        check = dancu.run("config", "check")
        assert check.returncode == 2 and "✗ SMTP: connection" in check.stdout, check.stdout
        assert SECRET not in check.stdout
        assert len(list(outbox.glob("*.txt"))) == 1
        with mail_server(tmp_path, port, mailbox, protection):
            assert eventually(lambda: mailbox.taken, 60), (dancu.folder / "server.log").read_text()
            check = dancu.run("config", "check")
            assert check.returncode == 0 and "✓ SMTP" in check.stdout, check.stdout
            [(login, envelope)] = mailbox.taken
            assert (login, envelope.rcpt_tos) == (USER.encode(), [ADDRESS])
            message = email.message_from_bytes(envelope.content, policy=email.policy.default)
            assert message["from"] == "Định danh <no-reply@dancu.example>"
            assert (message["to"], message["auto-submitted"]) == (ADDRESS, "auto-generated")
            assert re.fullmatch(r"<\d+-[0-9a-f]{16}@dancu\.example>", message["message-id"])
            code = re.search(r"\b(\d{6})\b", message.get_content()).group(1)
            page = browser.send(page, "/citizen/register/confirm", code=code, password=PASSWORD)
            assert "/citizen/sign-in?new=yes" in page.url, page.text
            # What the server refuses for good is put aside with the code of its answer.
            put(dancu.folder, "email:khongco@example.vn", "…")
            aside = lambda: list((outbox / "undelivered").glob("*.txt"))
            assert eventually(aside)
            assert "\nReason: 550\n" in aside()[0].read_text("utf-8")
            assert eventually(lambda: not list(outbox.glob("*.txt")))
        assert len(mailbox.taken) == 1, "it came once"
        log = (dancu.folder / "server.log").read_text("utf-8")
        assert "could not be delivered" in log
        assert not any(word in log for word in (ADDRESS, "khongco", code, SECRET)), log


def test_a_code_arrives_by_sms(start):
    heard = []

    class Gateway(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["content-length"]))
            heard.append((self.headers, json.loads(body)))
            # The first try is answered with an error, as a gateway does that is being started.
            self.send_response(503 if len(heard) == 1 else 200)
            self.end_headers()

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Gateway)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    settings = {
        "DANCU_PROVIDER__SMS__URL": f"http://127.0.0.1:{server.server_port}/send",
        "DANCU_PROVIDER__SMS__HEADER": "Authorization",
        "DANCU_SMS_SECRET": "Bearer s3cret-of-the-gateway",
    }
    with start(**settings) as dancu:
        browser = Browser()
        page = browser.open(f"{dancu.url}/citizen/register")
        page = browser.send(page, "/citizen/register", **WHO, contact="0905 123 456")
        assert eventually(lambda: len(heard) == 2, 30), (dancu.folder / "server.log").read_text()
        (_, first), (headers, body) = heard
        assert (headers["authorization"], body["to"]) == ("Bearer s3cret-of-the-gateway", "+84905123456")
        assert first == body, "the same identifier at each try"
        code = re.search(r"\b(\d{6})\b", body["text"]).group(1)
        page = browser.send(page, "/citizen/register/confirm", code=code, password=PASSWORD)
        assert "/citizen/sign-in?new=yes" in page.url, page.text
        assert eventually(lambda: not list((dancu.folder / "outbox").glob("*.txt")))
        log = (dancu.folder / "server.log").read_text("utf-8")
        assert not any(word in log for word in ("0905123456", "905123456", code, "s3cret")), log
    server.shutdown()
