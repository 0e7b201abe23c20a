"""Citizens sign in through clients of OpenID Connect that others wrote."""

import json
import os
import re
import shutil
import subprocess
import sys
from html import unescape
from pathlib import Path

import pytest
import requests
from apache import MODULES, apache, eventually, free_port
from authlib.integrations.requests_client import OAuth2Session
from authlib.oauth2.rfc7523 import PrivateKeyJWT
from authlib.oidc.core import CodeIDToken
from citizen import NAME, PASSWORD, Application, Browser, register
from citizen import NUMBER as CITIZEN
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, RSAKey

NODE = Path(__file__).parents[1] / "interop-node"


@pytest.fixture(scope="module")
def provider(dancu):
    """The running demonstration in which the citizen has an account."""
    register(dancu)
    return dancu


@pytest.fixture(scope="module")
def application(provider, tmp_path_factory):
    """Registers an application; its key stays in the folder of applications."""
    folder = tmp_path_factory.mktemp("applications")

    def application(id, kind="EC", profile="basic", callback=None, **more):
        host = f"https://{id}.example"
        addresses = {"redirect_uris": [callback or f"{host}/callback"], "logout_uris": [f"{host}/left"]}
        made = Application(folder, id, kind, profile=profile, **{**addresses, **more})
        made.register(provider, folder)
        return made

    application.folder = folder
    return application


@pytest.fixture(scope="module")
def applications(application):
    """The applications of the clients in JavaScript."""
    application("bank", profile="fapi2")
    application("hospital", profile="fapi2", signed_userinfo=True)
    application("portal", kind="RSA")
    return application.folder


@pytest.mark.parametrize("client", ["openid-client", "oauth4webapi"])
def test_clients_in_javascript(provider, applications, client):
    known = {
        "DANCU_ISSUER": provider.url,
        "DANCU_APPLICATIONS": str(applications),
        "DANCU_CITIZEN": json.dumps({"number": CITIZEN, "password": PASSWORD}),
    }
    command = ["node", "--test", f"{client}.test.mjs"]
    done = subprocess.run(command, cwd=NODE, env={**os.environ, **known}, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout[-8000:] + done.stderr[-2000:]


@pytest.mark.parametrize("kind", ["EC", "RSA"])
def test_authlib(provider, application, kind, monkeypatch):
    monkeypatch.setenv("AUTHLIB_INSECURE_TRANSPORT", "1")
    app = application(f"so-tay-{kind.lower()}", kind=kind)
    browser = Browser("https://")
    known = browser.session.get(f"{provider.url}/.well-known/openid-configuration", timeout=30).json()
    session = OAuth2Session(
        app.id,
        {"EC": ECKey, "RSA": RSAKey}[kind].import_key(app.pem.read_text()),
        token_endpoint_auth_method="private_key_jwt",
        revocation_endpoint_auth_method="private_key_jwt",
        scope="openid profile offline_access",
        redirect_uri=app.callback,
        code_challenge_method="S256",
    )
    session.register_client_auth_method(PrivateKeyJWT(known["token_endpoint"], alg={"EC": "ES256", "RSA": "RS256"}[kind]))
    verifier, nonce = "v" * 60, "n-0S6_WzA2Mj"
    address, state = session.create_authorization_url(known["authorization_endpoint"], code_verifier=verifier, nonce=nonce)
    back = browser.answer(browser.open(address)).away
    assert back.startswith(app.callback)
    tokens = session.fetch_token(known["token_endpoint"], authorization_response=back, state=state, code_verifier=verifier)

    keys = KeySet.import_key_set(browser.session.get(known["jwks_uri"], timeout=30).json())
    token = jwt.decode(tokens["id_token"], keys, algorithms=known["id_token_signing_alg_values_supported"])
    options = {"iss": {"essential": True, "value": provider.url}, "aud": {"essential": True, "value": app.id}}
    params = {"nonce": nonce, "client_id": app.id, "access_token": tokens["access_token"]}
    claims = CodeIDToken(token.claims, token.header, options, params)
    claims.validate()

    info = session.get(known["userinfo_endpoint"]).json()
    assert (info["sub"], info["name"]) == (claims["sub"], NAME)
    first = tokens["refresh_token"]
    renewed = session.refresh_token(known["token_endpoint"], refresh_token=first)
    assert renewed["refresh_token"] != first
    seen = session.introspect_token(known["introspection_endpoint"], token=renewed["access_token"]).json()
    assert (seen["active"], seen["sub"]) == (True, claims["sub"])
    session.revoke_token(known["revocation_endpoint"], token=renewed["refresh_token"]).raise_for_status()
    assert session.get(known["userinfo_endpoint"]).status_code == 401


def test_apache(provider, application, tmp_path_factory):
    if not (MODULES / "mod_auth_openidc.so").is_file():
        pytest.fail("Apache or its module is not installed; ./scripts/test installs both")
    # Under /tmp itself, so that the server's own account may read it.
    folder = tmp_path_factory.mktemp("apache")
    for parent in (folder, *folder.parents[:2]):
        parent.chmod(0o755)
    port = free_port()
    site = f"http://127.0.0.1:{port}"
    back = f"{site}/inside/back"
    left = f"{site}/left.html"
    told = f"{back}?logout=backchannel"
    app = application("apache", "RSA", callback=back, logout_uris=[left], backchannel_logout_uri=told)
    settings = f"""
LogLevel auth_openidc:info
OIDCProviderMetadataURL {provider.url}/.well-known/openid-configuration
OIDCClientID {app.id}
OIDCPrivateKeyFiles {app.pem}
OIDCPublicKeyFiles {app.public_pem}
OIDCProviderTokenEndpointAuth private_key_jwt
OIDCPKCEMethod S256
OIDCScope "openid profile"
OIDCRedirectURI {app.callback}
OIDCCryptoPassphrase {os.urandom(16).hex()}
OIDCRemoteUserClaim sub
<Location /inside>
    AuthType openid-connect
    Require valid-user
</Location>
Header always set X-Name "%{{OIDC_CLAIM_name}}e"
Header always set X-Acr "%{{OIDC_CLAIM_acr}}e"
"""
    with apache(folder, port, settings, ["authz_user", "auth_openidc"]) as errors:
        browser = Browser(left)
        page = browser.answer(browser.open(f"{site}/inside/index.html"))
        assert (page.status, "<h1>Inside</h1>" in page.text) == (200, True), errors.read_text()
        again = browser.session.get(f"{site}/inside/index.html", timeout=30)
        assert again.headers["x-name"].encode("latin-1").decode("utf-8") == NAME
        assert again.headers["x-acr"] == "urn:dancu:eid:1"
        # Signing out at Apache leads to the provider, and back.
        page = browser.open(f"{back}?logout={left}")
        page = browser.send(page, "/oidc/logout")
        assert page.away.startswith(left), page.text
        page = browser.open(f"{site}/inside/index.html")
        assert "/citizen/sign-in" in page.url, "neither here nor there anybody is signed in"
        # Signing out at the provider is told to Apache, whose session ends too.
        page = browser.answer(page)
        assert "<h1>Inside</h1>" in page.text
        page = browser.send(browser.open(f"{provider.url}/citizen"), "/citizen/sign-out")
        ended = lambda: "/citizen/sign-in" in browser.open(f"{site}/inside/index.html").url
        assert eventually(ended), errors.read_text()


def test_the_application_of_the_readme(provider, applications, tmp_path):
    """What README.md tells a new user to type, but for the address of the demonstration and the port."""
    port = str(free_port())
    environment = {**os.environ, "DANCU_ISSUER": provider.url, "PORT": port}
    for file in ("app.mjs", "keys.mjs", "package.json"):
        shutil.copy(NODE.parents[1] / "docs/connect" / file, tmp_path)
    (tmp_path / "node_modules").symlink_to(NODE / "node_modules")
    subprocess.run(["node", "keys.mjs"], cwd=tmp_path, env=environment, check=True)
    registered = provider.run("client", "register", str(tmp_path / "registration.json"), "--lang", "en")
    assert registered.returncode == 0, registered.stderr
    said = f"registered first-app (G01, fapi2), {provider.folder}: works here, because everybody is invented\n"
    assert registered.stdout == said
    command = ["node", "app.mjs"]
    app = subprocess.Popen(command, cwd=tmp_path, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        assert app.stdout.readline() == f"open http://127.0.0.1:{port}\n"
        browser = Browser()
        page = browser.open(f"http://127.0.0.1:{port}/")
        assert 'href="/sign-in"' in page.text
        page = browser.answer(browser.open(f"http://127.0.0.1:{port}/sign-in"))
        assert f"Xin chào, hello, {NAME} (urn:dancu:eid:1)" in page.text, page.text
        left = re.search(r'href="([^"]*/oidc/logout[^"]*)"', page.text).group(1)
        page = browser.send(browser.open(unescape(left)), "/oidc/logout")
        assert page.url == f"http://127.0.0.1:{port}/", "signing out leads back"
        page = browser.open(f"http://127.0.0.1:{port}/callback?code=x&state=y")
        assert (page.status, "this browser has begun no sign-in" in page.text) == (400, True)
        # A key that is not registered: the page says what to do, the server's log says why.
        other = json.loads((tmp_path / "registration.json").read_text())
        other["jwks"] = Application(tmp_path, "x", "EC", redirect_uris=["https://x.example/"]).record["jwks"]
        (tmp_path / "other.json").write_text(json.dumps(other))
        assert provider.run("client", "register", str(tmp_path / "other.json")).returncode == 0
        page = browser.open(f"http://127.0.0.1:{port}/sign-in")
        assert "invalid_client: " in page.text and "run dancu client register again" in page.text, page.text
        said = lambda: re.search(r'id=[0-9a-f]{16} .*client="first-app".*cause="assertion-key"', provider.log())
        assert eventually(said), provider.log()[-2000:]
    finally:
        app.terminate()
        app.wait()
    nowhere = {**environment, "DANCU_ISSUER": f"http://127.0.0.1:{free_port()}"}
    alone = subprocess.run(["node", "app.mjs"], cwd=tmp_path, env=nowhere, capture_output=True, text=True, timeout=60)
    assert alone.returncode == 1 and alone.stderr.startswith("is dancu running at http://127.0.0.1"), alone.stderr


def test_the_application_in_python(provider, tmp_path):
    """What docs/sign-in.md tells a user of Flask and Authlib to type, but for addresses and ports."""
    port = str(free_port())
    home = f"http://127.0.0.1:{port}"
    environment = {**os.environ, "DANCU_ISSUER": provider.url, "PORT": port}
    shutil.copy(NODE.parents[1] / "docs/connect/app.py", tmp_path)
    log = tmp_path / "app.log"
    with log.open("w") as output:
        app = subprocess.Popen([sys.executable, "app.py"], cwd=tmp_path, env=environment, stdout=output, stderr=output)
    try:
        browser = Browser()

        def answers():
            try:
                return browser.open(f"{home}/").status == 200
            except requests.ConnectionError:
                return False

        assert eventually(answers), log.read_text()
        assert (tmp_path / "python-key.json").stat().st_mode & 0o077 == 0
        registered = provider.run("client", "register", str(tmp_path / "python-registration.json"))
        assert registered.returncode == 0, registered.stderr
        page = browser.answer(browser.open(f"{home}/sign-in"))
        assert f"Xin chào, hello, {NAME}" in page.text, page.text + log.read_text()
        # Signing out leads to dancu, which asks, and back.
        page = browser.open(f"{home}/sign-out")
        page = browser.send(page, "/oidc/logout")
        assert page.url.startswith(f"{home}/?state=") and 'href="/sign-in"' in page.text, page.text
        assert "/citizen/sign-in" in browser.open(f"{home}/sign-in").url, "nobody is signed in at dancu either"
    finally:
        app.terminate()
        app.wait()


def test_applications_on_the_console(provider, application, tmp_path):
    """Registering says what came of it; list and show tell how applications stand; nothing is made anew."""
    made = application("so-y-te")
    file = str(application.folder / "registration.json")
    run = lambda *arguments: provider.run("client", *arguments, "--lang", "en")
    assert run("register", file).stdout.startswith("replaced so-y-te (G01, basic)")
    rows = run("list").stdout.splitlines()
    assert rows[0].split() == ["id", "agency", "profile", "name", "state"]
    assert any(row.startswith("so-y-te") and "works here" in row for row in rows)
    [listed] = [one for one in json.loads(run("list", "--json").stdout) if one["id"] == made.id]
    assert (listed["works"], listed["obstacle"], listed["redirect_uris"]) == (True, None, [made.callback])
    assert json.loads(run("show", made.id, "--json").stdout) == listed
    assert made.callback in run("show", made.id).stdout
    assert run("show", "nobody").returncode == 1
    # Faults are told in one language, each by its member.
    bad = {**made.record, "id": "ngân hàng", "scopes": {"email": "Luật Căn cước", "profile": "x"}}
    (tmp_path / "bad.json").write_text(json.dumps(bad))
    said = run("register", str(tmp_path / "bad.json"))
    assert said.returncode == 1 and "id: A system identifier" in said.stderr and "no `email`" in said.stderr
    assert "scopes.profile: The legal basis" in said.stderr and "Mã hệ thống" not in said.stderr, said.stderr
    bad = {**made.record, "jwks": {"keys": [{**made.record["jwks"]["keys"][0], "d": "AA"}]}}
    (tmp_path / "bad.json").write_text(json.dumps(bad))
    assert "Key 1: contains the private part `d`" in run("register", str(tmp_path / "bad.json")).stderr
    # Where no installation is, none is made; and where people are real, an application without an assessment is told of.
    nowhere = tmp_path / "dancu-data"
    command = [os.environ["DANCU_BIN"], "client", "register", file, "--lang", "en", "--data"]
    said = subprocess.run([*command, str(nowhere)], capture_output=True, text=True, timeout=60)
    assert said.returncode == 1 and "there is no installation in" in said.stderr and not nowhere.exists()
    subprocess.run([os.environ["DANCU_BIN"], "config", "check", "--data", str(nowhere)], check=True, capture_output=True, timeout=60)
    said = subprocess.run([*command, str(nowhere)], capture_output=True, text=True, timeout=60)
    assert "does not work here (Stopped: not assessed)" in said.stdout and "No security assessment" in said.stderr, said
