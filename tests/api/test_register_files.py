"""A register goes out of one database as a file, into an empty one on the other engine, and out again: the same file. Of a
register with faults, what is taken in is the same, and what is refused is a number that an earlier row has with other data.

`scripts/try-round-trip` does the same with more persons.
"""

import csv
import hashlib
import os
from collections import Counter

import pytest

ASKING = ["--legal-basis", "Luật Cư trú 2020, Điều 36", "--agency", "G01"]
EXPORT = ["--format", "csv", "--plain", "--purpose", "cleaning", *ASKING]
PERSONS = int(os.environ.get("DANCU_ROUND_TRIP_PERSONS", "1000"))


@pytest.fixture
def both(tmp_path, on_database):
    """An empty registry on each engine."""
    with on_database("sqlite", tmp_path / "embedded") as one, on_database("postgres", tmp_path / "server") as other:
        yield one, other


def done(finished, code=0):
    assert finished.returncode == code, finished.stderr[-4000:]
    return finished.stdout


def exported(dancu, to):
    done(dancu.run("population", "export", "--out", str(to), *EXPORT))
    return hashlib.sha256(to.read_bytes()).hexdigest()


def rows_of(file):
    """The headers and the rows of a file."""
    with file.open(encoding="utf-8-sig", newline="") as text:
        headers, *rows = csv.reader(text)
    return headers, rows


@pytest.mark.parametrize("start", ["sqlite", "postgres"])
def test_a_register_survives_the_way_through_a_file(both, tmp_path, start):
    one, other = both if start == "sqlite" else reversed(both)
    done(one.run("population", "synthesize", "--persons", str(PERSONS), "--province", "56", "--seed", "5"))
    first, second = tmp_path / "first.csv", tmp_path / "second.csv"
    before = exported(one, first)
    rejects = tmp_path / "rejects.csv"
    done(other.run("population", "import", str(first), "--rejects", str(rejects), *ASKING))
    assert not rejects.exists()
    assert exported(other, second) == before
    assert len(rows_of(first)[1]) == PERSONS

    # Once more changes nothing.
    again = done(other.run("population", "import", str(first), *ASKING, "--lang", "en"))
    assert "Already there" in again and str(PERSONS) in again.split("Already there")[1].splitlines()[0]
    third = tmp_path / "third.csv"
    assert exported(other, third) == before


@pytest.mark.parametrize("start", ["sqlite", "postgres"])
def test_what_is_taken_in_of_a_faulty_register_is_the_same(both, tmp_path, start):
    one, other = both if start == "sqlite" else reversed(both)
    dirty = ["--province", "56", "--seed", "5", "--dirty", "0.05", "--today", "2026-06-30"]
    done(one.run("population", "synthesize", "--persons", str(PERSONS), *dirty))
    first, second = tmp_path / "first.csv", tmp_path / "second.csv"
    exported(one, first)
    refused = tmp_path / "refused.csv"
    done(other.run("population", "import", str(first), "--rejects", str(refused), *ASKING), code=1)
    exported(other, second)
    headers, rows = rows_of(first)
    at = {header: place for place, header in enumerate(headers)}
    assert len(rows) == PERSONS

    # Refused are rows whose number, or where they have none whose name and birth, an earlier row has with other data, and those
    # of somebody who certainly stands further up.
    _, refused = rows_of(refused)
    assert refused
    left = Counter(tuple(row[: len(headers)]) for row in refused)
    doubles = {tuple(row[: len(headers)]) for row in refused if "[import/duplicate]" in row[-1]}
    numbers, kept = set(), []
    for row in rows:
        told = {row[at["personal_number"]], *row[at["former_numbers"]].split(" | ")} - {""}
        told.add((row[at["full_name"]], row[at["birth_date"]]))
        if left[tuple(row)]:
            left[tuple(row)] -= 1
            assert told & numbers or tuple(row) in doubles, row[at["personal_number"]]
        else:
            kept.append(row)
        numbers |= told
    assert not left.total()
    for row in refused:
        reasons = row[-1].split("; Dòng " if "Dòng" in row[-1] else "; Row ")
        known = ("[import/differs]", "[import/duplicate]")
        assert all(reason.rstrip().endswith(known) for reason in reasons), reasons

    # The others are in, in their order and with every cell, but for the number that a household has within a file, and the
    # present commune where the file had the old one alone.
    headers_after, after = rows_of(second)
    assert (headers_after, len(after)) == (headers, len(kept))
    groups = {}
    for before, now in zip(kept, after):
        group, filled = at["household_group"], at["permanent_unit"]
        assert groups.setdefault(before[group], now[group]) == now[group]
        if not before[filled] and before[at["permanent_old_unit"]]:
            before[filled] = now[filled]
        assert before[:group] + before[group + 1 :] == now[:group] + now[group + 1 :]
    assert len(set(groups.values())) == len(groups)
