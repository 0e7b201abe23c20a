"""A register goes out of one database as a file, into an empty one on the other engine, and out again: the same file."""

import hashlib

import pytest

ASKING = ["--legal-basis", "Luật Cư trú 2020, Điều 36", "--agency", "G01"]
EXPORT = ["--format", "csv", "--plain", "--purpose", "cleaning", *ASKING]


@pytest.fixture
def both(tmp_path, on_database):
    """An empty registry on each engine."""
    with on_database("sqlite", tmp_path / "embedded") as one, on_database("postgres", tmp_path / "server") as other:
        yield one, other


def done(finished):
    assert finished.returncode == 0, finished.stderr[-4000:]
    return finished.stdout


def exported(dancu, to):
    done(dancu.run("population", "export", "--out", str(to), *EXPORT))
    return hashlib.sha256(to.read_bytes()).hexdigest()


@pytest.mark.parametrize("start", ["sqlite", "postgres"])
def test_a_register_survives_the_way_through_a_file(both, tmp_path, start):
    one, other = both if start == "sqlite" else reversed(both)
    done(one.run("population", "synthesize", "--persons", "1000", "--province", "56", "--seed", "5"))
    first, second = tmp_path / "first.csv", tmp_path / "second.csv"
    before = exported(one, first)
    rejects = tmp_path / "rejects.csv"
    done(other.run("population", "import", str(first), "--rejects", str(rejects), *ASKING))
    assert not rejects.exists()
    assert exported(other, second) == before
    assert len(first.read_text().splitlines()) == 1001

    # Once more changes nothing.
    again = done(other.run("population", "import", str(first), *ASKING, "--lang", "en"))
    assert "Already there" in again and "1000" in again.split("Already there")[1].splitlines()[0]
    third = tmp_path / "third.csv"
    assert exported(other, third) == before
