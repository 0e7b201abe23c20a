"""Tokens bound to the certificate of a client (RFC 8705), through a proxy that speaks TLS and passes it on (RFC 9440)."""

import base64
import hashlib
import os

import pytest
import requests
from apache import MODULES, apache, free_port
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.requests_client import OAuth2Session
from authlib.oauth2.rfc7523 import PrivateKeyJWT
from certificates import made
from citizen import NAME, Application, Browser, register
from cryptography.hazmat.primitives.serialization import Encoding
from joserfc.jwk import ECKey


def test_a_token_is_of_use_with_the_certificate_of_its_client_alone(start, tmp_path_factory):
    if not (MODULES / "mod_ssl.so").is_file():
        pytest.fail("Apache is not installed; ./scripts/test installs it")
    folder = tmp_path_factory.mktemp("proxy")
    for parent in (folder, *folder.parents[:2]):
        parent.chmod(0o755)
    authority = made(folder, "authority", authority=True)
    made(folder, "server", issuer=authority)
    own, _ = made(folder, "own")
    made(folder, "another")
    port = free_port()
    issuer = f"https://127.0.0.1:{port}"
    settings = {"DANCU_PROVIDER__ISSUER": issuer, "DANCU_IDENTITY__TRUSTED_PROXIES": '["127.0.0.1"]'}
    with start(**settings) as dancu:
        register(dancu)
        app = Application(folder, "ngan-hang", "EC", profile="basic", certificate_bound_tokens=True,
                          redirect_uris=["https://ngan-hang.example/callback"], logout_uris=[])
        app.register(dancu, folder)
        # As docs/sign-in.md shows it.
        proxy = f"""
SSLEngine on
SSLCertificateFile {folder}/server.pem
SSLCertificateKeyFile {folder}/server.key
SSLSessionCache none
SSLVerifyClient optional_no_ca
RequestHeader unset Client-Cert
RequestHeader set Client-Cert "%{{SSL_CLIENT_CERT}}s" "expr=-n %{{SSL_CLIENT_CERT}}"
RequestHeader edit* Client-Cert "-----(BEGIN|END) CERTIFICATE-----|[[:space:]]" ""
RequestHeader edit Client-Cert "^(.+)$" ":$1:"
ProxyPreserveHost On
ProxyPass / {dancu.url}/
"""
        with apache(folder, port, proxy, ["ssl", "socache_shmcb", "proxy", "proxy_http"]) as errors:
            flow(folder, issuer, app, own, errors)


def flow(folder, issuer, app, own, errors):
    trusted = str(folder / "authority.pem")
    shown = {name: (str(folder / f"{name}.pem"), str(folder / f"{name}.key")) for name in ("own", "another")}
    browser = Browser("https://ngan-hang.example")
    # What the environment says of certificates would count before what is said here.
    browser.session.verify, browser.session.trust_env = trusted, False
    known = browser.session.get(f"{issuer}/.well-known/openid-configuration", timeout=30).json()
    assert known["issuer"] == issuer and known["tls_client_certificate_bound_access_tokens"] is True, errors.read_text()
    key = ECKey.import_key(app.pem.read_text())
    session = OAuth2Session(
        app.id, key, token_endpoint_auth_method="private_key_jwt", revocation_endpoint_auth_method="private_key_jwt",
        scope="openid profile offline_access", redirect_uri=app.callback, code_challenge_method="S256",
    )
    session.register_client_auth_method(PrivateKeyJWT(known["token_endpoint"], alg="ES256"))
    session.verify, session.cert, session.trust_env = trusted, shown["own"], False
    verifier = "v" * 60
    address, state = session.create_authorization_url(known["authorization_endpoint"], code_verifier=verifier)
    back = browser.answer(browser.open(address)).away
    assert back.startswith(app.callback)
    tokens = session.fetch_token(known["token_endpoint"], authorization_response=back, state=state, code_verifier=verifier)
    assert tokens["token_type"] == "Bearer"
    seen = session.introspect_token(known["introspection_endpoint"], token=tokens["access_token"]).json()
    digest = hashlib.sha256(own.public_bytes(Encoding.DER)).digest()
    assert seen["cnf"] == {"x5t#S256": base64.urlsafe_b64encode(digest).rstrip(b"=").decode()}

    def userinfo(certificate, **headers):
        headers["Authorization"] = f"Bearer {tokens['access_token']}"
        return requests.get(known["userinfo_endpoint"], headers=headers, cert=certificate, verify=trusted, timeout=30)

    assert userinfo(shown["own"]).json()["name"] == NAME
    for certificate in (shown["another"], None):
        refused = userinfo(certificate)
        assert (refused.status_code, refused.json()["error"]) == (401, "invalid_token")
    # Whoever has the certificate but not its key writes it into the header: the proxy takes that away.
    text = base64.b64encode(own.public_bytes(Encoding.DER)).decode()
    for certificate in (shown["another"], None):
        assert userinfo(certificate, **{"Client-Cert": f":{text}:"}).status_code == 401
    refresh = tokens["refresh_token"]
    thief = OAuth2Session(app.id, key, token_endpoint_auth_method="private_key_jwt")
    thief.register_client_auth_method(PrivateKeyJWT(known["token_endpoint"], alg="ES256"))
    thief.verify, thief.cert, thief.trust_env = trusted, shown["another"], False
    with pytest.raises(AuthlibBaseError) as refused:
        thief.refresh_token(known["token_endpoint"], refresh_token=refresh)
    assert refused.value.error == "invalid_grant"
    assert session.refresh_token(known["token_endpoint"], refresh_token=refresh)["access_token"]
