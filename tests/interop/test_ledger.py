"""The published ledger, judged by a verifier that was written elsewhere, for another log.

`sigstore` checks signed checkpoints and inclusion proofs as it does for its own public log. What is done here by hand
is to read the files (C2SP tlog-tiles, tlog-proof, signed-note) and to compute the tree of the published entries by the
definition of RFC 6962.
"""

import base64
import hashlib
import json
import subprocess
from dataclasses import dataclass, replace
from pathlib import Path
from types import SimpleNamespace

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from sigstore._internal.merkle import verify_merkle_inclusion
from sigstore._internal.rekor.checkpoint import SignedCheckpoint, verify_checkpoint
from sigstore._internal.trust import Keyring
from sigstore.errors import VerificationError
from sigstore_models.common.v1 import PublicKey, PublicKeyDetails
from sigstore_models.rekor.v1 import Checkpoint
from sigstore_models.rekor.v1 import InclusionProof as SigstoreProof

PROJECT = Path(__file__).parents[2]
# Two full tiles and a part of a third.
SIZE = 700
INDEXES = [0, 1, 255, 256, 350, 511, 699]


def root(entries: list[bytes]) -> bytes:
    """The root of the tree of these entries (RFC 6962, section 2.1)."""
    if len(entries) == 1:
        return hashlib.sha256(b"\0" + entries[0]).digest()
    left = 1 << (len(entries) - 1).bit_length() - 1
    return hashlib.sha256(b"\1" + root(entries[:left]) + root(entries[left:])).digest()


@dataclass
class Log:
    """What an outsider has: the folder of public files, the log's key, and the proofs that a subject was handed."""

    folder: Path
    keyring: Keyring
    key_id: bytes

    @property
    def note(self) -> str:
        return (self.folder / "log/checkpoint").read_text("utf-8")

    @property
    def root(self) -> bytes:
        return bytes.fromhex(SignedCheckpoint.from_text(self.note).checkpoint.log_hash)

    def entries(self) -> list[bytes]:
        """The published entries, out of the bundles."""
        found = []
        for path in ["000", "001", f"002.p/{SIZE - 512}"]:
            bundle = (self.folder / "log/tile/entries" / path).read_bytes()
            while bundle:
                length = int.from_bytes(bundle[:2])
                found.append(bundle[2 : 2 + length])
                bundle = bundle[2 + length :]
        return found


@pytest.fixture(scope="module")
def log(tmp_path_factory) -> Log:
    folder = tmp_path_factory.mktemp("ledger")
    example = ["cargo", "run", "--quiet", "--package", "ledger", "--example", "export", "--", str(folder), str(SIZE)]
    subprocess.run(example, cwd=PROJECT, check=True)
    name, key_id, material = (folder / "verifier-key").read_text().split("+", 2)
    kind, public = base64.b64decode(material)[:1], base64.b64decode(material)[1:]
    assert kind == b"\x01", "the key is an Ed25519 key"
    assert hashlib.sha256(name.encode() + b"\n" + kind + public).digest()[:4].hex() == key_id
    der = Ed25519PublicKey.from_public_bytes(public).public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    key = PublicKey(raw_bytes=base64.b64encode(der), key_details=PublicKeyDetails.PKIX_ED25519)
    return Log(folder, Keyring([key]), bytes.fromhex(key_id))


@dataclass
class Proof:
    """A proof in the form of C2SP tlog-proof."""

    extra: bytes
    index: int
    hashes: list[bytes]
    checkpoint: str

    @staticmethod
    def read(path: Path) -> "Proof":
        head, checkpoint = path.read_text("utf-8").split("\n\n", 1)
        form, extra, index, *hashes = head.split("\n")
        assert form == "c2sp.org/tlog-proof@v1"
        return Proof(
            base64.b64decode(extra.removeprefix("extra ")),
            int(index.removeprefix("index ")),
            [base64.b64decode(line) for line in hashes],
            checkpoint,
        )

    def check(self, log: Log):
        """Lets sigstore check the signature of the checkpoint and the way to it."""
        signed = SignedCheckpoint.from_text(self.checkpoint).checkpoint
        proof = SigstoreProof(
            log_index=str(self.index),
            tree_size=str(signed.log_size),
            root_hash=base64.b64encode(bytes.fromhex(signed.log_hash)),
            hashes=[base64.b64encode(h) for h in self.hashes],
            checkpoint=Checkpoint(envelope=self.checkpoint),
        )
        published = hashlib.sha256(self.extra).digest()
        entry = SimpleNamespace(
            _inner=SimpleNamespace(
                inclusion_proof=proof, canonicalized_body=published, log_id=SimpleNamespace(key_id=log.key_id)
            )
        )
        verify_checkpoint(log.keyring, entry)
        verify_merkle_inclusion(entry)


@pytest.fixture(params=INDEXES)
def proof(request, log) -> Proof:
    return Proof.read(log.folder / f"proofs/{request.param}.tlog-proof")


def test_a_genuine_proof_is_accepted(log, proof):
    proof.check(log)
    salt, statement = proof.extra[:32], json.loads(proof.extra[32:])
    assert len(salt) == 32
    assert statement["subject"] == {"person": proof.index}
    assert statement["fields"] == ["full-name", "birth-date", "permanent-residence"]


def flip(data: bytes, at: int = 0) -> bytes:
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


CHANGES = {
    "salt": lambda p: replace(p, extra=flip(p.extra)),
    "statement": lambda p: replace(p, extra=p.extra.replace(b"lan.tt", b"hoa.nt")),
    "place": lambda p: replace(p, index=p.index ^ 1),
    "first hash": lambda p: replace(p, hashes=[flip(p.hashes[0]), *p.hashes[1:]]),
    "last hash": lambda p: replace(p, hashes=[*p.hashes[:-1], flip(p.hashes[-1], 31)]),
    "number of hashes": lambda p: replace(p, hashes=p.hashes[:-1]),
    "size": lambda p: replace(p, checkpoint=p.checkpoint.replace(f"\n{SIZE}\n", f"\n{SIZE + 1}\n")),
    "origin": lambda p: replace(p, checkpoint=p.checkpoint.replace("dancu.example/ledger\n", "other.example\n", 1)),
}


@pytest.mark.parametrize("what", CHANGES)
def test_a_changed_proof_is_rejected(log, proof, what):
    changed = CHANGES[what](proof)
    assert changed != proof
    with pytest.raises(VerificationError):
        changed.check(log)


def test_a_proof_under_another_key_is_rejected(log, proof):
    der = Ed25519PublicKey.from_public_bytes(bytes.fromhex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"))
    raw = base64.b64encode(der.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))
    other = Keyring([PublicKey(raw_bytes=raw, key_details=PublicKeyDetails.PKIX_ED25519)])
    with pytest.raises(VerificationError):
        proof.check(replace(log, keyring=other))


def test_the_published_entries_have_the_signed_root(log):
    entries = log.entries()
    assert len(entries) == SIZE and {len(entry) for entry in entries} == {32}
    assert root(entries) == log.root


def test_the_tiles_hold_the_hashes_of_the_tree(log):
    entries, tiles = log.entries(), log.folder / "log/tile"
    leaves = b"".join((tiles / "0" / path).read_bytes() for path in ["000", "001", f"002.p/{SIZE - 512}"])
    assert leaves == b"".join(root([entry]) for entry in entries)
    assert (tiles / "1/000.p/2").read_bytes() == root(entries[:256]) + root(entries[256:512])


def test_a_proof_is_about_a_published_entry(log, proof):
    assert log.entries()[proof.index] == hashlib.sha256(proof.extra).digest()


def test_the_log_only_grows(log):
    earlier = SignedCheckpoint.from_text((log.folder / "earlier-checkpoint").read_text("utf-8"))
    earlier.signed_note.verify(log.keyring, log.key_id)
    assert earlier.checkpoint.log_size == SIZE // 2
    assert earlier.checkpoint.log_hash == root(log.entries()[: SIZE // 2]).hex()


def test_nothing_published_says_anything_about_anybody(log):
    told = Proof.read(log.folder / "proofs/0.tlog-proof").extra
    secrets = [b"population", b"lan.tt", b"H32", b"person", told[:32], told[32:64]]
    files = [path for path in (log.folder / "log").rglob("*") if path.is_file()]
    assert len(files) == 8
    for path in files:
        content = path.read_bytes()
        assert not any(secret in content for secret in secrets), path
