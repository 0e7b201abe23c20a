"""Files of two sectors, spoilt on purpose, are compared with the registry; the truth file is the judge."""

import csv
import json
import unicodedata

import time
import urllib.parse

import pytest
from integrator import HOA

PEOPLE = ["--persons", "12000", "--province", "56", "--seed", "9", "--dirty", "0.08"]


def rows(path):
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def same_name(a, b):
    """Names that agree by the rules of the registry: the place of the tone mark is no difference."""
    def key(text):
        words = []
        for word in unicodedata.normalize("NFD", text.lower()).split():
            marks = [c for c in word if c in "\u0300\u0301\u0303\u0309\u0323"]
            words.append("".join(c for c in word if c not in marks) + "".join(marks))
        return words

    return key(a) == key(b)


def reconcile(dancu, sector, file, out):
    ran = dancu.run("quality", "reconcile", "--sector", sector, "--file", str(file), "--out", str(out), "--json")
    assert ran.returncode in (0, 1), ran.stderr[-4000:]
    counts = json.loads(ran.stdout)
    assert counts["matched"] + counts["mismatched"] + counts["not_found"] + counts["duplicates"] == counts["rows"]
    sent, answered = rows(file), rows(out)
    assert len(sent) == len(answered) == counts["rows"]
    # The owner's columns come back untouched, in their order.
    assert [{k: r[k] for k in sent[0]} for r in answered] == sent
    assert list(answered[0])[: len(sent[0])] == list(sent[0])
    return {r["record"]: r for r in answered}, counts


def judged(found, wanted, everything):
    """Precision and recall of a set of records."""
    found, wanted = found & everything, wanted & everything
    return len(found & wanted) / max(len(found), 1), len(found & wanted) / max(len(wanted), 1)


@pytest.mark.parametrize("engine", ["sqlite", "postgres"])
def test_spoilt_records_are_found_by_the_truth(on_database, tmp_path, engine):
    files = tmp_path / "files"
    with on_database(engine, tmp_path / "data") as dancu:
        made = dancu.run("population", "synthesize", *PEOPLE, "--out", str(files))
        assert made.returncode == 0, made.stderr[-4000:]
        truth = rows(files / "truth.csv")
        insurance, counts = reconcile(dancu, "insurance", files / "insurance.csv", tmp_path / "insurance.csv")
        prisoners, _ = reconcile(dancu, "prisoners", files / "prisoners.csv", tmp_path / "prisoners.csv")
        # A number that the registry gives to two persons is a fault of the registry, which the truth of sectors does not know.
        met = lambda answers, *kinds: {k for k, r in answers.items() if r["Mã kết quả (Code)"].split()[0] in kinds}

        # Where only the tone mark moved the registry sees no difference.
        changed = {}
        for line in truth:
            if line["code"] == "CLN-10":
                agrees = line["field"] == "full_name" and same_name(line["was"], line["is"])
                changed[line["id_b"]] = changed.get(line["id_b"], False) or not agrees
        mismatched = {key for key, differs in changed.items() if differs}
        not_found = {line["id_b"] for line in truth if line["code"] == "CLN-11"}
        with_number = {k for k, r in insurance.items() if r["personal_number"]}
        assert len(mismatched) > 50 and len(not_found) > 50 and counts["rows"] > 1200

        # Spoilt records are never called matched.
        assert not (met(insurance, "matched") & (mismatched | not_found))
        wrong = met(insurance, "mismatched", "not-found", "duplicate")
        precision, recall = judged(wrong, mismatched | not_found, with_number)
        print(f"{engine} insurance, not matched: precision {precision:.4f}, recall {recall:.4f}")
        assert recall == 1.0 and precision >= 0.95
        precision, recall = judged(met(insurance, "not-found"), not_found, with_number)
        print(f"{engine} insurance, not found: precision {precision:.4f}, recall {recall:.4f}")
        assert recall >= 0.99 and precision >= 0.5
        precision, recall = judged(met(insurance, "mismatched"), mismatched, with_number)
        print(f"{engine} insurance, mismatched: precision {precision:.4f}, recall {recall:.4f}")
        assert recall >= 0.8 and precision >= 0.95

        strangers = {line["id_b"] for line in truth if line["code"] == "CLN-08"}
        known = {line["id_b"] for line in truth if line["code"] == "CLN-09" and not line["field"]}
        precision, recall = judged(met(prisoners, "not-found"), strangers, set(prisoners))
        print(f"{engine} prisoners, not in the registry: precision {precision:.4f}, recall {recall:.4f}")
        assert strangers and known and recall >= 0.99
        assert not (met(prisoners, "matched", "mismatched") & strangers)


def test_the_command_says_what_is_wrong_with_a_file(on_database, tmp_path):
    bare = tmp_path / "bare.csv"
    bare.write_text("Họ và tên,Ngày sinh\nLê A,1990\n", encoding="utf-8")
    with on_database("sqlite", tmp_path / "data") as dancu:
        ran = dancu.run("quality", "reconcile", "--sector", "insurance", "--file", str(bare), "--lang", "en")
        assert ran.returncode == 2 and "own key" in ran.stderr + ran.stdout
        listed = dancu.run("quality", "reconcile")
        assert listed.returncode == 0 and len(listed.stdout.splitlines()) == 10


STATED = urllib.parse.urlencode({"purpose": "cleaning", "legal_basis": "Luật Thi hành án hình sự 41/2019/QH14", "lang": "en"})


def test_a_system_sends_rows_and_takes_the_result(caller):
    """The system of an agency of the police sends prisoners as JSON Lines, and has nothing to do with insurance."""
    lines = [
        {"record": "A1", "personal_number": HOA, "full_name": "Nguyễn Thị Hoà", "birth_date": "1990"},
        {"record": "A2", "personal_number": "001099999999", "full_name": "Không Có", "birth_date": "1980-01-01"},
    ]
    body = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines).encode()
    base = "/api/quality/sectors"
    sent = caller.send("POST", f"{base}/prisoners/files?{STATED}&name=a.jsonl", body, Content_Type="application/octet-stream")
    assert sent.status == 202, sent.body
    run = sent.json["id"]
    assert sent.json["columns"][0] == {"header": "record", "field": "own_key"}
    until = time.monotonic() + 60
    state = {"state": "working"}
    while state["state"] not in ("done", "failed") and time.monotonic() < until:
        state = caller.send("GET", f"{base}/runs/{run}?{STATED}").json
    assert state["state"] == "done", state
    assert state["matched"] + state["mismatched"] + state["not_found"] + state["duplicates"] == state["rows"] == 2
    result = caller.send("GET", f"{base}/runs/{run}/result?{STATED}")
    assert result.status == 200, result.body
    answers = [json.loads(line) for line in result.body.decode().splitlines()]
    assert [a["record"] for a in answers] == ["A1", "A2"]
    assert answers[1]["Mã kết quả (Code)"] == "not-found number-unknown"
    assert answers[0]["full_name"] == "Nguyễn Thị Hoà"

    assert caller.send("POST", f"{base}/insurance/files?{STATED}", body).status == 404, "another agency's"
    assert caller.send("POST", f"{base}/prisoners/files", body).code == "purpose-required"
    assert caller.send("POST", f"{base}/prisoners/files?{STATED}", b"").code == "sector-file"
    assert caller.send("POST", f"{base}/prisoners/files?{STATED}", body, token="no").status == 401
    assert caller.send("GET", f"{base}/runs/999?{STATED}").status == 404
