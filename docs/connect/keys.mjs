// Makes the application's key, and its registration for `dancu client register`. The private key stays in key.json.
import { webcrypto } from 'node:crypto'
import { writeFileSync } from 'node:fs'

const home = `http://127.0.0.1:${process.env.PORT ?? 3000}`
const pair = await webcrypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign', 'verify'])
const { kty, crv, x, y, d } = await webcrypto.subtle.exportKey('jwk', pair.privateKey)
writeFileSync('key.json', JSON.stringify({ kty, crv, x, y, d }), { mode: 0o600 })
const registration = {
  id: 'first-app',
  name: 'Ứng dụng đầu tiên',
  name_en: 'First application',
  agency: 'G01',
  profile: 'fapi2',
  redirect_uris: [`${home}/callback`],
  logout_uris: [`${home}/`],
  jwks: { keys: [{ kty, crv, x, y }] },
  scopes: { profile: 'why you need the name, by which law' },
}
writeFileSync('registration.json', JSON.stringify(registration, null, 2))
console.log('key.json, registration.json')
