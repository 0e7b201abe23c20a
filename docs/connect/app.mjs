// A website that lets citizens sign in with dancu, under the FAPI 2.0 Security Profile: every request is pushed, and
// every token is of use only with the key of this process.
import { webcrypto } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'

// Global since Node 20.
globalThis.crypto ??= webcrypto
globalThis.CryptoKey ??= webcrypto.CryptoKey
const client = await import('openid-client')

const issuer = new URL(process.env.DANCU_ISSUER ?? 'http://127.0.0.1:8080')
const port = Number(process.env.PORT ?? 3000)
const home = `http://127.0.0.1:${port}`

const jwk = JSON.parse(readFileSync('key.json', 'utf8'))
const key = await crypto.subtle.importKey('jwk', jwk, { name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign'])
// Plain HTTP is for trying out on one machine only.
const execute = issuer.protocol === 'http:' ? [client.allowInsecureRequests] : []
const config = await client
  .discovery(issuer, 'first-app', undefined, client.PrivateKeyJwt(key), { execute })
  .catch((error) => {
    console.error(`is dancu running at ${issuer.href}? (${error.cause?.code ?? error.message})`)
    process.exit(1)
  })
const DPoP = client.getDPoPHandle(config, await client.randomDPoPKeyPair('ES256'))

// What a browser has begun, by the cookie that it got: nobody else's answer fits it.
const begun = new Map()

async function begin(response) {
  const verifier = client.randomPKCECodeVerifier()
  const [state, nonce, browser] = [client.randomState(), client.randomNonce(), client.randomState()]
  begun.set(browser, { verifier, state, nonce })
  const address = await client.buildAuthorizationUrlWithPAR(
    config,
    {
      redirect_uri: `${home}/callback`,
      scope: 'openid profile',
      state,
      nonce,
      code_challenge: await client.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
    },
    { DPoP },
  )
  response.writeHead(303, { location: address.href, 'set-cookie': `begun=${browser}; HttpOnly; SameSite=Lax` }).end()
}

async function finish(request, response, here) {
  const browser = /begun=([^;]+)/.exec(request.headers.cookie ?? '')?.[1]
  const { verifier, state, nonce } = begun.get(browser) ?? {}
  begun.delete(browser)
  if (!state) throw new Error('this browser has begun no sign-in')
  const expected = { pkceCodeVerifier: verifier, expectedState: state, expectedNonce: nonce, idTokenExpected: true }
  const tokens = await client.authorizationCodeGrant(config, here, expected, undefined, { DPoP })
  const { sub, acr } = tokens.claims()
  const person = await client.fetchUserInfo(config, tokens.access_token, sub, { DPoP })
  // The name is there if the citizen agreed to it: what is not ticked is not an error.
  page(response, `Xin chào, hello, ${person.name ?? sub} (${acr})`, 200, leaving(tokens.id_token))
}

// Where the citizen signs out of dancu too, is asked, and comes back from.
function leaving(id_token_hint) {
  return client.buildEndSessionUrl(config, { id_token_hint, post_logout_redirect_uri: `${home}/` }).href
}

// What went wrong, as the server tells the developer.
function told(error) {
  const { error: code, error_description: description = '' } = error
  if (code === 'invalid_client') return `${code}: ${description}; after keys.mjs, run dancu client register again`
  return code ? `${code}: ${description}` : error.message
}

function page(response, text, status = 200, left = '') {
  const plain = (text) => text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`)
  const out = left && `<p><a href="${plain(left)}">Đăng xuất / Sign out</a>`
  response.writeHead(status, { 'content-type': 'text/html; charset=utf-8' })
  response.end(`<!doctype html><title>dancu</title><p>${plain(text)}<p><a href="/sign-in">Đăng nhập / Sign in</a>${out}`)
}

createServer((request, response) => {
  const here = new URL(request.url, home)
  const step = { '/sign-in': () => begin(response), '/callback': () => finish(request, response, here) }
  Promise.resolve((step[here.pathname] ?? (() => page(response, 'dancu')))()).catch((error) =>
    page(response, told(error), 400),
  )
}).listen(port, '127.0.0.1', () => console.log(`open ${home}`))
