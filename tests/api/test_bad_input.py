"""Bad input: a clear problem that names field and rule, in the reader's language, and nothing disclosed."""

import json
import socket
from urllib.parse import urlsplit

import pytest
from integrator import BASIS, HOA


def entries(caller):
    return caller.post("verify", {"number": HOA, "basis": BASIS}).json["entry"]


@pytest.mark.parametrize("token", ["dct_wrong", "x", "dct_" + "A" * 43, "ä"])
def test_a_wrong_token_is_refused(caller, token):
    if not token.isascii():
        token = token.encode().decode("latin-1")
    answer = caller.post("verify", {"number": HOA, "basis": BASIS}, token=token)
    assert (answer.status, answer.code) == (401, "not-signed-in")
    assert answer.headers["www-authenticate"].startswith("Bearer")
    assert HOA.encode() not in answer.body


def test_no_token_is_refused(caller):
    assert caller.post("verify", {"number": HOA, "basis": BASIS}, token="").code == "not-signed-in"


def test_a_token_of_the_console_is_accepted(caller, dancu):
    done = dancu.run("client", "create", "short-lived", "--name", "X", "--agency", "G01", "--roles", "client-verify")
    token = done.stdout.strip()
    assert caller.post("verify", {"number": HOA, "basis": BASIS}, token=token).status == 200


def test_without_a_basis_nothing_is_answered(caller):
    before = entries(caller)
    for basis in (None, {}, {"purpose": "verification"}, {"legal_basis": "Luật Căn cước"}):
        answer = caller.post("verify", {"number": HOA, "full_name": "Nguyễn Thị Hòa", "basis": basis})
        assert (answer.status, answer.code) == (422, "purpose-required"), basis
        assert answer.rules and all(rule == "basis/required" for _, rule in answer.rules)
        assert b"match" not in answer.body
    procedure = {"purpose": "procedure", "legal_basis": "Luật Cư trú 2020"}
    answer = caller.post("citizen", {"number": HOA, "basis": procedure})
    assert answer.rules == {("basis.procedure", "basis/required"), ("basis.dossier", "basis/required")}
    assert entries(caller) == before + 1


@pytest.mark.parametrize(
    ("member", "value", "field", "rule"),
    [
        ("number", "05418300000", "number", "number/digits"),
        ("number", "05418300000x", "number", "personal-number/digits"),
        ("number", "٠٥٤١٨٣٠٠٠٠٠٤", "number", "number/digits"),
        ("birth_date", "31/02/1983", "birth_date", "date/calendar"),
        ("birth_date", "hôm qua", "birth_date", "date/format"),
        ("birth_date", "1/1/1066", "birth_date", "date/range"),
        ("sex", "x", "sex", "sex/value"),
        ("permanent_unit", "2236", "permanent_unit", "unit/digits"),
        ("full_name", "NguyÔn ThÞ Hoµ 3", "full_name", "name/characters"),
        ("full_name", "a" * 101, "full_name", "name/length"),
        ("full_name", 7, "full_name", "json/type"),
        ("ful_name", "x", "ful_name", "json/unknown-field"),
        ("officer", "ai đó", "officer", "officer/format"),
    ],
)
def test_a_wrong_field_is_named_with_its_rule(caller, member, value, field, rule):
    body = {"number": HOA, "basis": BASIS, member: value}
    answer = caller.post("verify", body)
    assert (answer.status, answer.code) == (422, "invalid"), answer.body
    assert (field, rule) in answer.rules
    if isinstance(value, str) and len(value) > 3:
        assert value not in answer.body.decode(), "the value itself is not repeated"


def test_all_wrong_fields_are_named_at_once(caller):
    answer = caller.post("verify", {"number": "1", "birth_date": "x", "sex": "y", "basis": BASIS})
    assert {f for f, _ in answer.rules} == {"number", "birth_date", "sex"}


@pytest.mark.parametrize(
    ("basis", "field", "rule"),
    [
        ({"purpose": "curiosity"}, "basis.purpose", "purpose/unknown"),
        ({"legal_basis": "x"}, "basis.legal_basis", "legal-basis/length"),
        ({"procedure": "1.42"}, "basis.procedure", "procedure/format"),
        ({"dossier": "H32-1"}, "basis.dossier", "dossier/format"),
    ],
)
def test_unknown_codes_are_named(caller, basis, field, rule):
    answer = caller.post("verify", {"number": HOA, "basis": BASIS | basis})
    assert (field, rule) in answer.rules


def test_the_readers_language_is_spoken(caller):
    vi = caller.post("verify", {"number": "1", "basis": BASIS}, Accept_Language="vi")
    en = caller.post("verify", {"number": "1", "basis": BASIS}, Accept_Language="en-GB,en;q=0.9,vi;q=0.1")
    assert (vi.json["type"], vi.headers["content-language"]) == (en.json["type"], "vi")
    assert en.headers["content-language"] == "en"
    assert "chữ số" in vi.body.decode() and "digits" in en.body.decode()


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"", 400, "malformed"),
        (b'{"number": "0541', 400, "malformed"),
        (b"[" * 5000, 422, "invalid"),
        ('{"number": "054183000004", "full_name": "Nguyễn"}'.encode("utf-16"), 400, "malformed"),
        ('{"number": "054183000004", "full_name": "Nguy\u00ean"}'.encode("cp1258"), 400, "malformed"),
        (json.dumps({"number": HOA, "full_name": "a" * 100_000}).encode(), 413, "too-large"),
    ],
)
def test_a_body_that_cannot_be_read(caller, body, status, code):
    answer = caller.post("verify", body)
    assert (answer.status, answer.code) == (status, code)


def test_a_wrong_content_type(caller):
    assert caller.post("verify", {"number": HOA}, Content_Type="text/plain").code == "unsupported-media-type"
    assert caller.post("verify-batch?purpose=x", b"number\n", Content_Type="application/json").code == "unsupported-media-type"


def test_wrong_paths_and_methods(caller):
    assert caller.send("GET", "/api/population/verify").code == "method-not-allowed"
    assert caller.send("GET", "/api/population/nothing").code == "not-found"
    assert caller.send("GET", "/ledger/tile/0/x1", token="").status == 404
    assert caller.send("GET", "/ledger/inclusion/99999999", token="").status == 404


def test_wrong_batches(caller):
    query = "purpose=verification&legal_basis=Luat"
    for file, code in [
        (b"", "batch-file"),
        ("họ tên\nLan\n".encode(), "batch-file"),
        ("số,số định danh\n1,2\n".encode(), "batch-file"),
        ("number,họ tên\n1,Nguyễn\n".encode("utf-16"), "batch-file"),
    ]:
        assert caller.post(f"verify-batch?{query}", file, Content_Type="text/csv").code == code, file


def test_what_is_not_granted_is_refused_and_entered(caller):
    before = entries(caller)
    # The demonstration's system may verify, but record nothing.
    act = {"kind": "death", "person": 3}
    answer = caller.post("acts", {"effective": "2026-01-01", "evidence": "x", "act": act, "basis": BASIS})
    assert (answer.status, answer.code) == (403, "forbidden")
    assert caller.post("verify", {"number": "056080000003", "basis": BASIS}).json["result"] == "match"
    assert entries(caller) >= before


def test_a_head_without_end_is_cut_off(caller):
    where = urlsplit(caller.url)
    with socket.create_connection((where.hostname, where.port), timeout=30) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n")
        try:
            for _ in range(40):
                connection.sendall(b"X-Long: " + b"a" * 8_000 + b"\r\n")
        except (ConnectionResetError, BrokenPipeError):
            return
        assert connection.recv(20).startswith(b"HTTP/1.1 431")
