"""The check finds what was put into an invented population on purpose, and the truth file is the judge."""

import csv
import json
from collections import Counter

import pytest

PEOPLE = ["--persons", "2000", "--province", "56", "--seed", "7", "--dirty", "0.2"]
# Faults of one field each, and the rule that is to find them; how many more it may find than were put in is not limited,
# since the people of the stories have faults of their own.
FINDS = {
    ("CLN-03", "two-heads"): "two-heads",
    ("CLN-04", "no-head"): "no-head",
    ("CLN-06", "sex"): "sex-missing",
    ("CLN-06", "birth_date"): "birth-missing",
    ("CLN-06", "ethnicity"): "ethnicity-missing",
    ("CLN-07", "number-wrong-year"): "number-year",
    ("CLN-07", "number-wrong-sex"): "number-sex",
}


def done(finished):
    assert finished.returncode == 0, finished.stderr[-4000:]
    return finished.stdout


@pytest.mark.parametrize("engine", ["sqlite", "postgres"])
def test_the_check_finds_what_is_wrong(on_database, tmp_path, engine):
    with on_database(engine, tmp_path / "data") as dancu:
        done(dancu.run("population", "synthesize", *PEOPLE, "--out", str(tmp_path / "files")))
        found = json.loads(done(dancu.run("quality", "check", "--json")))
        again = json.loads(done(dancu.run("quality", "check", "--json")))
        assert found["by_rule"] == again["by_rule"]
        assert found["persons"] == again["persons"] > 1900 and found["persons_per_second"] > 0
        wrong = Counter()
        with (tmp_path / "files" / "truth.csv").open(encoding="utf-8-sig") as file:
            for row in csv.DictReader(file):
                for key in [(row["code"], row["kind"]), (row["code"], row["field"])]:
                    if key in FINDS:
                        wrong[FINDS[key]] += 1
        assert set(wrong) == set(FINDS.values()), wrong
        for rule, count in wrong.items():
            assert count <= found["by_rule"].get(rule, 0) <= count + 60, (rule, count, found["by_rule"])
        listed = done(dancu.run("quality", "rules", "--lang", "en"))
        assert "two-heads (household, Clean, Fault, CLN-03)" in listed and "father_gap (int)" in listed


def test_rules_of_ones_own_and_their_faults(on_database, tmp_path):
    rule = '[[rule]]\nid = "centenarian"\nof = "person"\nword = "live"\nseverity = "notice"\nvi = "a"\nen = "b"\nwhen = "{}"\nfields = ["birth-date"]\nbasis = "c"\n'
    own, settings = tmp_path / "own.toml", tmp_path / "dancu.toml"
    settings.write_text(f'[quality]\nrules = "{own}"\n')
    with on_database("sqlite", tmp_path / "data") as dancu:
        own.write_text(rule.format("alive && age >= 100"))
        assert "centenarian" in done(dancu.run("quality", "rules", "--config", str(settings)))
        own.write_text(rule.format("alive && ages >= 100"))
        refused = dancu.run("quality", "check", "--config", str(settings))
        assert refused.returncode != 0 and "centenarian: There is no fact named ages (character 10)" in refused.stderr
