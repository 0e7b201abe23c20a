"""The look-ups over HTTP, as an integrator meets them."""

import unicodedata

from integrator import BASIS, HOA, PROCEDURE


def test_a_number_is_verified_and_nothing_else_is_said(caller):
    answer = caller.post("verify", {"number": HOA, "full_name": "nguyễn thị hoà", "birth_date": "1990", "basis": BASIS})
    assert answer.status == 200
    said = answer.json
    assert said["result"] == "mismatch"
    assert said["fields"] == {"personal-number": "match", "full-name": "match", "birth-date": "mismatch"}
    assert set(said) == {"result", "fields", "entry", "at"}
    assert answer.headers["cache-control"] == "no-store"


def test_names_in_decomposed_form_are_the_same_names(caller):
    name = unicodedata.normalize("NFD", "Nguyễn Thị Hòa")
    answer = caller.post("verify", {"number": HOA, "full_name": name, "basis": BASIS})
    assert answer.json["result"] == "match"


def test_a_former_number_finds_the_person(caller):
    answer = caller.post("verify", {"number": "220000013", "sex": "Nữ", "basis": BASIS})
    assert answer.json["result"] == "match"
    answer = caller.post("confirm-number", {"personal_number": HOA, "former_number": "220000014", "basis": BASIS})
    assert answer.status in (200, 403)


def test_nobody_has_the_number(caller):
    answer = caller.post("verify", {"number": "001099999999", "basis": BASIS})
    assert (answer.status, answer.json["result"]) == (200, "not-found")


def test_the_head_of_household(caller):
    duc = caller.post("verify-head", {"number": "056080000003", "basis": PROCEDURE})
    hoa = caller.post("verify-head", {"number": HOA, "basis": PROCEDURE})
    assert (duc.json["result"], hoa.json["result"]) == ("match", "mismatch")


def test_a_citizen_is_shown_as_far_as_granted(caller):
    answer = caller.post("citizen", {"number": HOA, "basis": PROCEDURE, "officer": "lan.tt"})
    assert answer.status == 200, answer.body
    person = answer.json["person"]
    assert person["full-name"] == "Nguyễn Thị Hòa"
    assert person["permanent-residence"]["new_unit"] == "22366"
    assert "Nha Trang" in person["permanent-residence"]["new_unit_name"]
    assert "contact" not in person and "religion" not in person
    fewer = caller.post("citizen", {"number": HOA, "fields": ["sex", "religion"], "basis": PROCEDURE})
    assert fewer.json["person"] == {"sex": "female"}


def test_an_entry_stands_in_the_public_tree(caller):
    entry = caller.post("verify", {"number": HOA, "basis": BASIS}).json["entry"]
    proof = caller.send("GET", f"/ledger/inclusion/{entry}", token="")
    assert proof.status == 200 and proof.json["size"] > entry
    for public in ("/ledger/checkpoint", "/ledger/key", "/health"):
        assert caller.send("GET", public, token="").status == 200, public


def test_the_feed_goes_on_where_the_consumer_stopped(caller):
    asked = {"purpose": "residence", "legal_basis": "Luật Cư trú 2020"}
    first = caller.get("/api/population/changes", after=0, limit=5, **asked).json
    assert [c["seq"] for c in first["changes"]] == [1, 2, 3, 4, 5] and first["next"] == 5
    again = caller.get("/api/population/changes", after=3, limit=2, **asked).json
    assert again["changes"] == first["changes"][3:]
    end = caller.get("/api/population/changes", after=10**9, **asked).json
    assert end == {"changes": [], "next": 10**9}


def test_a_batch_is_answered_row_for_row(caller):
    file = f"Số định danh,Họ và tên\n{HOA},Nguyễn Thị Hoà\n001099999999,Ai Đó\nxyz,Ai\n".encode()
    query = "purpose=verification&legal_basis=Lu%E1%BA%ADt%20C%C4%83n%20c%C6%B0%E1%BB%9Bc"
    answer = caller.post(f"verify-batch?{query}", file, Content_Type="text/csv")
    lines = answer.body.decode().splitlines()
    assert lines[0] == "row,number,full-name,overall,entry,fault"
    assert lines[1].startswith("1,match,match,match,")
    assert lines[2].startswith("2,not-found,not-found,not-found,")
    assert lines[3].endswith("invalid,,1:number/digits")
    assert lines[4:] == ["end,3"]


def test_the_interface_is_described(caller):
    described = caller.send("GET", "/api/openapi.json", token="").json
    paths = {p.removeprefix("/api/population/") for p in described["paths"]}
    assert {"/api/eid/applications", "/api/eid/applications/{id}"} <= set(described["paths"])
    assert {"verify", "verify-head", "citizen", "confirm-number", "residence-confirmation", "verify-batch", "changes"} <= paths


def test_metrics_name_routes_and_nobody(caller):
    caller.post("verify", {"number": HOA, "basis": BASIS})
    text = caller.send("GET", "/metrics", token="").body.decode()
    assert 'route="/api/population/verify"' in text
    assert HOA not in text and "Hòa" not in text
