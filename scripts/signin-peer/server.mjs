// npm's oidc-provider with its own in-memory adapter and the features that `dancu bench signin` uses: pushed requests,
// DPoP with nonces, private_key_jwt, PKCE, ES256, pairwise subjects; sessions that live, and grants that stand. It reads
// one line of JSON (applications and how many sessions) and answers with one (its issuer, and the cookies).
import { createHmac, generateKeyPairSync, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { createInterface } from 'node:readline'

// Standard output carries the one answer alone.
console.log = console.info = console.warn = console.error
const { default: Provider } = await import('oidc-provider')

const [line] = await once(createInterface({ input: process.stdin }), 'line')
const { applications, sessions } = JSON.parse(line)

const server = createServer()
server.listen(0, '127.0.0.1')
await once(server, 'listening')
const issuer = `http://127.0.0.1:${server.address().port}`

const signing = { alg: 'ES256', use: 'sig' }
const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const secret = randomBytes(32)
const provider = new Provider(issuer, {
  clients: applications.map(({ client_id, redirect_uri, jwk }) => ({
    client_id,
    redirect_uris: [redirect_uri],
    response_types: ['code'],
    grant_types: ['authorization_code'],
    scope: 'openid profile',
    subject_type: 'pairwise',
    token_endpoint_auth_method: 'private_key_jwt',
    token_endpoint_auth_signing_alg: 'ES256',
    id_token_signed_response_alg: 'ES256',
    require_pushed_authorization_requests: true,
    dpop_bound_access_tokens: true,
    jwks: { keys: [{ ...jwk, ...signing }] },
  })),
  jwks: { keys: [{ ...privateKey.export({ format: 'jwk' }), ...signing, kid: 'one' }] },
  claims: { openid: ['sub'], profile: ['name', 'birthdate', 'gender'] },
  scopes: ['openid', 'profile'],
  subjectTypes: ['pairwise'],
  pairwiseIdentifier: (_, account, client) =>
    createHmac('sha256', secret).update(client.sectorIdentifier).update(account).digest('base64url'),
  enabledJWA: { clientAuthSigningAlgValues: ['ES256'], dPoPSigningAlgValues: ['ES256'], idTokenSigningAlgValues: ['ES256'] },
  pkce: { required: () => true },
  features: {
    devInteractions: { enabled: false },
    dPoP: { enabled: true, nonceSecret: secret, requireNonce: () => true },
    pushedAuthorizationRequests: { enabled: true },
  },
  findAccount: (_, accountId) => ({
    accountId,
    claims: async () => ({ sub: accountId, name: 'Trần Văn Đức', birthdate: '1980-03-12', gender: 'male' }),
  }),
  // What the citizen agreed to before stands, and is found again by the session.
  async loadExistingGrant({ oidc }) {
    const { client, session } = oidc
    const known = session.grantIdFor(client.clientId)
    const standing = known && (await oidc.provider.Grant.find(known))
    if (standing) return standing
    const grant = new oidc.provider.Grant({ clientId: client.clientId, accountId: session.accountId })
    grant.addOIDCScope('openid profile')
    await grant.save()
    return grant
  },
})

const cookies = []
for (let n = 0; n < sessions; n++) {
  const session = new provider.Session()
  session.loginAccount({ accountId: `citizen-${n}`, amr: ['pwd'] })
  await session.save(12 * 3600)
  cookies.push(`_session=${session.jti}`)
}
server.on('request', provider.callback())
process.stdout.write(`${JSON.stringify({ issuer, sessions: cookies })}\n`)
