"""Citizens sign in through clients of OpenID Connect that others wrote."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest
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
    registered = provider.run("client", "register", str(tmp_path / "registration.json"))
    assert registered.returncode == 0, registered.stderr
    command = ["node", "app.mjs"]
    app = subprocess.Popen(command, cwd=tmp_path, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        assert app.stdout.readline() == f"open http://127.0.0.1:{port}\n"
        browser = Browser()
        page = browser.open(f"http://127.0.0.1:{port}/")
        assert 'href="/sign-in"' in page.text
        page = browser.answer(browser.open(f"http://127.0.0.1:{port}/sign-in"))
        assert f"Xin chào, hello, {NAME} (urn:dancu:eid:1)" in page.text, page.text
        page = browser.open(f"http://127.0.0.1:{port}/callback?code=x&state=y")
        assert (page.status, "this browser has begun no sign-in" in page.text) == (400, True)
    finally:
        app.terminate()
        app.wait()
