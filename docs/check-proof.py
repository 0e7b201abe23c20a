"""Checks that an entry stands in the ledger, with nothing of dancu's: python3 check-proof.py PROOF KEY

PROOF is the file that `dancu ledger prove ENTRY` writes, KEY the verifier key that the operator has published. Needs the
package `cryptography`. The steps are those of docs/ledger.md.
"""

import sys
from base64 import b64decode
from hashlib import sha256

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

with open(sys.argv[1], encoding="utf-8") as file:
    proof = file.read()

# C2SP tlog-proof: what was entered, its place, the hashes on the way up, and the signed checkpoint.
head, checkpoint = proof.split("\n\n", 1)
_, extra, index, *siblings = head.split("\n")
extra, index = b64decode(extra.removeprefix("extra ")), int(index.removeprefix("index "))

# C2SP signed-note: an Ed25519 signature under the name in the key, which is the first line of the text.
name, _, public = sys.argv[2].split("+", 2)
text, signature = checkpoint.split("\n\n", 1)
signed = b64decode(signature.split()[2])[4:]
Ed25519PublicKey.from_public_bytes(b64decode(public)[1:]).verify(signed, (text + "\n").encode())
origin, size, root = text.split("\n")

# RFC 9162, 2.1.3.2: from the leaf up to the root.
at, last = index, int(size) - 1
node = sha256(b"\0" + sha256(extra).digest()).digest()
inside = origin == name and index <= last
for sibling in map(b64decode, siblings):
    inside = inside and last > 0
    if at & 1 or at == last:
        node = sha256(b"\1" + sibling + node).digest()
        while at and not at & 1:
            at, last = at >> 1, last >> 1
    else:
        node = sha256(b"\1" + node + sibling).digest()
    at, last = at >> 1, last >> 1
if not (inside and last == 0 and node == b64decode(root)):
    sys.exit("The entry is NOT in the ledger.")
print(f"Entry {index} is in the ledger of {size}:", extra[32:].decode())
