// `oauth4webapi` checks every answer by itself, and leaves each step to its user: FAPI 2.0 step by step.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Browser, application, issuer } from './citizen.mjs'

const oauth = await import('oauth4webapi')

const local = { [oauth.allowInsecureRequests]: true }
const known = await application('bank')
const client = { client_id: known.id, id_token_signed_response_alg: 'ES256' }
const auth = oauth.PrivateKeyJwt(known.key)
const server = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, local))

/// Does a step, and once more with the nonce that the first answer brought.
async function withNonce(step) {
  try {
    return await step()
  } catch (error) {
    assert.ok(oauth.isDPoPNonceError(error), error)
    return step()
  }
}

async function begin(DPoP, more = {}) {
  const verifier = oauth.generateRandomCodeVerifier()
  const state = oauth.generateRandomState()
  const nonce = oauth.generateRandomNonce()
  const parameters = new URLSearchParams({
    client_id: client.client_id,
    response_type: 'code',
    redirect_uri: known.callback,
    scope: 'openid profile offline_access',
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    state,
    nonce,
    ...more,
  })
  const pushed = await withNonce(async () => {
    const answer = await oauth.pushedAuthorizationRequest(server, client, auth, parameters, { DPoP, ...local })
    return oauth.processPushedAuthorizationResponse(server, client, answer)
  })
  const address = new URL(server.authorization_endpoint)
  address.searchParams.set('client_id', client.client_id)
  address.searchParams.set('request_uri', pushed.request_uri)
  return { address, verifier, state, nonce }
}

async function exchange(DPoP, begun, back) {
  const code = oauth.validateAuthResponse(server, client, back, begun.state)
  return withNonce(async () => {
    const answer = await oauth.authorizationCodeGrantRequest(server, client, auth, code, known.callback, begun.verifier, { DPoP, ...local })
    const result = await oauth.processAuthorizationCodeResponse(server, client, answer, { expectedNonce: begun.nonce, requireIdToken: true })
    await oauth.validateApplicationLevelSignature(server, answer, local)
    return result
  })
}

test('each step of FAPI 2.0 passes the checks of the library', async () => {
  assert.equal(server.authorization_response_iss_parameter_supported, true)
  const DPoP = oauth.DPoP(client, await oauth.generateKeyPair('ES256'))
  const begun = await begin(DPoP)
  const browser = new Browser()
  const result = await exchange(DPoP, begun, await browser.answer(begun.address))
  const claims = oauth.getValidatedIdTokenClaims(result)

  const info = await withNonce(async () => {
    const answer = await oauth.userInfoRequest(server, client, result.access_token, { DPoP, ...local })
    return oauth.processUserInfoResponse(server, client, claims.sub, answer)
  })
  assert.equal(info.name, 'Trần Văn Đức')

  const renewed = await withNonce(async () => {
    const answer = await oauth.refreshTokenGrantRequest(server, client, auth, result.refresh_token, { DPoP, ...local })
    return oauth.processRefreshTokenResponse(server, client, answer)
  })
  const about = async (token) => {
    const answer = await oauth.introspectionRequest(server, client, auth, token, local)
    return oauth.processIntrospectionResponse(server, client, answer)
  }
  const seen = await about(renewed.access_token)
  assert.deepEqual([seen.active, seen.sub, seen.client_id], [true, claims.sub, client.client_id])
  assert.ok(seen.cnf.jkt)
  await oauth.processRevocationResponse(await oauth.revocationRequest(server, client, auth, renewed.access_token, local))
  assert.equal((await about(renewed.access_token)).active, false)

  // A second sign-in in the same browser asks for nothing: session and consent are there.
  const second = await begin(DPoP, { prompt: 'none' })
  const silent = await exchange(DPoP, second, await browser.answer(second.address))
  assert.equal(oauth.getValidatedIdTokenClaims(silent).auth_time, claims.auth_time)
})

test('a code and a proof are of no use to anybody else, or twice', async () => {
  const DPoP = oauth.DPoP(client, await oauth.generateKeyPair('ES256'))
  const begun = await begin(DPoP)
  const back = await new Browser().answer(begun.address)
  const thief = oauth.DPoP(client, await oauth.generateKeyPair('ES256'))
  await assert.rejects(exchange(thief, begun, back), { error: 'invalid_grant' })
  const result = await exchange(DPoP, begun, back)
  await assert.rejects(exchange(DPoP, begun, back), { error: 'invalid_grant' })
  const answer = await oauth.introspectionRequest(server, client, auth, result.access_token, local)
  assert.equal((await oauth.processIntrospectionResponse(server, client, answer)).active, false)
})

test('an answer of another provider is noticed', async () => {
  const DPoP = oauth.DPoP(client, await oauth.generateKeyPair('ES256'))
  const begun = await begin(DPoP)
  const back = await new Browser().answer(begun.address)
  back.searchParams.set('iss', 'https://evil.example')
  assert.throws(() => oauth.validateAuthResponse(server, client, back, begun.state), oauth.OperationProcessingError)
})
