"""A caller of the programming interface, with the token that the demonstration prints."""

import json
import urllib.error
import urllib.parse
import urllib.request

BASIS = {"purpose": "verification", "legal_basis": "Luật Căn cước 2023, Điều 10"}
PROCEDURE = {
    "purpose": "procedure",
    "legal_basis": "Luật Cư trú 2020, Điều 38",
    "procedure": "1.004222",
    "dossier": "000.00.01.H32-261121-0001",
}
HOA = "054183000004"


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def code(self):
        """The stable code of a problem document."""
        assert self.headers["content-type"] == "application/problem+json", self.headers["content-type"]
        kind = self.json["type"]
        assert kind.startswith("/problems/"), kind
        assert self.json["status"] == self.status
        return kind.removeprefix("/problems/")

    @property
    def rules(self):
        return {(e["field"], e["rule"]) for e in self.json["errors"]}


class Caller:
    def __init__(self, dancu):
        self.url = dancu.url
        self.token = dancu.said(r"DANCU_TOKEN=(\S+)").group(1)

    def send(self, method, path, body=None, token=None, **headers):
        token = self.token if token is None else token
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if token:
            sent.setdefault("Authorization", f"Bearer {token}")
        request = urllib.request.Request(self.url + path, method=method, data=body, headers=sent)
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return Answer(answer.status, answer.headers, answer.read())
        except urllib.error.HTTPError as error:
            return Answer(error.code, error.headers, error.read())

    def post(self, route, body, **headers):
        if not isinstance(body, bytes):
            body = json.dumps(body, ensure_ascii=False).encode()
        headers.setdefault("Content_Type", "application/json")
        return self.send("POST", f"/api/population/{route}", body, **headers)

    def get(self, path, **query):
        return self.send("GET", path + ("?" + urllib.parse.urlencode(query) if query else ""))
