"""A website that lets citizens sign in with dancu, in Flask with Authlib: profile `basic`, PKCE, private_key_jwt."""

import json
import os
import secrets
from pathlib import Path

from authlib.integrations.flask_client import OAuth, OAuthError
from authlib.oauth2.rfc7523 import PrivateKeyJWT
from flask import Flask, redirect, session, url_for
from joserfc.jwk import ECKey
from markupsafe import escape

ISSUER = os.environ.get("DANCU_ISSUER", "http://127.0.0.1:8080")
PORT = int(os.environ.get("PORT", "3000"))
HOME = f"http://127.0.0.1:{PORT}"
KEY, REGISTRATION = Path("python-key.json"), Path("python-registration.json")

if not KEY.exists():
    key = ECKey.generate_key("P-256")
    KEY.touch(0o600)  # the private key stays here
    KEY.write_text(json.dumps(key.as_dict(private=True)))
    registration = {
        "id": "python-app",
        "name": "Ứng dụng Python",
        "name_en": "Python application",
        "agency": "G01",
        "profile": "basic",
        "redirect_uris": [f"{HOME}/callback"],
        "logout_uris": [f"{HOME}/"],
        "jwks": {"keys": [key.as_dict(private=False)]},
        "scopes": {"profile": "why you need the name, by which law"},
    }
    REGISTRATION.write_text(json.dumps(registration, ensure_ascii=False, indent=2))
    print(f"made {KEY} and {REGISTRATION}; now: dancu client register {REGISTRATION} --data …", flush=True)

app = Flask(__name__)
app.secret_key = secrets.token_bytes(32)
dancu = OAuth(app).register(
    "dancu",
    client_id="python-app",
    client_secret=ECKey.import_key(json.loads(KEY.read_text())),
    client_auth_methods=[PrivateKeyJWT(alg="ES256")],
    server_metadata_url=f"{ISSUER}/.well-known/openid-configuration",
    client_kwargs={
        "scope": "openid profile",
        "code_challenge_method": "S256",
        "token_endpoint_auth_method": "private_key_jwt",
    },
)


@app.get("/")
def home():
    if who := session.get("who"):
        return f'<p>Xin chào, hello, {escape(who)} <p><a href="/sign-out">Đăng xuất / Sign out</a>'
    return '<p><a href="/sign-in">Đăng nhập / Sign in</a>'


@app.get("/sign-in")
def sign_in():
    return dancu.authorize_redirect(f"{HOME}/callback")


@app.get("/callback")
def callback():
    token = dancu.authorize_access_token()  # checks state, nonce, signature, iss, aud and exp
    person = dancu.userinfo(token=token)  # the name stands here, not in the ID token; absent if not agreed to
    session.update(who=person.get("name", person["sub"]), id_token=token["id_token"])
    return redirect(url_for("home"))


@app.get("/sign-out")
def sign_out():
    hint = session.pop("id_token", "")
    session.clear()
    return dancu.logout_redirect(post_logout_redirect_uri=f"{HOME}/", id_token_hint=hint)


@app.errorhandler(OAuthError)
def refused(error):
    return f"<p>{escape(error.error)}: {escape(error.description)}", 400


if __name__ == "__main__":
    app.run("127.0.0.1", PORT)
