// `openid-client` signs a citizen in, as its documentation says it is done under the FAPI 2.0 Security Profile.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Browser, application, citizen, issuer } from './citizen.mjs'

const client = await import('openid-client')

const metadata = { id_token_signed_response_alg: 'ES256' }
const local = { execute: [client.allowInsecureRequests, client.enableNonRepudiationChecks] }

async function connect(name, more = {}) {
  const known = await application(name)
  const config = await client.discovery(issuer, known.id, { ...metadata, ...more }, client.PrivateKeyJwt(known.key), local)
  const DPoP = client.getDPoPHandle(config, await client.randomDPoPKeyPair('ES256'))
  return { ...known, config, options: { DPoP } }
}

/// From the pushed request to the tokens.
async function signIn(app, browser, scope, more = {}) {
  const verifier = client.randomPKCECodeVerifier()
  const parameters = {
    redirect_uri: app.callback,
    scope,
    state: client.randomState(),
    nonce: client.randomNonce(),
    code_challenge: await client.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    ...more.parameters,
  }
  const begin = more.begin ?? ((p) => client.buildAuthorizationUrlWithPAR(app.config, p, app.options))
  const address = await begin(parameters)
  const back = await browser.answer(address, 'grant', more.scopes)
  const expected = { pkceCodeVerifier: verifier, expectedState: parameters.state, expectedNonce: parameters.nonce, idTokenExpected: true }
  const tokens = await client.authorizationCodeGrant(app.config, back, { ...expected, ...more.expected }, undefined, app.options)
  return { tokens, address }
}

test('a bank signs a citizen in, asks for data, stays connected, and lets go', async () => {
  const app = await connect('bank')
  const browser = new Browser()
  const { tokens, address } = await signIn(app, browser, 'openid profile offline_access')
  assert.deepEqual([...address.searchParams.keys()].sort(), ['client_id', 'request_uri'], 'all else was pushed')
  assert.equal(tokens.token_type, 'dpop')
  const claims = tokens.claims()
  assert.equal(claims.acr, 'urn:dancu:eid:1')
  assert.deepEqual(claims.amr, ['pwd'])

  const info = await client.fetchUserInfo(app.config, tokens.access_token, claims.sub, app.options)
  assert.deepEqual([info.name, info.birthdate, info.gender], ['Trần Văn Đức', '1980-03-12', 'male'])
  assert.equal(info.personal_number, undefined)

  const again = await client.refreshTokenGrant(app.config, tokens.refresh_token, undefined, app.options)
  assert.notEqual(again.refresh_token, tokens.refresh_token)
  assert.equal((await client.tokenIntrospection(app.config, again.access_token)).active, true)
  await client.tokenRevocation(app.config, again.refresh_token)
  assert.equal((await client.tokenIntrospection(app.config, again.access_token)).active, false)
  await assert.rejects(client.refreshTokenGrant(app.config, again.refresh_token, undefined, app.options), { error: 'invalid_grant' })
  await assert.rejects(client.fetchUserInfo(app.config, again.access_token, claims.sub, app.options), (error) => {
    assert.equal(error.cause[0].parameters.error, 'invalid_token')
    return true
  })

  const leaving = client.buildEndSessionUrl(app.config, { post_logout_redirect_uri: app.left, id_token_hint: tokens.id_token, state: 'bye' })
  assert.equal((await browser.leave(leaving)).href, `${app.left}?state=bye`)
})

test('a refresh token that is used twice ends everything', async () => {
  const app = await connect('bank')
  const { tokens } = await signIn(app, new Browser(), 'openid offline_access')
  const again = await client.refreshTokenGrant(app.config, tokens.refresh_token, undefined, app.options)
  await assert.rejects(client.refreshTokenGrant(app.config, tokens.refresh_token, undefined, app.options), { error: 'invalid_grant' })
  assert.equal((await client.tokenIntrospection(app.config, again.access_token)).active, false)
})

test('userinfo comes signed where the registration says so', async () => {
  const app = await connect('hospital', { userinfo_signed_response_alg: 'ES256' })
  const { tokens } = await signIn(app, new Browser(), 'openid profile personal_number')
  const info = await client.fetchUserInfo(app.config, tokens.access_token, tokens.claims().sub, app.options)
  assert.deepEqual([info.name, info.personal_number], ['Trần Văn Đức', '056080000003'])
})

test('a refusal and a sign-in without pages come back as errors', async () => {
  const app = await connect('bank')
  const ask = async (more) => {
    const parameters = { redirect_uri: app.callback, scope: 'openid', state: 's', code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM', code_challenge_method: 'S256', ...more }
    return client.buildAuthorizationUrlWithPAR(app.config, parameters, app.options)
  }
  const got = (back) => client.authorizationCodeGrant(app.config, back, { pkceCodeVerifier: 'x'.repeat(43), expectedState: 's' }, undefined, app.options)
  await assert.rejects(got(await new Browser().answer(await ask({ prompt: 'none' }))), { error: 'login_required' })
  await assert.rejects(got(await new Browser().answer(await ask({ prompt: 'consent' }), 'deny')), { error: 'access_denied' })
  await assert.rejects(ask({ scope: 'openid everything' }), { error: 'invalid_scope' })
})

test('a portal of the basic profile signs in without pushing, with a key of RSA', async () => {
  const known = await application('portal')
  const config = await client.discovery(issuer, known.id, metadata, client.PrivateKeyJwt(known.key), local)
  const app = { ...known, config, options: undefined }
  const { tokens } = await signIn(app, new Browser(), 'openid profile', {
    begin: (parameters) => client.buildAuthorizationUrl(config, { ...parameters, max_age: '3600' }),
    scopes: ['profile'],
    expected: { maxAge: 3600 },
  })
  assert.equal(tokens.token_type, 'bearer')
  const info = await client.fetchUserInfo(config, tokens.access_token, tokens.claims().sub)
  assert.equal(info.name, 'Trần Văn Đức')
})

test('a request is signed, and pushed', async () => {
  const app = await connect('hospital', { userinfo_signed_response_alg: 'ES256' })
  const { tokens, address } = await signIn(app, new Browser(), 'openid profile', {
    begin: async (parameters) => {
      const signed = await client.buildAuthorizationUrlWithJAR(app.config, parameters, app.key)
      assert.ok(signed.searchParams.has('request'))
      return client.buildAuthorizationUrlWithPAR(app.config, signed.searchParams, app.options)
    },
  })
  assert.ok(address.searchParams.get('request_uri'))
  assert.equal(tokens.claims().aud, app.id)
})

test('a television signs in by the code that the citizen types', async () => {
  const known = await application('portal')
  const config = await client.discovery(issuer, known.id, metadata, client.PrivateKeyJwt(known.key), local)
  const shown = await client.initiateDeviceAuthorization(config, { scope: 'openid profile' })
  await new Browser().confirm(shown.verification_uri_complete)
  const tokens = await client.pollDeviceAuthorizationGrant(config, { ...shown, interval: 1 })
  const info = await client.fetchUserInfo(config, tokens.access_token, tokens.claims().sub)
  assert.equal(info.name, 'Trần Văn Đức')
})

test('a bank asks a citizen who answers on the own page', async () => {
  const app = await connect('bank')
  const hint = { scope: 'openid profile', login_hint: citizen.number, binding_message: 'Giao dịch 4711' }
  const asked = await client.initiateBackchannelAuthentication(app.config, hint)
  await new Browser().confirm('/citizen/requests', 'Giao dịch 4711')
  const tokens = await client.pollBackchannelAuthenticationGrant(app.config, { ...asked, interval: 1 }, undefined, app.options)
  const info = await client.fetchUserInfo(app.config, tokens.access_token, tokens.claims().sub, app.options)
  assert.equal(info.name, 'Trần Văn Đức')
})
