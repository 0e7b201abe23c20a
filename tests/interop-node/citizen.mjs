// The citizen's browser, as far as these tests need one: it keeps cookies, follows the provider's redirects, signs in,
// and answers what an application asks.
import assert from 'node:assert/strict'
import { webcrypto } from 'node:crypto'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { request } from 'node:http'
import { text } from 'node:stream/consumers'

// Debian 12 brings Node 18, where these are not global yet.
globalThis.crypto ??= webcrypto
globalThis.CryptoKey ??= webcrypto.CryptoKey

export const issuer = new URL(process.env.DANCU_ISSUER)
export const citizen = JSON.parse(process.env.DANCU_CITIZEN)

/// The registered application of a name, with its private key.
export async function application(name) {
  const known = JSON.parse(readFileSync(`${process.env.DANCU_APPLICATIONS}/${name}.json`, 'utf8'))
  const algorithm = known.key.kty === 'RSA' ? { name: 'RSA-PSS', hash: 'SHA-256' } : { name: 'ECDSA', namedCurve: 'P-256' }
  const key = await crypto.subtle.importKey('jwk', known.key, algorithm, false, ['sign'])
  return { id: known.id, callback: known.redirect_uris[0], left: known.logout_uris[0], key: { key, kid: known.key.kid } }
}

const plain = (text) =>
  text.replace(/&(amp|lt|gt|quot|#39);/g, (_, name) => ({ amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'" })[name])

/// The form of a page that leads to an address beginning so: its action, and the values that it holds.
function form(page, beginning) {
  for (const [, head, body] of page.matchAll(/<form([^>]*)>([\s\S]*?)<\/form>/g)) {
    const action = plain(head.match(/action="([^"]*)"/)?.[1] ?? '')
    if (!action.startsWith(beginning)) continue
    const values = new URLSearchParams()
    for (const [input] of body.matchAll(/<input[^>]*>/g)) {
      const name = input.match(/name="([^"]*)"/)?.[1]
      const value = plain(input.match(/value="([^"]*)"/)?.[1] ?? '')
      const chosen = !/type="checkbox"/.test(input) || / checked/.test(input)
      if (name && chosen) values.append(name, value)
    }
    return { action, values }
  }
}

export class Browser {
  #cookies = new Map()

  async #load(address, body) {
    const cookie = [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const headers = { accept: 'text/html', 'accept-language': 'en', cookie }
    if (body) headers['content-type'] = 'application/x-www-form-urlencoded'
    const sent = request(address, { method: body ? 'POST' : 'GET', headers }).end(body?.toString())
    const [answer] = await once(sent, 'response')
    const page = await text(answer)
    for (const line of answer.headers['set-cookie'] ?? []) {
      const [, name, value] = line.match(/^([^=]+)=([^;]*)/)
      if (value) this.#cookies.set(name, value)
      else this.#cookies.delete(name)
    }
    return { status: answer.statusCode, location: answer.headers.location, page }
  }

  /// Opens an address and follows where it leads: to a page of the provider, or away from it.
  async open(address, body) {
    let here = new URL(address, issuer)
    for (let step = 0; step < 10; step++) {
      const answer = await this.#load(here, body)
      if (answer.status !== 303) return { here, status: answer.status, page: answer.page }
      here = new URL(answer.location, here)
      body = undefined
      if (here.origin !== issuer.origin) return { away: here }
    }
    assert.fail('redirected again and again')
  }

  /// Sends the form of a page, with values of one's own.
  send({ here, page }, beginning, own = {}) {
    const found = form(page, beginning)
    assert.ok(found, `${here} has no form to ${beginning}: ${page.match(/<h1[\s\S]{0,300}/)?.[0]}`)
    for (const [name, value] of Object.entries(own)) {
      found.values.delete(name)
      for (const one of [value].flat()) found.values.append(name, one)
    }
    return this.open(new URL(found.action, here), found.values)
  }

  async #signedIn(shown) {
    if (shown.here?.pathname !== '/citizen/sign-in') return shown
    const { number, password } = citizen
    return this.send(shown, '/citizen/sign-in', { number, password })
  }

  /// Agrees on the own pages: to what a device shows a code for, or to what is listed with a message.
  async confirm(address, message = '') {
    let shown = await this.#signedIn(await this.open(address))
    if (shown.here.pathname === '/citizen/device') {
      shown = await this.send(shown, '/citizen/device')
    } else {
      assert.ok(shown.page.includes(message), shown.page)
      shown = await this.open(shown.page.match(/\/citizen\/requests\/\d+/)[0])
    }
    shown = await this.send(shown, '/citizen/requests/', { answer: 'grant' })
    assert.equal(shown.status, 200)
  }

  /// Signs in where that is asked, and gives the answer to the application; the address that it comes back with.
  async answer(address, answer = 'grant', scopes) {
    let shown = await this.open(address)
    shown = await this.#signedIn(shown)
    if (shown.away) return shown.away
    const own = scopes ? { answer, scope: scopes } : { answer }
    shown = await this.send(shown, '/oidc/ask/', own)
    assert.ok(shown.away, `still at ${shown.here}`)
    return shown.away
  }

  /// Signs out at the wish of an application; the address that it leads to.
  async leave(address) {
    const shown = await this.open(address)
    return (await this.send(shown, '/oidc/logout')).away
  }
}
