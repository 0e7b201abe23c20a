"""The signing keys in a token (PKCS#11), with SoftHSM: what applications see of it, and the command that turns keys over."""

import shutil
import subprocess
from pathlib import Path

import pytest
import requests
from apache import eventually
from joserfc import jws
from joserfc.jwk import KeySet

MODULES = [Path("/usr/lib/softhsm/libsofthsm2.so"), *Path("/usr/lib").glob("*/softhsm/libsofthsm2.so")]
PIN = "471108"


@pytest.fixture(scope="module")
def token(tmp_path_factory):
    """The settings of a dancu whose keys are in a token of its own."""
    module = next((path for path in MODULES if path.exists()), None)
    if not module or not shutil.which("softhsm2-util"):
        pytest.skip("SoftHSM is not installed (Debian: softhsm2)")
    folder = tmp_path_factory.mktemp("token")
    (folder / "tokens").mkdir()
    conf = folder / "softhsm2.conf"
    conf.write_text(f"directories.tokendir = {folder}/tokens\nlog.level = ERROR\n")
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("SOFTHSM2_CONF", str(conf))
        make = ["softhsm2-util", "--init-token", "--free", "--label", "identity", "--so-pin", "815815", "--pin", PIN]
        subprocess.run(make, check=True, capture_output=True)
        yield {
            "DANCU_PROVIDER__PKCS11__MODULE": module,
            "DANCU_PROVIDER__PKCS11__TOKEN": "identity",
            "DANCU_PKCS11_PIN": PIN,
        }


def test_keys_of_a_token_turn_over_while_the_server_runs(start, token):
    with start(**token) as dancu:
        keys = lambda: requests.get(f"{dancu.url}/oidc/jwks", timeout=30).json()["keys"]
        [first] = keys()
        assert (first["kty"], first["crv"], "d" in first) == ("EC", "P-256", False)
        assert not list(dancu.folder.glob("signing-keys/*.pem")), "nothing of them lies in a file"
        done = dancu.run("client", "rotate-key")
        assert done.returncode == 0, done.stderr
        assert eventually(lambda: len(keys()) == 2), "the running server notices the key of another process"
        assert {key["kid"] for key in keys()} == {first["kid"], done.stdout.strip()}
        check = dancu.run("config", "check")
        assert check.returncode == 0 and PIN not in check.stdout, check.stdout
