// Asks the browser for a passkey, which only a script can do, and puts its answer into the form that then posts as any
// other. Nothing is fetched and nothing kept.
"use strict";

const bytes = (text) => {
  const plain = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
  return Uint8Array.from(plain, (letter) => letter.charCodeAt(0));
};

const text = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer)))
    .replace(/\+/g, "-")
    .replace(/\//g, "_")
    .replace(/=+$/, "");

const listed = (credentials) => (credentials ?? []).map((one) => ({ ...one, id: bytes(one.id) }));

async function made(options) {
  const publicKey = {
    ...options,
    challenge: bytes(options.challenge),
    user: { ...options.user, id: bytes(options.user.id) },
    excludeCredentials: listed(options.excludeCredentials),
  };
  const { id, rawId, type, response } = await navigator.credentials.create({ publicKey });
  return {
    id,
    rawId: text(rawId),
    type,
    response: { attestationObject: text(response.attestationObject), clientDataJSON: text(response.clientDataJSON) },
  };
}

async function shown(options) {
  const publicKey = {
    ...options,
    challenge: bytes(options.challenge),
    allowCredentials: listed(options.allowCredentials),
  };
  const { id, rawId, type, response } = await navigator.credentials.get({ publicKey });
  return {
    id,
    rawId: text(rawId),
    type,
    response: {
      authenticatorData: text(response.authenticatorData),
      clientDataJSON: text(response.clientDataJSON),
      signature: text(response.signature),
      userHandle: response.userHandle ? text(response.userHandle) : null,
    },
  };
}

for (const form of document.querySelectorAll("form[data-passkey]")) {
  const options = JSON.parse(form.dataset.options);
  const say = (name) => {
    for (const line of form.querySelectorAll("[data-say]")) line.hidden = line.dataset.say !== name;
  };
  const creating = form.dataset.passkey === "create";
  const site = creating ? options.rp.id : options.rpId;
  const here = location.hostname === site || location.hostname.endsWith(`.${site}`);
  if (!window.PublicKeyCredential) say("missing");
  else if (!here) say("elsewhere");

  form.addEventListener("submit", async (event) => {
    if (form.elements.credential.value) return;
    event.preventDefault();
    say("");
    try {
      const credential = await (creating ? made(options) : shown(options));
      form.elements.credential.value = JSON.stringify(credential);
      form.submit();
    } catch (error) {
      say(error.name === "InvalidStateError" ? "there" : "failed");
    }
  });
}
