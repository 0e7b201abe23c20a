"""A citizen of the demonstration with a browser, and the applications that he signs in to."""

import json
import re
from html import unescape
from pathlib import Path
from urllib.parse import urljoin

import requests
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

# Trần Văn Đức of tests/people.md.
NUMBER, NAME, BORN = "056080000003", "Trần Văn Đức", "12/03/1980"
ISSUED = "28/04/2021"
PASSWORD = "con gà cục tác lá chanh"
BASIS = "Luật Các tổ chức tín dụng 2024, Điều 13"


class Page:
    """What the browser shows."""

    def __init__(self, answer):
        self.url, self.status, self.text = answer.url, answer.status_code, answer.text
        # Where the site wanted to send the browser, and it did not follow.
        self.away = urljoin(answer.url, answer.headers["location"]) if answer.is_redirect else None

    def form(self, beginning: str):
        """The form that leads to an address beginning so: the address, and the values it holds."""
        for head, body in re.findall(r"<form([^>]*)>(.*?)</form>", self.text, re.S):
            action = unescape(re.search(r'action="([^"]*)"', head).group(1))
            if action.startswith(beginning):
                inputs = re.findall(r"<input[^>]*>", body)
                fields = []
                for field in inputs:
                    name = re.search(r'name="([^"]*)"', field)
                    value = re.search(r'value="([^"]*)"', field)
                    if name and ('type="checkbox"' not in field or " checked" in field):
                        fields.append((name.group(1), unescape(value.group(1)) if value else ""))
                return urljoin(self.url, action), fields
        raise AssertionError(f"{self.url} has no form to {beginning}: {self.text[:500]}")


class Browser:
    """Keeps cookies and follows redirects, but not to the places that it is told to stop at."""

    def __init__(self, *stops: str):
        self.session = requests.Session()
        self.session.headers.update({"Accept": "text/html", "Accept-Language": "en"})
        self.stops = stops

    def open(self, address: str, fields=None) -> Page:
        for _ in range(15):
            method = "GET" if fields is None else "POST"
            answer = self.session.request(method, address, data=fields, allow_redirects=False, timeout=30)
            page = Page(answer)
            if not page.away or page.away.startswith(self.stops or "none:"):
                return page
            address, fields = page.away, None
        raise AssertionError("redirected again and again")

    def send(self, page: Page, beginning: str, **own) -> Page:
        """Sends the form of a page, with values of one's own."""
        address, fields = page.form(beginning)
        fields = [(name, value) for name, value in fields if name not in own]
        return self.open(address, fields + list(own.items()))

    def answer(self, page: Page) -> Page:
        """Signs in where that is asked, and agrees to what an application asks for."""
        if "/citizen/sign-in" in page.url:
            page = self.send(page, "/citizen/sign-in", number=NUMBER, password=PASSWORD)
        if "/oidc/ask/" in page.url:
            page = self.send(page, "/oidc/ask/", answer="grant")
        return page


def register(dancu):
    """Gets the citizen an account, with the code that goes to the outbox of messages."""
    browser = Browser()
    page = browser.open(f"{dancu.url}/citizen/register")
    who = {"number": NUMBER, "name": NAME, "birth": BORN, "card": ISSUED}
    page = browser.send(page, "/citizen/register", contact="duc@example.vn", **who)
    assert page.status == 200, page.text
    message = max((dancu.folder / "outbox").glob("*.txt")).read_text("utf-8")
    code = re.search(r"\b(\d{6})\b", message).group(1)
    page = browser.send(page, "/citizen/register/confirm", code=code, password=PASSWORD)
    assert "/citizen/sign-in?new=yes" in page.url, page.text


class Application:
    """A registered application and its private key."""

    def __init__(self, folder: Path, id: str, kind: str, **record):
        self.id, self.callback = id, record["redirect_uris"][0]
        self.key = (
            rsa.generate_private_key(public_exponent=65537, key_size=2048)
            if kind == "RSA"
            else ec.generate_private_key(ec.SECP256R1())
        )
        self.pem = folder / f"{id}.pem"
        encoding, form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
        self.pem.write_bytes(self.key.private_bytes(encoding, form, serialization.NoEncryption()))
        self.public_pem = folder / f"{id}.public.pem"
        public = serialization.PublicFormat.SubjectPublicKeyInfo
        self.public_pem.write_bytes(self.key.public_key().public_bytes(encoding, public))
        private = self.jwk(self.key.private_numbers())
        secret = {"d", "p", "q", "dp", "dq", "qi"}
        public = {name: value for name, value in private.items() if name not in secret}
        self.record = {
            "id": id,
            "name": f"Ứng dụng {id}",
            "name_en": f"Application {id}",
            "agency": "G01",
            "jwks": {"keys": [public]},
            "scopes": {scope: BASIS for scope in ("profile", "personal_number", "offline_access")},
            **record,
        }
        known = {"id": id, "redirect_uris": record["redirect_uris"], "logout_uris": record.get("logout_uris", [])}
        (folder / f"{id}.json").write_text(json.dumps({**known, "key": private}))

    def jwk(self, numbers) -> dict:
        import base64

        def text(number: int, size: int) -> str:
            return base64.urlsafe_b64encode(number.to_bytes(size)).rstrip(b"=").decode()

        def short(number: int) -> str:
            return text(number, (number.bit_length() + 7) // 8)

        public = numbers.public_numbers
        if isinstance(numbers, rsa.RSAPrivateNumbers):
            names = {"d": numbers.d, "p": numbers.p, "q": numbers.q, "dp": numbers.dmp1, "dq": numbers.dmq1, "qi": numbers.iqmp}
            return {"kty": "RSA", "n": short(public.n), "e": short(public.e), **{n: short(v) for n, v in names.items()}}
        point = {"x": text(public.x, 32), "y": text(public.y, 32), "d": text(numbers.private_value, 32)}
        return {"kty": "EC", "crv": "P-256", **point}

    def register(self, dancu, folder: Path):
        """Registers it, as an administrator does."""
        file = folder / "registration.json"
        file.write_text(json.dumps(self.record))
        done = dancu.run("client", "register", str(file))
        assert done.returncode == 0, done.stderr
