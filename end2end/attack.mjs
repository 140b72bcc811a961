// Attacks on a running server, from outside: `node attack.mjs BINARY [--short] [--only REGEX]`; over Postgres where
// `ATTACK_POSTGRES` names one as `postgres://…/` and `PSQL` its program. A line each, `held` or
// `NOT HELD` with the reason; exit code 0 only if all held. Every group has a server of its own on a fresh data folder.
// `--short` leaves out what takes over some ten seconds. Strangers come from addresses of their own in 127.0.0.0/8.
//
// Not here, since nothing outside shows it:
// * accounts that end after 72 hours unconfirmed, sessions that end by age: a clock (crates/store/tests, /dev/clock);
// * what the letter of a merge names: it is a text of the letter (server/src/mail);
// * OCSP, source maps, BIMI and the MTA-STS redirect into private networks: a lab with certificates (crates/scanner/tests/hostile.rs);
// * the provider's mix-up (two issuers): a server has one; nonce, state and replay of a code are here;
// * a body of 200 MB of another site: the lab's (crates/scanner/tests/hostile.rs).
import { execFile, spawn } from 'node:child_process';
import { createHash, createHmac, createSign, generateKeyPairSync, randomBytes } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { chmodSync, existsSync, lstatSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, request } from 'node:http';
import { connect, createServer as listenTcp } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const here = dirname(fileURLToPath(import.meta.url));
const run = promisify(execFile);
export const PASSWORD = 'walnut harbour sixteen';
const NEW_PASSWORD = 'lantern gravel eleven';
export const sleep = (ms) => new Promise((r) => setTimeout(r, ms));

// ── The attacker's tools ─────────────────────────────────────────────────────────────────────────────────────────────

class NotHeld extends Error {}
class Skipped extends Error {}
/** What must hold; otherwise the attack went through. */
export const must = (holds, why) => { if (!holds) throw new NotHeld(why); };

/** Asks again until something is there. */
export async function until(what, look, ms = 15_000) {
  for (const end = Date.now() + ms; ;) {
    const found = await look();
    if (found) return found;
    if (Date.now() > end) throw new Error(`${what} did not come in ${ms / 1000} s`);
    await sleep(60);
  }
}

const freePort = () => new Promise((resolve, reject) => {
  const s = listenTcp().once('error', reject).listen(0, '127.0.0.1', () => { const { port } = s.address(); s.close(() => resolve(port)); });
});

let strangers = 0;
/** An address of the network that nobody else uses; each in a /16 and a /24 of its own. */
export const somewhere = () => { const n = strangers++; return `127.${16 + (n % 200)}.${1 + (Math.floor(n / 200) % 250)}.${5 + Math.floor(n / 50_000)}`; };
let mailboxes = 0;
export const mailbox = () => `m${process.pid}-${Date.now().toString(36)}-${mailboxes++}@people.test`;

/** The head and the body of a request; `jar` is a Map of cookies. */
export function packed(at, { jar, form, json, files, body, headers = {} } = {}) {
  const sent = { host: at.host, ...headers };
  if (form) {
    const pairs = Array.isArray(form) ? form : Object.entries(form).filter(([, v]) => v !== undefined);
    body = new URLSearchParams(pairs).toString();
    sent['content-type'] ??= 'application/x-www-form-urlencoded';
  } else if (json !== undefined) {
    body = JSON.stringify(json);
    sent['content-type'] ??= 'application/json';
  } else if (files) {
    const edge = `edge${randomBytes(8).toString('hex')}`;
    body = Buffer.concat([...files.flatMap((f) => [
      Buffer.from(`--${edge}\r\ncontent-disposition: form-data; name="${f.field}"; filename="${f.name}"\r\ncontent-type: ${f.type}\r\n\r\n`), Buffer.from(f.bytes), Buffer.from('\r\n'),
    ]), Buffer.from(`--${edge}--\r\n`)]);
    sent['content-type'] = `multipart/form-data; boundary=${edge}`;
  }
  if (jar?.size) sent.cookie = [...jar].map(([k, v]) => `${k}=${v}`).join('; ');
  if (body !== undefined) sent['content-length'] = Buffer.byteLength(body);
  return { headers: sent, body };
}

/** One request, over a connection of its own. */
export function ask(at, method, path, { jar, from = '127.0.0.1', timeout = 60_000, stream = false, ...more } = {}) {
  const { headers, body } = packed(at, { jar, ...more });
  const begun = performance.now();
  return new Promise((resolve, reject) => {
    const out = request({ host: '127.0.0.1', port: at.port, localAddress: from, method, path, headers, agent: false }, (response) => {
      for (const c of response.headers['set-cookie'] ?? []) {
        const [, name, value] = /^([^=]+)=([^;]*)/.exec(c);
        if (!value || /max-age=0/i.test(c)) jar?.delete(name); else jar?.set(name, value);
      }
      const answer = { status: response.statusCode, headers: response.headers, location: response.headers.location ?? '', cookies: response.headers['set-cookie'] ?? [] };
      if (stream) {
        const closed = new Promise((r) => { response.on('close', () => r(performance.now())); response.on('error', () => r(performance.now())); });
        response.resume();
        return resolve({ ...answer, closed, end: () => out.destroy() });
      }
      const parts = [];
      response.on('data', (d) => parts.push(d));
      response.on('error', reject);
      response.on('end', () => {
        const bytes = Buffer.concat(parts);
        resolve({ ...answer, bytes, text: bytes.toString('utf8'), ms: performance.now() - begun });
      });
    });
    out.setTimeout(timeout, () => out.destroy(new Error(`${method} ${path.slice(0, 60)}: no answer in ${timeout / 1000} s`)));
    out.on('error', reject);
    if (body !== undefined) out.write(body);
    out.end();
  });
}

const unescape = (t) => t.replace(/&lt;/g, '<').replace(/&gt;/g, '>').replace(/&quot;/g, '"').replace(/&#(\d+);/g, (_, n) => String.fromCharCode(Number(n))).replace(/&#x([0-9a-f]+);/gi, (_, n) => String.fromCharCode(parseInt(n, 16))).replace(/&amp;/g, '&');
const plain = (html) => unescape((/<main[^]*<\/main>/.exec(html)?.[0] ?? html).replace(/<[^>]+>/g, ' ')).replace(/\s+/g, ' ').trim();
/** An answer in few words. */
const short = (r) => `${r.status}${r.location ? ` to ${r.location.slice(0, 60)}` : ''}`;
const attribute = (tag, name) => unescape(new RegExp(`\\b${name}="([^"]*)"`).exec(tag)?.[1] ?? (new RegExp(`\\b${name}(\\s|/|>|=true)`).test(tag) ? name : ''));

/** Whatever a form lets one tick or choose, chosen so that most ends: nothing is kept, of choices the one that ends. */
function ticks(html, action) {
  const form = html.split('<form').slice(1).find((f) => f.split('>')[0].includes(`action="${action}"`))?.split('</form>')[0] ?? '';
  const out = {};
  for (const [tag] of form.matchAll(/<input[^>]*>/g)) {
    const [name, value] = [attribute(tag, 'name'), attribute(tag, 'value') || 'on'];
    if (/type="?(checkbox|radio)/.test(tag) && !/keep/.test(`${name} ${value}`) && !/^(no|off)$/.test(value)) out[name] = value;
    if (/type="?hidden/.test(tag)) out[attribute(tag, 'name')] = attribute(tag, 'value');
  }
  for (const [, name, inner] of form.matchAll(/<select[^>]*name="([^"]+)"[^>]*>([^]*?)<\/select>/g)) out[name] = attribute([...inner.matchAll(/<option[^>]*>/g)].pop()?.[0] ?? '', 'value');
  return out;
}

/** A name server of ours: every name exists, and says what an attacker would want to be read. */
export async function nameServer() {
  const special = new Map();
  // Domains that begin with “calm” are well until there is a storm.
  const storm = { on: false };
  const EVIL = '<img src=x onerror=alert(1)>';
  const answer = (q) => {
    let [at, labels] = [12, []];
    while (q[at]) { labels.push(q.toString('latin1', at + 1, at + 1 + q[at]).toLowerCase()); at += q[at] + 1; }
    const type = q.readUInt16BE(at + 1);
    const name = labels.join('.');
    const rows = [];
    const row = (data) => { const head = Buffer.from([0xc0, 12, type >> 8, type & 255, 0, 1, 0, 0, 0, 60, data.length >> 8, data.length & 255]); rows.push(Buffer.concat([head, data])); };
    const txt = (t) => row(Buffer.concat([Buffer.from([t.length]), Buffer.from(t)]));
    const address = [...special].find(([n]) => name === n || name.endsWith(`.${n}`))?.[1];
    const two = (n) => Buffer.from([n >> 8, n & 255]);
    const label = (...l) => Buffer.concat([...l.flatMap((t) => [Buffer.from([t.length]), Buffer.from(t)]), Buffer.from([0])]);
    if (type === 1 && address) row(Buffer.from(address.split('.').map(Number)));
    // Domains that begin with “one” have a single record of each kind.
    const one = /(^|\.)one[^.]*\.test$/.test(name) || (/(^|\.)calm[^.]*\.test$/.test(name) && storm.on);
    if (type === 15 && one) row(Buffer.concat([two(10), label(EVIL, 'evil', 'test')]));
    if (type === 2 && one) row(label(EVIL, 'ns', 'test'));
    if (type === 257 && one) row(Buffer.concat([Buffer.from([0, 5]), Buffer.from(`issue${EVIL}`)]));
    if (type === 16) {
      if (/(^|\.)calm[^.]*\.test$/.test(name) && !one) txt(name.startsWith('_dmarc.') ? 'v=DMARC1; p=reject; rua=mailto:a@calm.test' : 'v=spf1 -all');
      else if (name.startsWith('_dmarc.') && one) txt(`v=DMARC1; p=reject${EVIL}; rua=mailto:a@b.test${EVIL},${EVIL}; fo=${EVIL}`);
      else if (name.startsWith('_dmarc.')) { txt(`v=DMARC1; p=none; rua=mailto:a@b.test${EVIL}; sp=${EVIL}`); txt(`v=DMARC1; p=<script>alert(2)</script>; x=\n\`\`\`\n${EVIL}\n\`\`\`\n|a`); }
      else if (name.startsWith('_mta-sts.')) txt(`v=STSv1; id=${EVIL};`);
      else if (name.startsWith('_smtp._tls.')) txt(`v=TLSRPTv1; rua=${EVIL}`);
      else if (name.includes('._bimi.')) txt(`v=BIMI1; l=https://a.test/${EVIL}; a=${EVIL};`);
      else if (name.includes('._domainkey.')) txt(`v=DKIM1; k=${EVIL}; p=${EVIL}`);
      else txt(one ? 'v=spf1 -all' : `v=spf1 include:${EVIL} -all`);
    }
    const head = Buffer.from(q.subarray(0, 12));
    head.writeUInt16BE(0x8580, 2);
    head.writeUInt16BE(1, 4);
    head.writeUInt16BE(rows.length, 6);
    head.writeUInt32BE(0, 8);
    return Buffer.concat([head, q.subarray(12, at + 5), ...rows]);
  };
  const udp = createSocket('udp4');
  const tcp = listenTcp((s) => {
    s.on('error', () => {});
    s.on('data', (d) => { try { const a = answer(d.subarray(2)); s.write(Buffer.concat([Buffer.from([a.length >> 8, a.length & 255]), a])); } catch { s.destroy(); } });
  });
  udp.on('message', (m, who) => { try { udp.send(answer(m), who.port, who.address); } catch { /* not a question */ } });
  const port = await freePort();
  await new Promise((r) => udp.bind(port, '127.0.0.1', r));
  await new Promise((r) => tcp.listen(port, '127.0.0.1', r));
  return { at: `127.0.0.1:${port}`, storm, point: (name, ip) => special.set(name, ip), stop: () => { udp.close(); tcp.close(); } };
}

// ── Servers ──────────────────────────────────────────────────────────────────────────────────────────────────────────

const running = new Set();
const folders = [];
export const folder = () => { const f = mkdtempSync(join(tmpdir(), 'lr-attack-')); folders.push(f); return f; };
/** The environment without settings of whoever runs this. */
const clean = () => Object.fromEntries(Object.entries(process.env).filter(([k]) => !k.startsWith('LAUNCH_READY_') && k !== 'DATABASE_URL'));

/** Starts the server; it goes by `localhost`, so that passkeys work. */
export async function serve(binary, { dns, env = {}, args = [], data = folder() } = {}) {
  const port = await freePort();
  const database = await databaseOf(data);
  const host = `localhost:${port}`;
  const settings = {
    LAUNCH_READY_PUBLIC_URL: `http://${host}`, LAUNCH_READY_CT_URL: '', LAUNCH_READY_PREVIEW_LIMIT: '1000', RUST_LOG: 'warn',
    ...(dns ? { LAUNCH_READY_RESOLVERS: dns.at } : {}), ...(database ? { LAUNCH_READY_DATABASE_URL: database } : {}), ...env,
  };
  const at = { binary, port, host, base: `http://${host}`, data, settings, log: '' };
  const child = spawn(binary, ['serve', '--listen', `127.0.0.1:${port}`, '--data-dir', data, ...args], { env: { ...clean(), ...settings }, stdio: ['ignore', 'pipe', 'pipe'] });
  running.add(child);
  child.stdout.on('data', (d) => { at.log += d; });
  child.stderr.on('data', (d) => { at.log += d; });
  let over = false;
  at.gone = new Promise((r) => child.once('exit', () => { over = true; running.delete(child); r(); }));
  at.child = child;
  at.stop = async () => { child.kill('SIGTERM'); await Promise.race([at.gone, sleep(8000).then(() => child.kill('SIGKILL'))]); };
  await until('the server', async () => {
    if (over) throw new Error(`the server ended: ${at.log.slice(-300)}`);
    return ask(at, 'GET', '/ready', { timeout: 2000 }).then((r) => r.status === 200, () => false);
  }, 30_000);
  at.setup = /\/sign-up\?setup=([0-9A-Za-z_-]+)/.exec(at.log)?.[1];
  return at;
}

const POSTGRES = process.env.ATTACK_POSTGRES;
const psql = (url, sql) => run(process.env.PSQL ?? 'psql', ['-X', '-At', '-d', url, '-c', sql]).then((o) => o.stdout);
const databases = new Map();
/** The Postgres database that belongs to a data folder; none where SQLite is attacked. */
async function databaseOf(data) {
  if (!POSTGRES) return undefined;
  if (!databases.has(data)) {
    const name = `attack_${databases.size}_${process.pid}`;
    databases.set(data, `${POSTGRES}${name}`);
    await psql(`${POSTGRES}postgres`, `create database ${name}`);
  }
  return databases.get(data);
}

/** The command line on the same data folder. */
const admin = (at, ...args) => run(at.binary, ['admin', '--data-dir', at.data, ...args], { env: { ...clean(), ...at.settings }, timeout: 60_000 }).then((o) => ({ code: 0, out: o.stdout + o.stderr }), (e) => ({ code: e.code ?? 1, out: `${e.stdout}${e.stderr}` }));

/** Makes every open session sixteen minutes older, as waiting would: its times are in the database alone. */
async function wait16(at) {
  if (POSTGRES) {
    const rows = (await psql(await databaseOf(at.data), 'select id, data from sessions')).split('\n').filter(Boolean);
    for (const row of rows) {
      const [id, data] = [row.slice(0, row.indexOf('|')), row.slice(row.indexOf('|') + 1)];
      const older = data.replace(/(?<![0-9])1[0-9]{12}(?![0-9])/g, (m) => String(Number(m) - 960_000));
      await psql(await databaseOf(at.data), `update sessions set data = $data$${older}$data$ where id = '${id}'`);
    }
    return;
  }
  const code = `import re,sqlite3,sys
c=sqlite3.connect(sys.argv[1],timeout=10)
for k,d in c.execute('select rowid,data from sessions').fetchall():
    c.execute('update sessions set data=? where rowid=?',(re.sub(r'(?<![0-9])1[0-9]{12}(?![0-9])',lambda m:str(int(m[0])-960000),d),k))
c.commit()`;
  await run('python3', ['-c', code, join(at.data, 'launch-ready.db')]).catch((e) => { throw new Skipped(`python3 with sqlite3 is needed to let time pass: ${e.message.split('\n').pop()}`); });
}

/** The letters of an address, oldest first. */
export function letters(at, email) {
  const box = join(at.data, 'outbox');
  const text = (m) => (m.split(/content-type: text\/plain[^]*?\r\n\r\n/i)[1] ?? '').split('\r\n--')[0].replace(/=\r\n/g, '').replace(/=([0-9A-F]{2})/g, (_, h) => String.fromCharCode(parseInt(h, 16)));
  if (!existsSync(box)) return [];
  return readdirSync(box).filter((n) => n.endsWith('.eml')).sort((a, b) => a.slice(-40).localeCompare(b.slice(-40)))
    .map((n) => readFileSync(join(box, n), 'utf8'))
    .filter((m) => m.toLowerCase().includes(`to: ${email.toLowerCase()}`))
    .map((m) => ({ subject: /^Subject: (.*)$/m.exec(m)?.[1].trim() ?? '', text: text(m), whole: m }));
}

/** The secret of the link in the newest letter that leads to a path; waits for more than `after` of them. */
export const linkOf = (at, email, path, after = 0) => until(`a letter with ${path} for ${email}`, () => {
  const found = letters(at, email).map((l) => new RegExp(`https?://\\S*${path}\\?link=([0-9A-Za-z_-]+)`).exec(l.text)?.[1]).filter(Boolean);
  return found.length > after ? found.pop() : undefined;
});
const lettersSettled = async (at, email) => { let n = -1; for (let same = 0; same < 4;) { const m = letters(at, email).length; same = m === n ? same + 1 : 0; n = m; await sleep(150); } return n; };

/** Somebody with a browser. */
export class Person {
  constructor(at, email = mailbox(), password = PASSWORD) { Object.assign(this, { at, email, password, from: somewhere(), jar: new Map() }); }
  get(path, more = {}) { return ask(this.at, 'GET', path, { jar: this.jar, from: this.from, ...more }); }
  post(path, form = {}, more = {}) { return ask(this.at, 'POST', path, { jar: this.jar, from: this.from, form, ...more }); }
  async signUp(more = {}) {
    const r = await this.post('/sign-up', { email: this.email, password: this.password, ...more });
    if (r.status !== 303) throw new Error(`sign-up answers ${short(r)}: ${plain(r.text).slice(0, 120)}`);
    return this;
  }
  signIn(more = {}) { return this.post('/sign-in', { email: this.email, password: this.password, ...more }); }
  /** Proves the address in the session that signed up. */
  async confirm() {
    const link = await linkOf(this.at, this.email, '/confirm');
    await this.post('/confirm', { link });
    if ((await this.get('/account')).status !== 200) await this.signIn();
    const page = await this.get('/account');
    if (page.status !== 200 || /not confirmed/i.test(plain(page.text))) throw new Error('the address could not be confirmed');
    return this;
  }
  /** The same person at another browser. */
  elsewhere() { const p = new Person(this.at, this.email, this.password); p.codes = this.codes; p.secret = this.secret; return p; }
  async inside() { return (await this.get('/projects')).status === 200; }
  /** An app for codes; keeps its secret and the recovery codes. */
  async factor() {
    const page = await this.get('/account/totp');
    if (page.status !== 200) return page;
    this.secret = (/<pre[^>]*>([^<]+)</.exec(page.text)?.[1] ?? '').replace(/[^A-Z2-7]/g, '');
    const done = await this.post('/account/totp', { code: totp(this.secret), password: this.password });
    this.codes = (/<pre[^>]*>([^<]+)</.exec(done.text)?.[1] ?? '').split('\n').map((c) => c.trim()).filter((c) => /^[0-9a-f]{4}(-[0-9a-f]{4})+$/.test(c));
    return done;
  }
  recovery() { const c = this.codes?.shift(); if (!c) throw new Error('no recovery code is left'); return c; }
  /** Whether a fresh sign-in asks for a second step. */
  async askedForSecond() { const p = this.elsewhere(); return (await p.signIn()).location.startsWith('/sign-in/second'); }
  tokenForm({ scopes = ['read'], name = 'probe', second, project } = {}) {
    return [['name', name], ...scopes.map((s) => ['scope', s]), ['days', '30'], ['password', this.password], ...(second ? [['second', second]] : []), ...(project ? [['project', project]] : [])];
  }
  async token(how = {}) {
    const r = await this.post('/workspace/tokens', this.tokenForm(how));
    const found = /lr_[0-9A-Za-z]{42}/.exec(r.text)?.[0];
    if (!found) throw new Error(`no token: ${short(r)} ${plain(r.text).slice(0, 160)}`);
    return found;
  }
  /** A project with a finished result, unless it shall not wait. */
  async project(domain = `p${mailboxes++}-${process.pid}.test`, wait = true) {
    const r = await this.post('/projects', { domain });
    const [, id, scan] = /^\/projects\/([^/]+)\/scans\/([^/]+)/.exec(r.location) ?? [];
    if (!id) throw new Error(`no project: ${short(r)} ${plain(r.text).slice(0, 120)}`);
    const p = { id, scan, domain, path: `/projects/${id}`, result: `/projects/${id}/scans/${scan}` };
    if (wait) await until(`the result of ${domain}`, async () => (await this.get(`${p.result}/report.json`)).status === 200, 90_000);
    return p;
  }
  async share(project) {
    const r = await this.post(`${project.path}/share`, { label: 'for the board', shows: 'live', days: '30' });
    return /\/shared\/([0-9A-Za-z_-]+)/.exec(r.text)?.[1];
  }
  async badge(project) {
    await this.post(`${project.path}/badge`, { badge: 'on' });
    return /\/badge\/([0-9a-f-]+)\.svg/.exec((await this.get(`${project.path}/share`)).text)?.[1];
  }
  async feed() { return /\/calendar\/([0-9A-Za-z_-]+\.ics)/.exec((await this.post('/calendar/feed')).text)?.[1]; }
  async workspace() { return api(this.at, await this.token(), 'GET', '/workspace').then((r) => r.json.id); }
  /** Asks for a letter for a new password, as anybody may; the secret of its link. */
  async resetLink() {
    const before = letters(this.at, this.email).filter((l) => /\/reset\?link=/.test(l.text)).length;
    await ask(this.at, 'POST', '/forgot', { from: somewhere(), form: { email: this.email } });
    return linkOf(this.at, this.email, '/reset', before);
  }
}
const joined = async (at) => (await new Person(at).signUp()).confirm();

export async function api(at, token, method, path, json, headers = {}) {
  const r = await ask(at, method, `/api/v1${path}`, { json, headers: { authorization: `Bearer ${token}`, ...headers } });
  try { r.json = JSON.parse(r.text); } catch { r.json = undefined; }
  return r;
}

/** The code of RFC 6238. */
function totp(secret, ahead = 0) {
  const bits = [...secret].map((c) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(c).toString(2).padStart(5, '0')).join('');
  const step = Buffer.alloc(8);
  step.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000) + ahead));
  const mac = createHmac('sha1', Buffer.from((bits.match(/.{8}/g) ?? []).map((b) => parseInt(b, 2)))).update(step).digest();
  return ((mac.readUInt32BE(mac[19] & 15) & 0x7fffffff) % 1_000_000).toString().padStart(6, '0');
}

/** An authenticator in software: ES256, no attestation (WebAuthn level 2, sections 6.1 and 6.5). */
function authenticator() {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const { x, y } = publicKey.export({ format: 'jwk' });
  const id = randomBytes(32);
  const sha = (b) => createHash('sha256').update(b).digest();
  const b64 = (b) => Buffer.from(b).toString('base64url');
  const said = (type, challenge, origin) => Buffer.from(JSON.stringify({ type, challenge, origin, crossOrigin: false }));
  let count = 0;
  const head = (rp, flags) => { const n = Buffer.alloc(4); n.writeUInt32BE(++count); return Buffer.concat([sha(rp), Buffer.from([flags]), n]); };
  const cose = Buffer.concat([Buffer.from('a5010203262001215820', 'hex'), Buffer.from(x, 'base64url'), Buffer.from('225820', 'hex'), Buffer.from(y, 'base64url')]);
  return {
    make({ challenge, origin, rp = 'localhost' }) {
      const data = Buffer.concat([head(rp, 0x45), Buffer.alloc(16), Buffer.from([0, id.length]), id, cose]);
      const object = Buffer.concat([Buffer.from('a363666d74646e6f6e656761747453746d74a068617574684461746158', 'hex'), Buffer.from([data.length]), data]);
      return { id: b64(id), rawId: b64(id), type: 'public-key', extensions: {}, response: { attestationObject: b64(object), clientDataJSON: b64(said('webauthn.create', challenge, origin)) } };
    },
    sign({ challenge, origin, user, rp = 'localhost', flags = 0x05 }) {
      const [data, client] = [head(rp, flags), said('webauthn.get', challenge, origin)];
      const signature = createSign('sha256').update(Buffer.concat([data, sha(client)])).sign(privateKey);
      return { id: b64(id), rawId: b64(id), type: 'public-key', extensions: {}, response: { authenticatorData: b64(data), clientDataJSON: b64(client), signature: b64(signature), userHandle: user } };
    },
  };
}

// ── The list ─────────────────────────────────────────────────────────────────────────────────────────────────────────

const list = [];
let group = '';
/** An attack: `work` gets its group's server; it throws if it went through. */
const attack = (name, work, { slow = false } = {}) => list.push({ name, work, slow, group });
const groups = {};
const on = (name, begin, add) => { group = name; groups[name] = begin; add(); };

/** Places that `next` must never lead to. */
const AWAY = ['/\t/evil.example', '/\n/evil.example', '/\r/evil.example', '/\x0b/evil.example', '/\0', '/\0/evil.example', '//evil.example', '/\\evil.example', '\\/evil.example', '\t//evil.example', '/./\\evil.example', 'https://evil.example', 'javascript:alert(1)', '/%09/evil.example', '/projects\r\nset-cookie: a=b'];
/** Where an answer would lead a browser, if away or broken. */
function away(at, r) {
  if (r.status >= 500) return `answers ${r.status}`;
  if (r.cookies.some((c) => /^a=b/.test(c))) return 'sets a cookie of the attacker';
  if (!r.location) return undefined;
  let to;
  try { to = new URL(r.location, at.base); } catch { return `leads to ${JSON.stringify(r.location)}`; }
  return to.origin === at.base ? undefined : `leads to ${to.href}`;
}
const worst = (found) => must(!found.length, [...new Set(found)].slice(0, 3).join('; ') + (found.length > 3 ? ` and ${found.length - 3} more` : ''));

/** Markdown without what is no markup there: fenced blocks, code, escaped letters (CommonMark sections 4.5, 6.1, 2.4). */
const outside = (text) => {
  let fence;
  const lines = text.split('\n').filter((l) => {
    const mark = /^ {0,3}(`{3,}|~{3,})(.*)$/.exec(l);
    if (!fence) { fence = mark && !(mark[1][0] === '`' && mark[2].includes('`')) ? mark[1] : undefined; return !fence; }
    if (mark && mark[1].startsWith(fence) && !mark[2].trim()) fence = undefined;
    return false;
  });
  return lines.join('\n').replace(/\\[!-/:-@[-`{-~]/g, '').replace(/(?<!`)(`+)(?!`)[^]*?(?<!`)\1(?!`)/g, '');
};
const raw = /<(img|script|svg|iframe|b|a)\b|<\/script/i;
/** Where the Markdown of a result holds a tag, or its page one of the attacker's. */
async function marked(who, p, token) {
  const found = [];
  const texts = [['report.md', await who.get(`${p.result}/report.md`)], ['plan.md', await who.get(`${p.result}/plan.md`)], ['API', await ask(who.at, 'GET', `/api/v1/projects/${p.id}/scans/${p.scan}/report.md`, { headers: { authorization: `Bearer ${token}` } })]];
  for (const [name, r] of texts) {
    must(r.status === 200, `${name} answers ${r.status}: nothing is shown`);
    const bare = outside(r.text);
    const tag = raw.exec(bare);
    if (tag) found.push(`${name}: …${bare.slice(Math.max(0, tag.index - 30), tag.index + 40).replace(/\n/g, ' ')}…`);
  }
  for (const page of ['', '/plan', '/risks', '/map']) if (/<img src=x|<script>alert/.test((await who.get(p.result + page)).text)) found.push(`the page ${page}`);
  return found;
}

const main = (env = {}, args = []) => (tools) => serve(tools.binary, { dns: tools.dns, env, args });

// ── 1. Credentials ───────────────────────────────────────────────────────────────────────────────────────────────────

on('credentials', main(), () => {
  attack('a reset goes past the second factor', async (at) => {
    const owner = await joined(at);
    await owner.factor();
    const thief = new Person(at);
    const r = await thief.post('/reset', { link: await owner.resetLink(), password: NEW_PASSWORD });
    must(!(await thief.inside()), `/projects opens after a reset without a code (${short(r)})`);
    await thief.post('/sign-in/second', { code: owner.recovery() });
    must(await thief.inside(), 'the owner does not get in after a reset with a code either');
  });
  attack('after a reset the factor goes with the new password alone', async (at) => {
    const owner = await joined(at);
    await owner.factor();
    const thief = new Person(at);
    await thief.post('/reset', { link: await owner.resetLink(), password: NEW_PASSWORD });
    const r = await thief.post('/account/totp/off', { password: NEW_PASSWORD });
    owner.password = NEW_PASSWORD;
    must(await owner.askedForSecond(), `the factor is off (${short(r)})`);
  });
  attack('the factor goes with the password alone', async (at) => {
    const owner = await new Person(at).signUp();
    await owner.confirm();
    const other = owner.elsewhere();
    await other.signIn();
    await owner.factor();
    const a = await other.post('/account/totp/off', { password: PASSWORD });
    must(await owner.askedForSecond(), `an older session takes it off (${short(a)})`);
    // The session that added it has shown a code just now; a while later that counts no more.
    await wait16(at);
    const b = await owner.post('/account/totp/off', { password: PASSWORD });
    must(await owner.askedForSecond(), `a session that showed no code for a while takes it off (${short(b)})`);
    await owner.post('/account/totp/off', { password: PASSWORD, second: owner.recovery() });
    must(!(await owner.askedForSecond()), 'with password and code the owner cannot take it off');
  });
  const deeds = {
    'new recovery codes': [(p, second) => p.post('/account/codes', { password: p.password, second }), (r) => /[0-9a-f]{4}-[0-9a-f]{4}/.test(r.text)],
    'a passkey': [(p, second) => p.post('/account/passkeys', { password: p.password, second }), (r) => r.text.includes('challenge')],
    'another address': [(p, second) => p.post('/account/email', { email: mailbox(), email_password: p.password, second }), (r) => /on its way/.test(r.text)],
    'a token': [(p, second) => p.post('/workspace/tokens', p.tokenForm({ second })), (r) => /lr_[0-9A-Za-z]{42}/.test(r.text)],
    'deletion of the account': [(p, second) => p.post('/account/delete', { delete_password: p.password, second }), (r) => r.status === 200],
  };
  for (const [what, [deed, done]] of Object.entries(deeds)) {
    attack(`with a factor, the password alone is enough for ${what}`, async (at) => {
      const owner = await joined(at);
      await owner.factor();
      await wait16(at);
      must(!done(await deed(owner)), 'done without a code');
      must(!done(await deed(owner, '000000')), 'done with a wrong code');
      must(done(await deed(owner, owner.recovery())), 'not done with a right code either');
    });
  }

  // Whoever signs up with an address that is not theirs gets nothing that could stay.
  const refused = (r) => r.status === 403 || r.status === 422;
  const unconfirmed = {
    'an app for codes': async (p) => { const r = await p.factor(); return refused(r) && !(await p.askedForSecond()) || short(r); },
    'recovery codes': async (p) => { const r = await p.post('/account/codes', { password: PASSWORD }); return refused(r) || short(r); },
    'a passkey': async (p) => { const r = await p.post('/account/passkeys', { password: PASSWORD }); return refused(r) || short(r); },
    'a token': async (p) => { const r = await p.post('/workspace/tokens', p.tokenForm()); return refused(r) && !/lr_[0-9A-Za-z]{42}/.test(r.text) || short(r); },
    'a calendar feed': async (p) => { const r = await p.post('/calendar/feed'); return refused(r) && !/\.ics/.test(r.text) || short(r); },
    'a share link': async (p) => { const x = await p.project(); const r = await p.post(`${x.path}/share`, { label: 'a', shows: 'live', days: '0' }); return refused(r) && !/\/shared\/[0-9a-f]{20}/.test(r.text) || short(r); },
    'a badge': async (p) => { const x = await p.project(undefined, false); const r = await p.post(`${x.path}/badge`, { badge: 'on' }); return refused(r) && !/\/badge\/[0-9a-f]/.test((await p.get(`${x.path}/share`)).text) || short(r); },
    'a channel': async (p) => { const r = await p.post('/workspace/channels', { kind: 'webhook', name: 'a', url: 'https://hooks.channel.test/x', rule: 'worsened' }); return refused(r) || short(r); },
    'an invitation': async (p) => { const to = mailbox(); await p.post('/workspace/invitations', { email: to, role: 'owner' }); await sleep(300); return !letters(p.at, to).length || 'a letter went out'; },
  };
  for (const [what, work] of Object.entries(unconfirmed)) {
    attack(`an unconfirmed account gets ${what}`, async (at) => {
      const said = await work(await new Person(at).signUp());
      must(said === true, `it is not refused: ${said}`);
    });
  }
  attack('a refusal leaves an unconfirmed account without advice', async (at) => {
    const r = await (await new Person(at).signUp()).post('/workspace/tokens', new Person(at).tokenForm());
    must(refused(r) && /confirm/i.test(plain(r.text)), `the refusal does not say to confirm the address (${short(r)})`);
  });

  /** A stranger signs up with the owner's address and takes all that is given; later the owner resets the password. */
  const squat = async (at) => {
    const stranger = await new Person(at).signUp();
    const got = {};
    const project = await stranger.project();
    got.token = await stranger.token({ scopes: ['read', 'project:write', 'member:write'] }).catch(() => undefined);
    got.feed = await stranger.feed();
    got.share = await stranger.share(project);
    got.badge = await stranger.badge(project).catch(() => undefined);
    await stranger.factor().catch(() => undefined);
    const owner = new Person(at, stranger.email, NEW_PASSWORD);
    const r = await owner.post('/reset', { link: await stranger.resetLink(), password: NEW_PASSWORD });
    return { stranger, owner, got, project, r };
  };
  let squatted;
  const squatOnce = (at) => squatted ??= squat(at);
  attack("a stranger's session lives on after the owner's reset", async (at) => must(!(await (await squatOnce(at)).stranger.inside()), 'it does'));
  attack("a stranger's second factor stands in the owner's way", async (at) => {
    const { owner, r } = await squatOnce(at);
    must(!r.location.startsWith('/sign-in/second') && !(await owner.askedForSecond()), "the owner is asked for the stranger's code");
    must(await owner.inside(), 'the owner is not in after the reset');
  });
  attack("a stranger's token reads the owner's workspace", async (at) => {
    const { got } = await squatOnce(at);
    if (!got.token) return 'there was none';
    const r = await api(at, got.token, 'GET', '/projects');
    must(r.status === 401, `it answers ${r.status}`);
  });
  for (const [what, path] of [['calendar feed', (g) => g.feed && `/calendar/${g.feed}`], ['share link', (g) => g.share && `/shared/${g.share}`], ['badge', (g) => g.badge && `/badge/${g.badge}.svg`]]) {
    attack(`a stranger's ${what} lives on in the owner's account`, async (at) => {
      const p = path((await squatOnce(at)).got);
      if (!p) return 'there was none';
      const r = await ask(at, 'GET', p);
      must(r.status === 404 || r.status === 410, `it answers ${r.status}`);
    });
  }
  attack("the owner's press on the letter confirms the stranger's account", async (at) => {
    const stranger = await new Person(at).signUp();
    const link = await linkOf(at, stranger.email, '/confirm');
    const owner = new Person(at, stranger.email);
    await owner.post('/confirm', { link });
    await owner.post('/confirm', { link, password: 'not this one at all' });
    const page = await stranger.get('/account');
    must(page.status !== 200 || /not confirmed/i.test(plain(page.text)), 'it is confirmed, and the stranger is in it');
    await owner.post('/confirm', { link, password: PASSWORD });
    const there = owner.elsewhere();
    await there.signIn();
    must(!/not confirmed/i.test(plain((await there.get('/account')).text)) && await there.inside(), 'who made it cannot confirm it with the password either');
  });
  attack("who signs up again with the owner's address has links that live on after the merge", async (at) => {
    const owner = await joined(at);
    const stranger = await new Person(at, owner.email).signUp();
    const project = await stranger.project();
    const [share, badge, feed] = [await stranger.share(project), await stranger.badge(project).catch(() => undefined), await stranger.feed()];
    const token = await stranger.token().catch(() => undefined);
    await owner.post('/confirm', { link: await linkOf(at, owner.email, '/confirm', 1), password: PASSWORD });
    const lives = [];
    for (const [what, p] of [['share link', share && `/shared/${share}`], ['badge', badge && `/badge/${badge}.svg`], ['feed', feed && `/calendar/${feed}`]]) if (p && (await ask(at, 'GET', p)).status === 200) lives.push(what);
    if (token && (await api(at, token, 'GET', '/projects')).status === 200) lives.push('token');
    must(!lives.length, `${lives.join(', ')} live on`);
  });
  attack("a second account's projects come without the owner's will", async (at) => {
    const owner = await joined(at);
    const stranger = new Person(at, owner.email, 'meadow copper thirty');
    await stranger.signUp();
    const project = await stranger.project(undefined, false);
    await owner.post('/confirm', { link: await linkOf(at, owner.email, '/confirm', 1) });
    must((await owner.get(project.path)).status === 404, 'they are there after one press, without the password of who made them');
  });

  attack('a reset link outlives a change of the password', async (at) => {
    const owner = await joined(at);
    const link = await owner.resetLink();
    await owner.post('/account/password', { password: PASSWORD, new_password: NEW_PASSWORD });
    const r = await new Person(at).post('/reset', { link, password: 'meadow copper thirty' });
    must(r.status === 410, `it answers ${short(r)}`);
  });
  attack('a reset link outlives a change of the address', async (at) => {
    const owner = await joined(at);
    const link = await owner.resetLink();
    const fresh = mailbox();
    await owner.post('/account/email', { email: fresh, email_password: PASSWORD });
    await owner.post('/confirm-email', { link: await linkOf(at, fresh, '/confirm-email'), password: PASSWORD });
    owner.email = fresh;
    must((await owner.elsewhere().signIn()).location === '/projects', 'the address was not changed: nothing is shown');
    const r = await new Person(at).post('/reset', { link, password: NEW_PASSWORD });
    must(r.status === 410, `it answers ${short(r)}`);
  });
  attack('a second reset link outlives the first', async (at) => {
    const owner = await joined(at);
    const [a, b] = [await owner.resetLink(), await owner.resetLink()];
    await new Person(at).post('/reset', { link: b, password: NEW_PASSWORD });
    for (const link of [a, b]) must((await new Person(at).post('/reset', { link, password: 'meadow copper thirty' })).status === 410, 'it works');
  });
  attack("a thief's change of address outlives the owner's reset", async (at) => {
    const owner = await joined(at);
    const evil = mailbox();
    await owner.post('/account/email', { email: evil, email_password: PASSWORD });
    const link = await linkOf(at, evil, '/confirm-email');
    const back = new Person(at, owner.email, NEW_PASSWORD);
    await back.post('/reset', { link: await owner.resetLink(), password: NEW_PASSWORD });
    await new Person(at).post('/confirm-email', { link, password: NEW_PASSWORD });
    must((await back.elsewhere().signIn()).location === '/projects', 'the account has the address of the thief now');
  });
  attack('a reset leaves a planned deletion standing', async (at) => {
    const owner = await joined(at);
    await owner.post('/account/delete', { delete_password: PASSWORD });
    await new Person(at).post('/reset', { link: await owner.resetLink(), password: NEW_PASSWORD });
    // Nothing outside shows it: the database is looked at.
    if (POSTGRES) {
      must((await psql(await databaseOf(at.data), `select delete_at from accounts where email = '${owner.email}'`)).trim() === '0', 'the account goes in fourteen days');
      return;
    }
    const look = `import sqlite3,sys\nc=sqlite3.connect('file:'+sys.argv[1]+'?mode=ro',uri=True)\nprint(c.execute('select delete_at from accounts where email=?',(sys.argv[2],)).fetchone()[0])`;
    const seen = await run('python3', ['-c', look, join(at.data, 'launch-ready.db'), owner.email]).catch(() => { throw new Skipped('python3 with sqlite3 is not here'); });
    must(seen.stdout.trim() === '0', 'the account goes in fourteen days');
  });
  for (const [what, change] of [
    ['a reset', async (at, owner) => {
      const link = await owner.resetLink();
      const page = await new Person(at).get(`/reset?link=${link}`);
      return [page, await new Person(at).post('/reset', { ...ticks(page.text, '/reset'), link, password: NEW_PASSWORD })];
    }],
    ['a change of the password', async (at, owner) => {
      const page = await owner.get('/account');
      return [page, await owner.post('/account/password', { ...ticks(page.text, '/account/password'), password: PASSWORD, new_password: NEW_PASSWORD })];
    }],
  ]) {
    attack(`tokens and feeds live on silently after ${what}`, async (at) => {
      const owner = await joined(at);
      const [token, feed] = [await owner.token(), await owner.feed()];
      const [, done] = await change(at, owner);
      must(done.status < 400, `${what} did not work: ${short(done)}`);
      must((await api(at, token, 'GET', '/projects')).status === 401, 'nobody asks what shall become of them, or the token works on though it was to end');
      must((await ask(at, 'GET', `/calendar/${feed}`)).status === 404, 'the feed lives on though it was to end');
    });
  }
  attack('a changed password leaves other sessions open', async (at) => {
    const owner = await joined(at);
    const other = owner.elsewhere();
    await other.signIn();
    await owner.post('/account/password', { password: PASSWORD, new_password: NEW_PASSWORD });
    must(!(await other.inside()), 'they are');
  });
  attack('wrong codes after a right password write no letter', async (at) => {
    const owner = await joined(at);
    await owner.factor();
    const before = await lettersSettled(at, owner.email);
    const thief = owner.elsewhere();
    await thief.signIn();
    for (let i = 0; i < 3; i++) await thief.post('/sign-in/second', { code: `00000${i}` });
    await until('a letter', () => letters(at, owner.email).length > before, 5000).catch(() => must(false, 'three wrong codes, no letter'));
    const page = await owner.get('/account');
    must(plain(page.text).includes(`${thief.from.split('.').slice(0, 3).join('.')}.`), "the account's page does not tell from where");
  });
  attack("who knows the password uses up the owner's tries", async (at) => {
    const owner = await joined(at);
    await owner.factor();
    const thief = owner.elsewhere();
    await thief.signIn();
    let stopped = false;
    for (let i = 0; i < 14; i++) stopped ||= (await thief.post('/sign-in/second', { code: `0000${10 + i}` })).status !== 422;
    must(stopped, 'fourteen wrong codes and nobody stops them');
    // The owner, at the browser that the account knows.
    owner.jar.delete('lr');
    await owner.signIn();
    const r = await owner.post('/sign-in/second', { code: owner.recovery() });
    must(await owner.inside(), `the owner is kept out (${short(r)})`);
  });
  attack("a stranger's wrong passwords lock the owner out", async (at) => {
    const owner = await joined(at);
    const thief = new Person(at, owner.email, 'wrong wrong wrong');
    for (let i = 0; i < 15; i++) await thief.signIn();
    must((await owner.elsewhere().signIn()).location === '/projects', 'they do');
  });
  attack('a code of the app works twice', async (at) => {
    const owner = await joined(at);
    await owner.factor();
    const code = totp(owner.secret, 1);
    const [a, b] = [owner.elsewhere(), owner.elsewhere()];
    await a.signIn(); await b.signIn();
    await a.post('/sign-in/second', { code }); await b.post('/sign-in/second', { code });
    must(!(await b.inside()), 'it does');
    const c = owner.elsewhere();
    const recovery = owner.recovery();
    await c.signIn(); await c.post('/sign-in/second', { code: recovery });
    must(await c.inside(), 'a recovery code does not work once');
    const d = owner.elsewhere();
    await d.signIn(); await d.post('/sign-in/second', { code: recovery });
    must(!(await d.inside()), 'a recovery code does');
  });
  attack('a session id from before the sign-in is the one after it', async (at) => {
    const owner = await joined(at);
    await owner.factor();
    const p = owner.elsewhere();
    await p.signIn();
    const half = p.jar.get('lr');
    await p.post('/sign-in/second', { code: owner.recovery() });
    must(half && p.jar.get('lr') !== half, 'it is');
    must((await ask(at, 'GET', '/projects', { jar: new Map([['lr', half]]) })).status !== 200, 'the old one is signed in');
  });
  attack('sign-in tells whether an address has an account', async (at) => {
    const owner = await joined(at);
    const look = async (email) => { const r = await new Person(at, email, 'wrong wrong wrong').signIn(); return `${r.status} ${plain(r.text).replaceAll(email, 'EMAIL')}`; };
    const look2 = async (email) => { const r = await new Person(at).post('/forgot', { email }); return `${r.status} ${plain(r.text).replaceAll(email, 'EMAIL')}`; };
    const other = mailbox();
    must(await look(owner.email) === await look(other) && await look2(owner.email) === await look2(other), 'the answers differ');
    const a = await new Person(at, owner.email).post('/sign-up', { email: owner.email, password: PASSWORD });
    const b = await new Person(at, other).post('/sign-up', { email: other, password: PASSWORD });
    must(short(a) === short(b) && plain(a.text) === plain(b.text), `sign-up tells: ${short(a)} and ${short(b)}`);
  });
});

on('set-up', main({}, ['--workers', '0']), () => {
  const isAdmin = async (p) => (await p.get('/admin')).status === 200;
  // That a set-up link makes no second administrator held before too; that it opened a closed sign-up did not.
  attack('the set-up link works twice', async (at, tools) => {
    if (!at.setup) throw new Error('no set-up link was printed');
    // A second process on the same data, begun before the first use, prints a link of its own.
    const beside = await serve(tools.binary, { dns: tools.dns, data: at.data, args: ['--workers', '0'] });
    at.beside = beside;
    const first = await new Person(at).signUp({ setup: at.setup });
    must(await isAdmin(first), 'the first one is no administrator: nothing is shown');
    const again = new Person(at);
    await again.post('/sign-up', { email: again.email, password: PASSWORD, setup: at.setup });
    must(!(await isAdmin(again)), 'the second one is an administrator too');
  });
  attack("another process's set-up link works after the first use", async (at) => {
    const p = new Person(at.beside);
    if (!at.beside.setup) return 'it printed none';
    await p.post('/sign-up', { email: p.email, password: PASSWORD, setup: at.beside.setup });
    const r = await isAdmin(p);
    await at.beside.stop();
    must(!r, 'an administrator more');
  });
  attack('the set-up link works after a restart', async (at, tools) => {
    const { setup } = at;
    await at.stop();
    const again = await serve(tools.binary, { dns: tools.dns, data: at.data, args: ['--workers', '0'] });
    const p = new Person(again);
    await p.post('/sign-up', { email: p.email, password: PASSWORD, setup });
    const is = await isAdmin(p);
    const fresh = again.setup;
    await again.stop();
    must(!is, 'it does');
    must(!fresh, 'a new one is printed though there is an administrator');
  });
  attack('the used set-up link opens a closed sign-up', async (at, tools) => {
    const closed = await serve(tools.binary, { dns: tools.dns, env: { LAUNCH_READY_SIGNUP: 'closed' }, args: ['--workers', '0'] });
    await new Person(closed).signUp({ setup: closed.setup });
    const p = new Person(closed);
    const r = await p.post('/sign-up', { email: p.email, password: PASSWORD, setup: closed.setup });
    await closed.stop();
    must(r.status === 403, `it answers ${short(r)}`);
  });
});

// ── 2. Limits ────────────────────────────────────────────────────────────────────────────────────────────────────────

const limits = main({ LAUNCH_READY_PREVIEW_LIMIT: '10' });
on('wrong sign-ins', limits, () => {
  attack('640 wrong sign-ins from one address keep a new device out', async (at) => {
    const owner = await joined(at);
    const from = somewhere();
    for (let i = 0; i < 16; i++) await Promise.all(Array.from({ length: 40 }, (_, j) => ask(at, 'POST', '/sign-in', { from, form: { email: `nobody${i}-${j}@people.test`, password: 'wrong wrong wrong' } })));
    const r = await owner.elsewhere().signIn();
    must(r.location === '/projects', `the right one answers ${short(r)}`);
    must(r.ms < 1000, `the right one takes ${Math.round(r.ms)} ms`);
  });
  attack('640 wrong sign-ins from sixteen addresses keep a new device out', async (at) => {
    const owner = await joined(at);
    const crowd = Promise.all(Array.from({ length: 16 }, () => somewhere()).flatMap((from, i) => Array.from({ length: 40 }, (_, j) => ask(at, 'POST', '/sign-in', { from, timeout: 300_000, form: { email: `some${i}-${j}@people.test`, password: 'wrong wrong wrong' } }).then((r) => r.status, () => 0))));
    await sleep(500);
    const r = await owner.elsewhere().signIn();
    const answers = await crowd;
    must(r.location === '/projects', `the right one answers ${short(r)}`);
    must(r.ms < 1500, `the right one takes ${Math.round(r.ms)} ms among them`);
    must(!answers.includes(0), 'some got no answer at all');
  }, { slow: true });
});

on('reports', limits, () => {
  attack('anonymous report.pdf keeps sign-in waiting', async (at, { quick }) => {
    const owner = await joined(at);
    const shared = await owner.share(await owner.project());
    if (!shared) throw new Error('no share link');
    const n = quick ? 60 : 300;
    const quiet = (await owner.elsewhere().signIn()).ms;
    const flood = Array.from({ length: n }, () => ask(at, 'GET', `/shared/${shared}/report.pdf?for=developer`, { from: '127.9.9.9', stream: true, timeout: 120_000 }).then((r) => { r.closed.then(() => {}); return r; }, () => undefined));
    await sleep(150);
    const r = await owner.elsewhere().signIn();
    const statuses = {};
    // What still waits is given up, unless all of it comes at once.
    const done = await Promise.race([Promise.all(flood), sleep(quick ? 4000 : 15_000)]);
    for (const f of flood) f.then((x) => x?.end?.());
    for (const x of done ?? []) statuses[x?.status ?? 'none'] = (statuses[x?.status ?? 'none'] ?? 0) + 1;
    must(r.location === '/projects' && r.ms < 1000, `${n} at once: sign-in ${short(r)} in ${Math.round(r.ms)} ms, ${Math.round(quiet)} ms before`);
    return `sign-in ${Math.round(r.ms)} ms; ${Object.entries(statuses).map(([k, v]) => `${v} × ${k}`).join(', ')}`;
  }, { slow: true });
});

on('letters', limits, () => {
  const crowd = (at, email) => Promise.all(Array.from({ length: 40 }, () => ask(at, 'POST', '/sign-up', { from: somewhere(), form: { email, password: PASSWORD } }).then((r) => r.status)));
  const email = mailbox();
  attack('forty sign-ups with one address send forty letters', async (at) => {
    await crowd(at, email);
    const n = await lettersSettled(at, email);
    must(n <= 5, `${n} letters`);
    must(n > 0, 'no letter at all');
    return `${n} letters`;
  });
  attack('forty sign-ups with one address write forty rows', async (at) => {
    const { out } = await admin(at, 'users', email);
    const rows = out.split('\n').filter((l) => l.includes(email)).length;
    must(rows <= 10, `${rows} accounts`);
    return `${rows} accounts`;
  });
  attack('a limit of letters tells whether an address has an account', async (at) => {
    const owner = await joined(at);
    const answers = [];
    for (const to of [owner.email, mailbox()]) {
      const one = [];
      for (let i = 0; i < 12; i++) one.push(short(await ask(at, 'POST', '/sign-up', { from: somewhere(), form: { email: to, password: PASSWORD } })));
      answers.push(one.join(', '));
    }
    must(answers[0] === answers[1], `${answers[0]} with, ${answers[1]} without`);
  });
  const asked = (at, email) => ask(at, 'POST', '/forgot', { from: somewhere(), form: { email } });
  const came = async (at, owner) => { await until('a letter', () => letters(at, owner.email).length > 1, 4000).catch(() => {}); return await lettersSettled(at, owner.email) - 1; };
  attack('forty letters for a new password reach one mailbox', async (at) => {
    const owner = await joined(at);
    for (let i = 0; i < 40; i++) await asked(at, owner.email);
    const n = await came(at, owner);
    must(n >= 1 && n <= 5, `${n} letters`);
    return `${n} letters`;
  });
  attack('who asks forty times at once takes every letter away', async (at) => {
    // Counting apart from writing down lets all forty see forty; it does not happen each time.
    const seen = [];
    for (let round = 0; round < 4; round++) {
      const owner = await joined(at);
      await Promise.all(Array.from({ length: 40 }, () => asked(at, owner.email)));
      seen.push(await came(at, owner));
      if (!seen.at(-1)) break;
    }
    must(seen.every((n) => n >= 1 && n <= 5), `${seen.join(', ')} letters`);
    return `${seen.join(', ')} letters`;
  });
  attack('X-Forwarded-For of anybody resets a limit', async (at) => {
    const from = somewhere();
    let stopped = false;
    for (let i = 0; i < 50 && !stopped; i++) stopped = (await ask(at, 'POST', '/forgot', { from, form: { email: mailbox() }, headers: { 'x-forwarded-for': `198.51.100.${i}` } })).status === 429;
    must(stopped, 'fifty askings and no end');
  });
});

on('IPv6', main({ LAUNCH_READY_TRUSTED_PROXIES: '127.0.0.0/8' }, ['--workers', '0']), () => {
  const asks = async (at, address, n) => {
    for (let i = 0; i < n; i++) {
      const r = await ask(at, 'POST', '/forgot', { form: { email: mailbox() }, headers: { 'x-forwarded-for': address(i) } });
      if (r.status === 429) return i;
    }
    return undefined;
  };
  attack('an IPv6 network of one customer (/64) counts as many', async (at) => must(await asks(at, (i) => `2001:db8:1:1::${(i + 1).toString(16)}`, 60) !== undefined, '60 askings from 60 addresses of one /64 and no end'));
  attack('an IPv6 site (/48) counts as 65,536', async (at) => must(await asks(at, (i) => `2001:db8:2:${(i + 1).toString(16)}::1`, 1200) !== undefined, '1,200 askings from 1,200 networks of one /48 and no end'));
  attack('one IPv4 visitor by a mapped address stops all others', async (at) => {
    await asks(at, () => '::ffff:198.51.100.1', 60);
    must(await asks(at, () => '::ffff:203.0.113.2', 1) === undefined, 'another one is refused');
  });
});

on('streams', async (tools) => {
  // Workers send letters; then scans must wait for ever, so that their streams do not end by themselves.
  const first = await serve(tools.binary, { dns: tools.dns });
  const owner = await joined(first);
  const token = await owner.token();
  const link = await owner.resetLink();
  await first.stop();
  const at = await serve(tools.binary, { dns: tools.dns, data: first.data, args: ['--workers', '0'] });
  owner.at = at;
  return Object.assign(at, { owner, token, link, project: await owner.project(undefined, false) });
}, () => {
  attack('an open event stream outlives its session', async (at) => {
    const { owner, project } = at;
    const kinds = {
      'sign-out': (p) => p.post('/sign-out'),
      'signing out other devices': async () => { const q = owner.elsewhere(); await q.signIn(); await q.post('/account/devices/others'); },
      'a reset': async () => { owner.password = NEW_PASSWORD; await new Person(at).post('/reset', { link: at.link, password: NEW_PASSWORD }); },
    };
    const wrong = [];
    for (const [what, deed] of Object.entries(kinds)) {
      const p = owner.elsewhere();
      await p.signIn();
      const s = await p.get(`${project.result}/events`, { stream: true });
      must(s.status === 200, `the stream answers ${s.status}: nothing is shown`);
      const session = new Map(p.jar);
      await deed(p);
      const begun = performance.now();
      const end = await Promise.race([s.closed, sleep(2500).then(() => undefined)]);
      s.end();
      if (end === undefined || end - begun > 2000) wrong.push(what);
      must((await ask(at, 'GET', '/projects', { jar: session })).status !== 200, `the session itself lives after ${what}`);
    }
    await owner.signIn();
    must(!wrong.length, `it does, after ${wrong.join(', ')}`);
  });
  const flood = async (at, open, look) => {
    const streams = await Promise.all(Array.from({ length: 200 }, () => open().catch(() => ({ status: 'none', end() {} }))));
    const r = await look();
    const n = streams.filter((s) => s.status === 200).length;
    const others = [...new Set(streams.map((s) => s.status).filter((s) => s !== 200))];
    for (const s of streams) s.end();
    must(r.status === 200 && r.ms < 1500, `amid 200 streams a page answers ${short(r)} in ${Math.round(r.ms)} ms`);
    must(n < 200, 'two hundred are open at once');
    must(others.every((s) => s === 429 || s === 503), `the others answer ${others.join(', ')}`);
    return `${n} open, others ${others.join(', ')}`;
  };
  attack('one session opens two hundred event streams', async (at) => {
    const { owner, project } = at;
    await owner.signIn();
    return flood(at, () => owner.get(`${project.result}/events`, { stream: true }), () => owner.get('/projects'));
  });
  attack('a stranger opens two hundred event streams of a preview', async (at) => {
    const { owner } = at;
    await owner.signIn();
    const from = somewhere();
    const r = await ask(at, 'POST', '/preview', { from, form: { domain: 'preview.test' } });
    return flood(at, () => ask(at, 'GET', `${r.location}/events`, { from, stream: true }), () => owner.get('/projects'));
  });
  attack('a token opens two hundred event streams', async (at) => {
    // A reset with all ends ticked could have ended it; the one before ticks nothing.
    const { owner, project, token } = at;
    await owner.signIn();
    must((await api(at, token, 'GET', '/projects')).status === 200, 'the token does not work: nothing is shown');
    return flood(at, () => ask(at, 'GET', `/api/v1/projects/${project.id}/scans/${project.scan}/events`, { stream: true, headers: { authorization: `Bearer ${token}` } }), () => owner.get('/projects'));
  });
});

on('drops', main({}, ['--workers', '0']), () => {
  const drip = (at, head, drop) => new Promise((resolve) => {
    const begun = Date.now();
    const s = connect(at.port, '127.0.0.1', () => s.write(head));
    const timer = setInterval(() => s.write(drop), 1000);
    const end = (why) => { clearInterval(timer); s.destroy(); resolve([Date.now() - begun, why]); };
    s.on('data', () => {});
    s.on('error', () => end('cut'));
    s.on('close', () => end('cut'));
    setTimeout(() => end('open'), 75_000);
  });
  const form = (at) => `POST /sign-in HTTP/1.1\r\nhost: ${at.host}\r\ncontent-type: application/x-www-form-urlencoded\r\ncontent-length: 100000\r\n\r\n`;
  let dripped;
  const all = (at) => dripped ??= Promise.all([drip(at, `POST /sign-in HTTP/1.1\r\nhost: ${at.host}\r\n`, 'x: y\r\n'), drip(at, form(at), ''), drip(at, form(at), 'a')]);
  attack('a head that comes drop by drop, or a body that never comes, stays open', async (at) => {
    const [head, silent] = await all(at);
    must(head[1] === 'cut' && silent[1] === 'cut', `over 75 s: ${[head[1] === 'open' && 'the head', silent[1] === 'open' && 'the body'].filter(Boolean).join(', ')}`);
    return `cut after ${[head, silent].map(([ms]) => `${Math.round(ms / 1000)} s`).join(' and ')}`;
  }, { slow: true });
  attack('a form that comes a letter a second stays open', async (at) => {
    const [ms, why] = (await all(at))[2];
    must(why === 'cut', 'after 75 s: a form of 256 KB may take three days');
    return `cut after ${Math.round(ms / 1000)} s`;
  }, { slow: true });
});

// ── 3. Borders ───────────────────────────────────────────────────────────────────────────────────────────────────────

on('borders', main(), () => {
  attack('next leads elsewhere after signing in', async (at) => {
    const owner = await joined(at);
    worst((await Promise.all(AWAY.map(async (next) => { const r = await owner.elsewhere().signIn({ next }); return away(at, r) && `${JSON.stringify(next)} ${away(at, r)}`; }))).filter(Boolean));
  });
  attack('next leads elsewhere after signing up', async (at) => {
    worst((await Promise.all(AWAY.map(async (next) => { const p = new Person(at); const r = await p.post('/sign-up', { email: p.email, password: PASSWORD, next }); return away(at, r) && `${JSON.stringify(next)} ${away(at, r)}`; }))).filter(Boolean));
  });
  attack('next leads elsewhere after the second step', async (at) => {
    const owner = await joined(at);
    await owner.factor();
    const found = [];
    for (const next of AWAY.slice(0, 9)) {
      const p = owner.elsewhere();
      const a = await p.signIn({ next });
      const b = await p.get('/sign-in/second');
      const c = a.status >= 500 || b.status >= 500 ? a : await p.post('/sign-in/second', { code: owner.recovery() });
      found.push(away(at, a) ?? away(at, b) ?? away(at, c));
      if (found.at(-1)) found[found.length - 1] = `${JSON.stringify(next)} ${found.at(-1)}`;
    }
    worst(found.filter(Boolean));
  });
  attack('next in the address of a form breaks it or leads elsewhere', async (at) => {
    const found = [];
    for (const next of AWAY) for (const page of ['/sign-in', '/sign-up']) {
      const r = await ask(at, 'GET', `${page}?next=${encodeURIComponent(next)}`);
      if (r.status >= 500) found.push(`${page} ${JSON.stringify(next)} answers ${r.status}`);
      // What the page hands to its script and its forms must lead nowhere else.
      for (const [, value] of r.text.matchAll(/(?:name="next"[^>]*value|data-next|href)="([^"]*evil\.example[^"]*)"/g)) {
        const to = (() => { try { return new URL(unescape(value), at.base).origin; } catch { return 'nothing'; } })();
        if (/href/.test(value) && to !== at.base) found.push(`${page} links to ${value}`);
      }
    }
    worst(found);
  });
  attack('a saved view, a bulk deed or a switch leads elsewhere', async (at) => {
    const owner = await joined(at);
    const found = [];
    for (const next of AWAY) {
      for (const r of [await owner.post('/projects/bulk', { do: 'archive', back: next }), await owner.post('/projects/views', { name: '', query: next })]) if (away(at, r)) found.push(`${JSON.stringify(next)} ${away(at, r)}`);
    }
    worst(found);
  });

  attack('forms of a page with another scheme, port or no origin are taken', async (at) => {
    const owner = await joined(at);
    const wrong = [];
    const deed = (headers) => owner.post('/workspace/new', { new_name: 'Mine' }, { headers });
    for (const origin of [`https://${at.host}`, 'null', 'http://localhost:1', 'http://localhost', `http://evil.example`, `http://${at.host}.evil.example`, `ftp://${at.host}`, `http://a@${at.host}`, '']) {
      const r = await deed({ origin });
      if (r.status !== 403) wrong.push(`“${origin}” gets ${r.status}`);
    }
    for (const site of ['cross-site', 'same-site', 'none of these']) { const r = await deed({ 'sec-fetch-site': site, origin: at.base }); if (r.status !== 403) wrong.push(`sec-fetch-site ${site} gets ${r.status}`); }
    const right = await deed({ origin: at.base });
    must(right.status < 400, `the right origin is refused: ${short(right)}`);
    must(!wrong.length, wrong.join('; '));
  });
  attack('another Host gets a page or stands in a letter', async (at) => {
    const owner = await joined(at);
    const r = await ask(at, 'POST', '/forgot', { form: { email: owner.email }, headers: { host: 'evil.example' } });
    await sleep(300);
    must(r.status === 421 && !letters(at, owner.email).some((l) => l.text.includes('evil.example')), short(r));
  });
  attack('cookies can be read by scripts or are sent from elsewhere', async (at) => {
    const p = new Person(at);
    const r = await p.post('/sign-up', { email: p.email, password: PASSWORD });
    must(r.cookies.length && r.cookies.every((c) => /httponly/i.test(c) && /samesite=(lax|strict)/i.test(c)), r.cookies.map((c) => c.replace(/=[^;]*/, '=…')).join(' | '));
  });
  attack('/.well-known/security.txt is missing', async (at) => {
    const r = await ask(at, 'GET', '/.well-known/security.txt');
    must(r.status === 200 && /text\/plain/.test(r.headers['content-type']), short(r));
    must(/^Contact: \S/m.test(r.text), 'it names no contact (RFC 9116 section 2.5.3)');
    const until = Date.parse(/^Expires: (.+)$/m.exec(r.text)?.[1]);
    must(until > Date.now() && until < Date.now() + 400 * 86_400_000, 'its end is missing, over or too far away (RFC 9116 section 2.5.5)');
  });
  attack('/.well-known/change-password is missing', async (at) => {
    const r = await ask(at, 'GET', '/.well-known/change-password');
    must([302, 303, 307].includes(r.status) && r.location.startsWith('/account'), short(r));
    must((await ask(at, 'GET', '/.well-known/resource-that-should-not-exist-whose-status-code-should-not-be-200')).status !== 200, 'what is not there answers 200');
  });

  attack('an idempotency key of a dry run answers the real one', async (at) => {
    const token = await (await joined(at)).token({ scopes: ['read', 'project:write', 'member:write'] });
    const found = [];
    for (const [path, body] of [['/apply', { version: 1, projects: [{ domain: 'apply-once.test' }] }], ['/import', { text: 'import-once.test' }]]) {
      const key = { 'idempotency-key': `k${path}` };
      const dry = await api(at, token, 'POST', `${path}?dry_run=yes`, body, key);
      must(dry.json?.done === false, `the dry run answers ${dry.status}: nothing is shown`);
      const real = await api(at, token, 'POST', path, body, key);
      if (real.json?.done === false) found.push(`${path} gets the plan again`);
      const b = await api(at, token, 'POST', path, body, { 'idempotency-key': `r${path}` });
      const c = await api(at, token, 'POST', `${path}?dry_run=yes`, body, { 'idempotency-key': `r${path}` });
      if (b.json?.done && c.json?.done) found.push(`${path}: a dry run says done`);
    }
    worst(found);
  });
  attack("an idempotency key gives a weak token a strong one's answer", async (at) => {
    const owner = await joined(at);
    const [strong, weak] = [await owner.token({ scopes: ['read', 'project:write'] }), await owner.token({ scopes: ['read'] })];
    const [body, key] = [{ domain: 'once.test' }, { 'idempotency-key': 'same' }];
    const made = await api(at, strong, 'POST', '/projects', body, key);
    must(made.status === 201, `making a project answers ${made.status}: nothing is shown`);
    const a = await api(at, weak, 'POST', '/projects', body, key);
    must(a.status === 403, `the weak token gets ${a.status}`);
    const b = await api(at, weak, 'POST', '/projects', { domain: 'other.test' }, key);
    must(b.status === 403, `the weak token gets ${b.status} with another body: it learns of the key`);
    const again = await api(at, strong, 'POST', '/projects', body, key);
    must(again.status === 201 && again.json.id === made.json.id, `the same token gets ${again.status} for the same request`);
  });
  attack("a token that may comment ends its owner's other tokens", async (at) => {
    const owner = await joined(at);
    const reader = await owner.token({ scopes: ['read'], name: 'reader' });
    const ids = (await api(at, reader, 'GET', '/tokens')).json;
    const id = (ids.items ?? ids).find((t) => t.name === 'reader').id;
    for (const scope of ['comment:write', 'scan:write', 'read', 'project:write']) {
      const r = await api(at, await owner.token({ scopes: [scope] }), 'DELETE', `/tokens/${id}`);
      must((await api(at, reader, 'GET', '/projects')).status === 200, `${scope} ends it (${r.status})`);
    }
  });

  // Every id in a body is somebody else's.
  let both;
  const two = (at) => both ??= (async () => {
    const [victim, thief] = [await joined(at), await joined(at)];
    const v = await victim.project();
    const t = await thief.project();
    const vt = await victim.token({ scopes: ['read', 'scan:write', 'project:write', 'member:write'], name: 'victim' });
    const tt = await thief.token({ scopes: ['read', 'scan:write', 'project:write', 'member:write', 'comment:write'] });
    const members = (await api(at, vt, 'GET', '/members')).json;
    return { victim, thief, v, t, vt, tt, account: (members.items ?? members)[0].account, workspace: (await api(at, vt, 'GET', '/workspace')).json.id };
  })();
  const foreign = (name, work) => attack(`a foreign id: ${name}`, async (at) => work(await two(at), at));
  const hook = { kind: 'webhook', name: 'hook', url: 'https://hooks.channel.test/x', rule: 'worsened' };
  foreign('project of a channel', async ({ thief, v }) => { const r = await thief.post('/workspace/channels', { ...hook, project: v.id }); must(r.status >= 400, short(r)); });
  foreign('project of a channel that is none', async ({ thief }) => { const r = await thief.post('/workspace/channels', { ...hook, project: '01890000-0000-7000-8000-000000000000' }); must(r.status >= 400, short(r)); });
  foreign('project of a token', async ({ thief, v }) => { const r = await thief.post('/workspace/tokens', thief.tokenForm({ project: v.id })); must(r.status >= 400 && !/lr_[0-9A-Za-z]{42}/.test(r.text), short(r)); });
  foreign('project of an invitation', async ({ thief, v, tt }, at) => {
    const r = await thief.post('/workspace/invitations', { email: mailbox(), role: 'viewer', project: v.id });
    const s = await api(at, tt, 'POST', '/invitations', { email: mailbox(), role: 'viewer', projects: [v.id] });
    must(r.status >= 400 && s.status >= 400, `${short(r)}, API ${s.status}`);
  });
  foreign("project of a member's limits", async ({ v, tt, thief }, at) => {
    const me = (await api(at, tt, 'GET', '/members')).json;
    const s = await api(at, tt, 'PUT', `/members/${(me.items ?? me)[0].account}`, { role: 'owner', projects: [v.id] });
    must(s.status >= 400 && await thief.inside(), `API ${s.status}`);
  });
  foreign('projects of a bulk deed', async ({ thief, v, vt }, at) => {
    for (const deed of ['archive', 'tag', 'client', 'schedule', 'scan']) await thief.post('/projects/bulk', [['do', deed], ['p', v.id], ['tag', 'stolen'], ['client', 'stolen'], ['rhythm', 'daily']]);
    const p = (await api(at, vt, 'GET', `/projects/${v.id}`)).json;
    must(p.archived === false && !(await ask(at, 'GET', '/api/v1/export', { headers: { authorization: `Bearer ${vt}` } })).text.includes('stolen'), 'the project was changed');
  });
  foreign('owner of a project', async ({ thief, t, victim, account }) => {
    await thief.post(`${t.path}/file`, { client: '', tags: '', owner: account });
    const seen = await Promise.all(['/projects.csv', '/projects', `${t.path}/arrange`].map((p) => thief.get(p)));
    must(!seen.some((r) => r.text.includes(victim.email)), "the stranger's address is shown");
  });
  foreign('assignee of a finding', async ({ thief, t, victim, account }, at) => {
    const page = await thief.get(t.result);
    const check = /\/findings\/([A-Z0-9]+-[0-9]+)/.exec(page.text)?.[1];
    if (!check) throw new Error('no finding');
    const before = await lettersSettled(at, victim.email);
    await thief.post(`${t.result}/findings/${check}/assign`, { account, due: '' });
    must(!(await thief.get(`${t.result}/findings/${check}`)).text.includes(victim.email), "the stranger's address is shown");
    must(await lettersSettled(at, victim.email) === before, 'the stranger gets a letter');
  });
  foreign('member of a role', async ({ thief, account }) => { const [a, b] = [await thief.post('/workspace/members/role', { account, role: 'viewer' }), await thief.post('/workspace/members/remove', { account })]; must(a.status === 404 && b.status === 404, `${short(a)}, ${short(b)}`); });
  foreign('workspace to look at', async ({ thief, workspace }) => { const r = await thief.post('/workspace/switch', { workspace }); must(r.status === 404, short(r)); });
  foreign('share link to end', async ({ thief, t, v, victim }, at) => {
    const secret = await victim.share(v);
    const id = /name="share"\s+value="([^"]+)"/.exec((await victim.get(`${v.path}/share`)).text)?.[1];
    if (!id) throw new Error('no id of a link');
    for (const p of [t, v]) await thief.post(`${p.path}/share/end`, { share: id });
    must((await ask(at, 'GET', `/shared/${secret}`)).status === 200, 'the link is ended');
  });
  foreign('channel to test, change or remove', async ({ thief, victim }) => {
    await victim.post('/workspace/channels', { ...hook, name: 'theirs' });
    const page = (await victim.get('/workspace/channels')).text;
    const id = /name="channel"\s+value="([^"]+)"/.exec(page)?.[1];
    if (!id) throw new Error('no id of a channel');
    for (const deed of ['test', 'rotate', 'on', 'remove']) { const r = await thief.post('/workspace/channels/do', { channel: id, do: deed }); must(r.status === 404, `${deed}: ${short(r)}`); }
    must((await victim.get('/workspace/channels')).text.includes(id), 'it is gone');
  });
  foreign('scans of a difference', async ({ thief, t, v }) => { const r = await thief.get(`${t.path}/difference?from=${v.scan}&to=${v.scan}`); must(r.status === 404 || !r.text.includes(v.domain), short(r)); });
  foreign('scan of a tool, a kept preview, an own project', async ({ thief, t, v }, at) => {
    const found = [];
    for (const p of [`/tools/risk?scan=${v.scan}`, `/tools/cost?scan=${v.scan}`, `/tools/sprint?scan=${v.scan}`, `/scans/${v.scan}`, `/scans/${v.scan}/report.json`, `/scans/${v.scan}/report.pdf`, `${t.path}/scans/${v.scan}`, `${t.path}/scans/${v.scan}/report.json`]) if ((await thief.get(p)).text.includes(v.domain)) found.push(p);
    await thief.post('/projects/keep', { scan: v.scan });
    if ((await thief.get('/projects.csv')).text.includes(v.domain)) found.push('/projects/keep');
    const p = new Person(at);
    await p.post('/sign-up', { email: p.email, password: PASSWORD, keep: v.scan });
    if ((await p.get('/projects.csv')).text.includes(v.domain)) found.push('/sign-up?keep');
    worst(found);
  });
  foreign('token to end', async ({ thief, tt, vt }, at) => {
    const ids = (await api(at, vt, 'GET', '/tokens')).json;
    const id = (ids.items ?? ids)[0].id;
    await thief.post('/workspace/tokens/end', { token: id });
    await api(at, tt, 'DELETE', `/tokens/${id}`);
    must((await api(at, vt, 'GET', '/projects')).status === 200, 'it is ended');
  });
  foreign('ETag and If-Match of a project', async ({ thief, tt, v }, at) => {
    const none = '01890000-0000-7000-8000-000000000000';
    const found = [];
    for (const headers of [{ 'if-none-match': '*' }, { 'if-none-match': '"1"' }, { 'if-match': '"1"' }, { 'if-match': '*' }, { 'if-match': '"999"' }]) {
      const strip = (r) => `${r.status} ${(r.text ?? '').replace(/[0-9a-f-]{36}/g, 'ID')}`;
      for (const method of ['GET', 'PATCH']) {
        const body = method === 'PATCH' ? { internal: true } : undefined;
        const [a, b] = [await api(at, tt, method, `/projects/${v.id}`, body, headers), await api(at, tt, method, `/projects/${none}`, body, headers)];
        if (strip(a) !== strip(b) || a.status !== 404 || a.headers.etag) found.push(`${method} ${JSON.stringify(headers)}: ${a.status}, a missing one ${b.status}`);
      }
      const [c, d] = [await thief.get(v.path, { headers }), await thief.get(`/projects/${none}`, { headers })];
      if (strip(c) !== strip(d) || c.status !== 404) found.push(`page ${JSON.stringify(headers)}: ${c.status}, a missing one ${d.status}`);
    }
    worst(found);
  });
  attack("a page with somebody's data may be kept by caches", async (at) => {
    const { victim, v } = await two(at);
    const found = [];
    for (const p of ['/projects', '/account', v.path, v.result, `${v.result}/report.json`, '/workspace', '/projects.csv']) { const r = await victim.get(p); if (!/no-store|private/.test(r.headers['cache-control'] ?? '') || /public/.test(r.headers['cache-control'])) found.push(`${p}: ${r.headers['cache-control']}`); }
    worst(found);
  });

  // Texts of other sites and of people, where somebody else reads them.
  attack('Markdown carries raw HTML of a site', async (at) => {
    const { victim, v, vt } = await two(at);
    const one = await victim.project('one.test');
    worst([...await marked(victim, v, vt), ...await marked(victim, one, vt)]);
  });
  attack('the comparison for a comment carries raw HTML of a site', async (at, { dns }) => {
    const files = ['before', 'after'].map((n) => join(folder(), `${n}.json`));
    const env = { ...clean(), ...at.settings };
    for (const [i, file] of files.entries()) {
      dns.storm.on = i === 1;
      // It ends with 1 below a bar; what counts is the file.
      await run(at.binary, ['scan', 'calm.test', '--resolver', dns.at, '--save', file], { env, timeout: 60_000 }).catch(() => {});
    }
    dns.storm.on = false;
    const { stdout } = await run(at.binary, ['diff', ...files], { env }).catch((e) => e);
    must(stdout?.includes('MAIL-'), `the comparison says nothing: ${String(stdout).slice(0, 100)}`);
    const bare = outside(stdout);
    const tag = raw.exec(bare);
    must(!tag, `…${bare.slice(Math.max(0, tag?.index - 60), tag?.index + 30).replace(/\n/g, ' ')}…`);
  });
  attack('a spreadsheet runs what stands in a CSV', async (at) => {
    const { thief, t } = await two(at);
    const found = [];
    for (const evil of ['=HYPERLINK("http://evil.example")', '+1+1', '-1+1', '@SUM(1)', '\t=1+1', '\r=1+1', '|calc']) {
      await thief.post(`${t.path}/file`, { client: evil, tags: 'a', owner: '' });
      await thief.post('/workspace/name', { name: `${evil.trim().slice(0, 50)}`, zone: 'UTC' });
      for (const p of ['/projects.csv', '/workspace/log.csv', `${t.result}/map.csv`]) {
        const r = await thief.get(p);
        const cells = r.text.split(/\r\n/).flatMap((l) => [...l.matchAll(/(?:^|,)"?([=+\-@\t\r][^,"]*)/g)].map((m) => m[1]).filter((c) => !/^-?\d+(\.\d+)?$/.test(c)));
        if (cells.length) found.push(`${p}: ${JSON.stringify(cells[0])}`);
      }
    }
    await thief.post('/workspace/name', { name: 'Plain', zone: 'UTC' });
    worst(found);
  });
  attack('a calendar, a letter or a log takes lines or tags of a name', async (at) => {
    const { thief } = await two(at);
    const crlf = await thief.post('/workspace/name', { name: 'A\r\nATTACH:http://evil.example', zone: 'UTC' });
    const name = '<img src=x onerror=alert(1)>;,\\';
    await thief.post('/workspace/name', { name, zone: 'UTC' });
    const feed = await thief.feed();
    const ics = (await ask(at, 'GET', `/calendar/${feed}`)).text;
    must(!/^ATTACH/m.test(ics), `a line of the calendar is the attacker's (${short(crlf)})`);
    const to = mailbox();
    await thief.post('/workspace/invitations', { email: to, role: 'viewer' });
    const letter = await until('the invitation', () => letters(at, to)[0]);
    const html = letter.whole.split(/content-type: text\/html/i)[1] ?? '';
    must(!/<img src=x/.test(html.replace(/=\r\n/g, '').replace(/=3D/g, '=')), 'the letter carries a tag');
    const page = await thief.get('/workspace');
    must(!/<img src=x/.test(page.text), 'the page carries a tag');
    await thief.post('/workspace/name', { name: 'Plain', zone: 'UTC' });
  });
  attack('what people type is run by the typesetter of PDFs', async (at) => {
    const { thief, t } = await two(at);
    const found = [];
    for (const evil of ['#panic("x")', '#read("/etc/passwd")', '#import "@preview/a:0.1.0"', '$ x', '] #pagebreak() [', '*_`<a>@b', '\\u{0}', '#let x = ' + '#while true {}']) {
      await thief.post('/workspace/name', { name: evil.slice(0, 60), zone: 'UTC', words: evil });
      await thief.post(`${t.path}/file`, { client: evil, tags: '', owner: '' });
      for (const who of ['founder', 'developer']) {
        const r = await thief.get(`${t.result}/report.pdf?for=${who}`);
        if (r.status !== 200 || !r.bytes.subarray(0, 5).equals(Buffer.from('%PDF-'))) found.push(`${evil}: ${r.status}`);
      }
    }
    await thief.post('/workspace/name', { name: 'Plain', zone: 'UTC', words: 'Plain' });
    worst(found);
  }, { slow: true });
  attack('an SVG or a page with a script is taken as a text file', async (at) => {
    const { thief, t } = await two(at);
    const check = /\/questions\/([A-Z0-9]+-[0-9]+)\/files/.exec((await thief.get(`${t.path}/questions`)).text)?.[1];
    if (!check) throw new Error('no question takes files');
    const put = (name, bytes, type = 'text/plain') => thief.post(`${t.path}/questions/${check}/files`, undefined, { form: undefined, files: [{ field: 'file', name, type, bytes }] });
    const fine = await put('a.txt', 'Twelve rows were restored.\n');
    must(/file=added/.test(fine.location), `a plain text is refused: ${short(fine)}`);
    const svg = '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>';
    const found = [];
    for (const [name, text] of Object.entries({
      'svg.txt': svg, 'declared.txt': `<?xml version="1.0"?>\n${svg}`, 'bom.txt': `\ufeff${svg}`, 'comment.txt': `<!-- a -->\n\n${svg}`, 'late.txt': `${' \n'.repeat(3000)}${svg}`, 'doctype.txt': `<!DOCTYPE svg PUBLIC "a" "b">${svg}`,
      'prefix.txt': '<x:svg xmlns:x="http://www.w3.org/2000/svg"><x:script>alert(1)</x:script></x:svg>', 'page.txt': '\n<!doctype html><script>alert(1)</script>', 'a.svg': svg,
    })) {
      const r = await put(name, text, 'image/svg+xml');
      if (/file=added/.test(r.location)) found.push(name);
      if (r.status >= 500) found.push(`${name}: ${r.status}`);
    }
    const logo = await thief.post('/workspace/logo', undefined, { form: undefined, files: [{ field: 'picture', name: 'a.png', type: 'image/png', bytes: svg }] });
    if (logo.status < 400) found.push('as a logo');
    worst(found);
  });

  attack('a handover goes to another address than it was meant for', async (at) => {
    const { victim, thief, v } = await two(at);
    const friend = mailbox();
    await victim.post(`${v.path}/handover`, { email: friend, password: PASSWORD });
    const link = await linkOf(at, friend, '/handover');
    const r = await thief.post('/handover', { link, workspace: await thief.workspace() });
    must((await thief.get(v.path)).status !== 200, `the project is the thief's (${short(r)})`);
    const s = await victim.post('/handover', { link: 'x'.repeat(64), workspace: await victim.workspace() });
    must(s.status === 410 || s.status === 404, `a made-up link answers ${short(s)}`);
    must((await victim.get(v.path)).status === 200, 'the project is gone from its owner');
  });
  attack('an address that ends mails can be made for somebody else', async (at) => {
    const { tt, account, workspace } = await two(at);
    const text = `${workspace}.${account}.`;
    // With the key of the data folder, which no stranger has: so that it is known what a good one looks like.
    const sign = (t) => createHmac('sha256', readFileSync(join(at.data, 'secret.key'))).update(`mail preference ${t}`).digest('base64url');
    const good = `${text}.${sign(text)}`;
    must((await ask(at, 'GET', `/mail/${good}`)).status === 200, 'a good one does not answer: nothing is shown');
    const other = (await api(at, tt, 'GET', '/workspace')).json.id;
    const found = [];
    for (const bad of [`${text}.`, text, `${text}.${sign(`${text}x`)}`, `${workspace}.${account}.x.${sign(text)}`, `${other}.${account}..${sign(text)}`, good.slice(0, -1), `${good}A`, `${text}.${Buffer.alloc(32).toString('base64url')}`, `${text}.${sign(text).slice(0, 10)}`, '%00', '...', 'é']) {
      for (const r of [await ask(at, 'GET', `/mail/${encodeURI(bad)}`), await ask(at, 'POST', `/mail/${encodeURI(bad)}`, { form: { 'List-Unsubscribe': 'One-Click' } })]) if (r.status !== 404 && r.status !== 400) found.push(`${bad.slice(-20)}: ${short(r)}`);
    }
    worst(found);
  });
  attack('a badge tells more than its words, or lives on when it is off', async (at) => {
    const { victim, v } = await two(at);
    const id = await victim.badge(v);
    const r = await ask(at, 'GET', `/badge/${id}.svg`);
    must(r.status === 200 && !r.text.includes(v.domain) && !r.cookies.length, `${short(r)}`);
    for (const p of [`/badge/${v.id}.svg`, '/badge/.svg', '/badge/%00.svg', `/badge/${id}`, `/badge/${id}.html`, `/badge/${id}%00.svg`, '/badge/%27or%201=1.svg']) { const x = await ask(at, 'GET', p); must(x.status === 404 || x.status === 400, `${p} answers ${x.status}`); }
    await victim.post(`${v.path}/badge`, { badge: 'off' });
    must((await ask(at, 'GET', `/badge/${id}.svg`)).status === 404, 'it lives on');
  });
  attack('an ended, frozen or locked share link shows what it must not', async (at) => {
    const { victim, v } = await two(at);
    const r = await victim.post(`${v.path}/share`, { label: 'locked', shows: 'frozen', days: '7', share_password: 'open sesame please' });
    const secret = /\/shared\/([0-9A-Za-z_-]+)/.exec(r.text)?.[1];
    const found = [];
    for (const p of ['', '/report.pdf', '/report.json', '/report.md', '/plan', '/plan.md', '/risks', '/map', '/map.csv', '/logo', '/events', '/findings/DNS-01']) { const x = await ask(at, 'GET', `/shared/${secret}${p}`, { timeout: 5000 }).catch(() => ({ status: 0, text: '' })); if (x.text.includes(v.domain) || (x.status === 200 && p)) found.push(`${p || '/'}: ${x.status} without the password`); }
    let stopped = false;
    for (let i = 0; i < 12; i++) stopped ||= (await ask(at, 'POST', `/shared/${secret}/unlock`, { from: '127.8.8.8', form: { password: `guess ${i}` } })).status === 429;
    if (!stopped) found.push('its password can be guessed without end');
    worst(found);
  });

  attack('a channel leads into a private network', async (at) => {
    const owner = await joined(at);
    const found = [];
    for (const host of ['127.0.0.1', '127.1', '2130706433', '0x7f000001', '0', '169.254.169.254', '168.63.129.16', '100.100.100.200', '10.0.0.1', '172.16.0.1', '192.168.1.1', '100.64.0.1', '192.0.0.192', '[::1]', '[::]', '[::ffff:127.0.0.1]', '[::ffff:169.254.169.254]', '[::ffff:a8:3f81:10]', '[::ffff:168.63.129.16]', '[64:ff9b::7f00:1]', '[2002:7f00:1::]', '[fd00:ec2::254]', '[fe80::1]', '[::127.0.0.1]', '224.0.0.1', '255.255.255.255', 'localhost', 'metadata.google.internal', 'printer.local', 'user:pass@hooks.channel.test', 'hooks.channel.test:22', 'hooks.channel.test:25']) {
      const r = await owner.post('/workspace/channels', { kind: 'webhook', name: 'in', url: `https://${host}/x`, rule: 'worsened' });
      if (r.status !== 422) found.push(`${host}: ${r.status}`);
    }
    for (const url of ['http://hooks.channel.test/x', 'file:///etc/passwd', 'gopher://hooks.channel.test/', 'javascript:alert(1)', 'https://', '']) { const r = await owner.post('/workspace/channels', { kind: 'webhook', name: 'in', url, rule: 'worsened' }); if (r.status !== 422) found.push(`${url}: ${r.status}`); }
    worst(found);
  });
  attack('a name that leads into a private network is followed', async (at, { dns }) => {
    const owner = await joined(at);
    dns.point('inside.test', '127.77.77.77');
    let met = 0;
    const traps = [80, 443].map((port) => listenTcp((s) => { met += 1; s.destroy(); }).once('error', () => {}).listen(port, '127.77.77.77'));
    await sleep(100);
    if (!traps.every((t) => t.listening)) { for (const t of traps) t.close(); throw new Skipped('ports 80 and 443 of 127.77.77.77 cannot be listened on'); }
    try {
      await owner.post('/workspace/channels', { kind: 'webhook', name: 'in', url: 'https://hook.inside.test/x', rule: 'worsened' });
      const id = /name="channel"\s+value="([^"]+)"/.exec((await owner.get('/workspace/channels')).text)?.[1];
      if (!id) throw new Error('the channel was not added');
      await owner.post('/workspace/channels/do', { channel: id, do: 'test' });
      await owner.project('inside.test');
      await sleep(1500);
      must(met === 0, `${met} connections to 127.77.77.77`);
    } finally { for (const t of traps) t.close(); }
  });

  attack('a passkey ceremony breaks on rubbish', async (at) => {
    const found = [];
    const p = new Person(at);
    const send = async (path, body, what) => { const r = await p.post(path, undefined, { form: undefined, body, headers: { 'content-type': 'application/json' } }); if (r.status >= 500) found.push(`${what}: ${r.status}`); if (await p.inside()) found.push(`${what} signs in`); return r; };
    const bogus = (challenge) => JSON.stringify({ id: 'AAAA', rawId: 'AAAA', type: 'public-key', extensions: {}, response: { authenticatorData: 'AAAA', clientDataJSON: Buffer.from(JSON.stringify({ type: 'webauthn.get', challenge, origin: at.base })).toString('base64url'), signature: 'AAAA', userHandle: 'AAAA' } });
    await send('/sign-in/passkey/finish', bogus('x'), 'an answer to nothing');
    for (const body of ['', '{', '[]', 'null', '{"id":1}', '{"id":"\\u0000"}', 'x'.repeat(300_000), bogus('x')]) {
      await p.post('/sign-in/passkey');
      await send('/sign-in/passkey/finish', body, JSON.stringify(body.slice(0, 20)));
      await send('/sign-in/passkey/finish', body, `${JSON.stringify(body.slice(0, 20))} twice`);
    }
    worst(found);
  });
  attack('a passkey works with an old challenge, from another site, or without its owner', async (at) => {
    const owner = await joined(at);
    const page = await owner.post('/account/passkeys', { password: PASSWORD });
    const options = unescape(unescape(page.text)).replace(/\\"/g, '"');
    const challenge = /"challenge":"([^"]+)"/.exec(options)?.[1];
    const user = /"user":\{[^}]*"id":"([^"]+)"/.exec(options)?.[1];
    if (!challenge || !user) throw new Error(`no challenge on the page: ${short(page)}`);
    const key = authenticator();
    const answer = key.make({ challenge, origin: at.base });
    const kept = await owner.post('/account/passkeys/finish', undefined, { form: undefined, json: answer });
    if (!/"to"/.test(kept.text)) throw new Error(`the passkey was not taken: ${kept.status} ${kept.text.slice(0, 100)}`);
    const twice = await owner.post('/account/passkeys/finish', undefined, { form: undefined, json: answer });
    must(twice.status >= 400 || !/"to"/.test(twice.text), 'its registration works twice');
    const asked = async () => { const p = new Person(at); const r = await p.post('/sign-in/passkey'); return [p, JSON.parse(r.text).publicKey.challenge]; };
    const finish = async (p, json) => { const r = await p.post('/sign-in/passkey/finish', undefined, { form: undefined, json }); if (r.status >= 500) throw new NotHeld(`answers ${r.status}`); return p.inside(); };
    const [good, c] = await asked();
    const signed = key.sign({ challenge: c, origin: at.base, user });
    must(await finish(good, signed), 'a good one does not sign in: nothing is shown');
    const [again] = await asked();
    must(!(await finish(again, signed)), 'an old answer works for another challenge');
    const found = [];
    for (const [what, more] of Object.entries({ 'another site': { origin: 'https://evil.example' }, 'another port': { origin: 'http://localhost:1' }, 'another scheme': { origin: `https://${at.host}` }, 'another party': { rp: 'evil.example' }, 'no finger or PIN': { flags: 0x01 }, 'nobody at the device': { flags: 0x00 }, 'another user': { user: randomBytes(16).toString('base64url') } })) {
      const [p, challenge2] = await asked();
      if (await finish(p, key.sign({ challenge: challenge2, origin: at.base, user, ...more }))) found.push(what);
    }
    const [p, fresh] = await asked();
    const stranger = authenticator().sign({ challenge: fresh, origin: at.base, user });
    if (await finish(p, { ...stranger, id: signed.id, rawId: signed.rawId })) found.push('another key');
    const other = (await asked())[0];
    if (await finish(other, key.sign({ challenge: fresh, origin: at.base, user }))) found.push("another session's challenge");
    worst(found);
  });
});

on('other site', async (tools) => {
  const port = await freePort();
  const provider = spawn(process.execPath, [join(here, 'provider.mjs'), String(port)], { stdio: 'ignore' });
  running.add(provider);
  const at = await serve(tools.binary, {
    dns: tools.dns,
    env: { LAUNCH_READY_ALLOW_NET: '127.0.0.0/8', LAUNCH_READY_OIDC_ISSUER: `http://127.0.0.1:${port}`, LAUNCH_READY_OIDC_CLIENT_ID: 'launch-ready', LAUNCH_READY_OIDC_CLIENT_SECRET: 'a secret', LAUNCH_READY_OIDC_NAME: 'Other' },
  });
  at.as = (claims) => fetch(`http://127.0.0.1:${port}/as?${new URLSearchParams(claims)}`);
  // The way there; what comes back is an address of ours with code and state.
  at.go = async (p, next = '') => {
    const r = await p.get(`/sign-in/oidc?next=${encodeURIComponent(next)}`);
    if (r.status !== 303) return r;
    const there = await fetch(r.location, { redirect: 'manual' });
    const back = new URL(there.headers.get('location'));
    return { ...r, back: back.pathname + back.search };
  };
  const stop = at.stop;
  at.stop = async () => { provider.kill('SIGTERM'); running.delete(provider); await stop(); };
  await until('the provider', () => at.as({}).then(() => true, () => false));
  return at;
}, () => {
  attack('next leads elsewhere after signing in by another site', async (at) => {
    const email = mailbox();
    await at.as({ sub: email, email, email_verified: 'true' });
    const found = [];
    for (const next of AWAY) {
      const p = new Person(at);
      const r = await at.go(p, next);
      const back = r.back ? await p.get(r.back) : r;
      const to = r.back ? away(at, back) : r.status >= 500 && `answers ${r.status}`;
      if (to) found.push(`${JSON.stringify(next)} ${to}`);
    }
    worst(found);
  });
  attack('another site lets somebody in without state, with a wrong one, or with a code twice', async (at) => {
    const email = mailbox();
    await at.as({ sub: email, email, email_verified: 'true' });
    const good = new Person(at);
    const way = await at.go(good);
    await good.get(way.back);
    must(await good.inside(), 'the right way does not sign in: nothing is shown');
    const found = [];
    const tried = async (what, p, path) => { const r = await p.get(path); if (r.status >= 500) found.push(`${what}: ${r.status}`); if (await p.inside()) found.push(what); };
    for (const [what, change] of Object.entries({
      'a wrong state': (u) => u.searchParams.set('state', 'wrong'), 'no state': (u) => u.searchParams.delete('state'), 'an empty state': (u) => u.searchParams.set('state', ''), 'no code': (u) => u.searchParams.delete('code'), 'two states': (u) => u.searchParams.append('state', 'x'), 'an error': (u) => { u.search = '?error=access_denied'; }, 'nothing': (u) => { u.search = ''; }, 'a made-up code': (u) => u.searchParams.set('code', '\0'),
    })) {
      const p = new Person(at);
      const u = new URL((await at.go(p)).back, at.base);
      change(u);
      await tried(what, p, u.pathname + u.search);
    }
    await tried('no session', new Person(at), (await at.go(new Person(at))).back);
    await tried('a code twice', new Person(at), way.back);
    // The victim follows the thief's link: signed in as the thief, unknowingly.
    const victim = new Person(at);
    await at.go(victim);
    await tried("somebody else's code and state", victim, (await at.go(new Person(at))).back);
    for (const [what, claims] of Object.entries({ 'an unconfirmed address': { email_verified: 'false' }, 'another nonce': { nonce: 'another' }, 'another issuer': { iss: 'https://evil.example' } })) {
      const e = mailbox();
      await at.as({ sub: e, email: e, email_verified: 'true', ...claims });
      const p = new Person(at);
      await tried(what, p, (await at.go(p)).back);
    }
    worst(found);
  });
  attack("another site's word takes over an account with a password", async (at) => {
    const owner = await joined(at);
    await at.as({ sub: mailbox(), email: owner.email, email_verified: 'true' });
    const thief = new Person(at);
    await thief.get((await at.go(thief)).back);
    must(!(await thief.inside()), 'it does');
  });
});

// ── Deliveries ───────────────────────────────────────────────────────────────────────────────────────────────────────

on('deliveries', main({ LAUNCH_READY_ALLOW_NET: '127.77.0.0/16' }), () => {
  attack('a delivery is unsigned, follows a redirect, or can be sent again by others', async (at) => {
    const owner = await joined(at);
    const seen = [];
    const server = createServer((q, a) => { let body = ''; q.on('data', (d) => { body += d; }); q.on('end', () => { seen.push({ path: q.url, headers: q.headers, body }); a.writeHead(q.url === '/hook' ? 307 : 200, { location: '/elsewhere' }).end(); }); });
    await new Promise((r) => server.listen(0, '127.77.0.1', r));
    try {
      const r = await owner.post('/workspace/channels', { kind: 'webhook', name: 'in', url: `http://127.77.0.1:${server.address().port}/hook`, rule: 'worsened' });
      const key = /whsec_[A-Za-z0-9+/=]+/.exec(unescape(r.text))?.[0];
      const id = /name="channel"\s+value="([^"]+)"/.exec((await owner.get('/workspace/channels')).text)?.[1];
      if (!key || !id) throw new Error(`the channel was not added: ${short(r)} ${plain(r.text).slice(0, 100)}`);
      for (let i = 0; i < 2; i++) await owner.post('/workspace/channels/do', { channel: id, do: 'test' });
      await until('two deliveries', () => seen.length >= 2, 20_000);
      await sleep(500);
      must(!seen.some((s) => s.path !== '/hook'), 'the redirect is followed');
      for (const s of seen) {
        const want = createHmac('sha256', Buffer.from(key.slice(6), 'base64')).update(`${s.headers['webhook-id']}.${s.headers['webhook-timestamp']}.${s.body}`).digest('base64');
        must((s.headers['webhook-signature'] ?? '').split(' ').includes(`v1,${want}`), 'a signature does not hold');
        must(Math.abs(Date.now() / 1000 - Number(s.headers['webhook-timestamp'])) < 60, 'the time is not told');
      }
      must(new Set(seen.slice(0, 2).map((s) => s.headers['webhook-id'])).size === 2, 'two have one id');
      must(!(await owner.get('/workspace/channels')).text.includes(key), 'the key is shown again');
    } finally { server.close(); }
  });
  attack('Markdown carries raw HTML of a page', async (at, { dns }) => {
    const owner = await joined(at);
    dns.point('page.test', '127.77.0.2');
    const evil = '<img src=x onerror=alert(1)>';
    const server = createServer((_, a) => { a.writeHead(200, { 'content-type': 'text/html', server: evil, 'x-powered-by': evil, 'set-cookie': `a${evil}=1`, 'content-security-policy': `default-src ${evil}`, 'strict-transport-security': evil }).end(`<!doctype html><html lang="en"><head><title>&lt;img src=x onerror=alert(1)&gt; \`\`\` | a</title><meta name="description" content="&lt;script&gt;alert(2)"><meta name="generator" content="&lt;img src=x onerror=alert(1)&gt;"><script src="https://&lt;img.test/a.js"></script></head><body><h1>&lt;img src=x onerror=alert(1)&gt;</h1><p>Enough text to be a page.</p></body></html>`); });
    await new Promise((r) => server.once('error', r).listen(80, '127.77.0.2', r));
    if (!server.listening) throw new Skipped('port 80 of 127.77.0.2 cannot be listened on');
    try { worst(await marked(owner, await owner.project('page.test'), await owner.token())); } finally { server.close(); }
  });
  attack('an opened network opens others too', async (at) => {
    const owner = await joined(at);
    for (const url of ['http://127.78.0.1:9/x', 'http://127.0.0.1/x', 'https://169.254.169.254/x']) must((await owner.post('/workspace/channels', { kind: 'webhook', name: 'in', url, rule: 'worsened' })).status === 422, url);
  });
});

on('closed networks', async () => ({ stop() {} }), () => {
  attack('deny_net closes nothing', async (_, tools) => {
    const at = await serve(tools.binary, { dns: tools.dns, env: { LAUNCH_READY_DENY_NET: '93.184.216.0/24, 127.77.7.0/24', LAUNCH_READY_ALLOW_NET: '127.77.0.0/16' } }).catch((e) => must(false, e.message.replace(/\s+/g, ' ').slice(0, 160)));
    try {
      const owner = await joined(at);
      const add = (url) => owner.post('/workspace/channels', { kind: 'webhook', name: 'in', url, rule: 'worsened' });
      must((await add('https://93.184.217.34/x')).status === 200, 'a public address is refused: nothing is shown');
      for (const url of ['https://93.184.216.34/x', 'https://[::ffff:93.184.216.34]/x', 'http://127.77.7.1/x']) must((await add(url)).status === 422, `${url} is taken`);
    } finally { await at.stop(); }
  });
});

// ── Files ────────────────────────────────────────────────────────────────────────────────────────────────────────────

/** What others on the machine may read or enter below a folder. */
function loose(path, out = []) {
  const s = lstatSync(path);
  if (s.isSymbolicLink() || s.isSocket()) return out;
  if (s.mode & 0o077) out.push(`${path} ${(s.mode & 0o777).toString(8)}`);
  if (s.isDirectory()) for (const n of readdirSync(path)) loose(join(path, n), out);
  return out;
}

on('files', async (tools) => {
  // A folder that the server makes itself, as at a first start.
  const parent = folder();
  chmodSync(parent, 0o755);
  const before = process.umask(0o022);
  try { return await serve(tools.binary, { dns: tools.dns, data: join(parent, 'data') }); } finally { process.umask(before); }
}, () => {
  attack('everybody on the machine reads the data', async (at) => {
    const early = loose(at.data);
    const owner = await joined(at);
    const project = await owner.project();
    const check = /\/questions\/([A-Z0-9]+-[0-9]+)\/files/.exec((await owner.get(`${project.path}/questions`)).text)?.[1];
    await owner.post(`${project.path}/questions/${check}/files`, undefined, { form: undefined, files: [{ field: 'file', name: 'a.txt', type: 'text/plain', bytes: 'Twelve rows.\n' }] });
    await owner.post(`${project.path}/pack`);
    const all = [...new Set([...early, ...loose(at.data)])].map((l) => l.replace(at.data, 'data'));
    must(!all.length, `${all.length} files and folders: ${all.slice(0, 5).join(', ')}`);
  });
  attack('everybody on the machine reads a backup', async (at) => {
    if (POSTGRES) throw new Skipped('Postgres is copied by pg_dump');
    const file = join(dirname(at.data), 'backup.db');
    const before = process.umask(0o022);
    const r = await admin(at, 'backup', file);
    process.umask(before);
    must(r.code === 0, `the backup failed: ${r.out.slice(0, 120)}`);
    must(!(lstatSync(file).mode & 0o077), `${(lstatSync(file).mode & 0o777).toString(8)}`);
  });
  attack('a backup is kept in the clear, whoever asks for another', async (at) => {
    if (POSTGRES) throw new Skipped('Postgres is copied by pg_dump');
    const file = join(dirname(at.data), 'sealed.age');
    const r = await admin(at, 'backup', '--encrypt-to', 'age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p', file);
    must(r.code === 0, `the backup failed: ${r.out.slice(0, 120)}`);
    const kept = readFileSync(file);
    must(kept.subarray(0, 21).toString() === 'age-encryption.org/v1', 'the file is none of age');
    must(!kept.includes('SQLite format'), 'rows can be read');
    must((await admin(at, 'backup', '--encrypt-to', 'age1nonsense', `${file}.2`)).code !== 0, 'a recipient that is none is taken');
  });
  attack('nobody says that an older folder is open to all', async (_, tools) => {
    const data = folder();
    const first = await serve(tools.binary, { data, args: ['--workers', '0'] });
    await first.stop();
    chmodSync(data, 0o755);
    if (!POSTGRES) chmodSync(join(data, 'launch-ready.db'), 0o644);
    const again = await serve(tools.binary, { data, args: ['--workers', '0'] });
    const { log } = again;
    const tight = !loose(data).length;
    await again.stop();
    must(tight || /read|open|loose|mode|0?7[05]5|0?644|permission/i.test(log.replace(/.*(listening|Launch Ready is at|administrator).*/g, '')), 'no warning at the start');
  });
  attack('a hostile backup is put in place', async (_, tools) => {
    if (POSTGRES) throw new Skipped('Postgres is copied by pg_dump');
    const data = folder();
    const at = await serve(tools.binary, { data, dns: tools.dns });
    const owner = await joined(at);
    const file = join(folder(), 'good.db');
    must((await admin(at, 'backup', file)).code === 0, 'no backup: nothing is shown');
    await at.stop();
    const good = readFileSync(file);
    const found = [];
    const tried = async (what, make) => {
      const bad = join(folder(), 'bad.db');
      if (await make(bad) === false) return;
      const r = await admin(at, 'restore', bad);
      const users = await admin(at, 'users');
      if (!users.out.includes(owner.email)) found.push(`${what}: the good one is gone`);
      else if (r.code === 0) { found.push(what); writeFileSync(`${bad}.good`, good); await admin(at, 'restore', `${bad}.good`); }
    };
    await tried('rubbish', (f) => writeFileSync(f, randomBytes(20_000)));
    await tried('nothing', (f) => writeFileSync(f, ''));
    await tried('half of one', (f) => writeFileSync(f, good.subarray(0, Math.floor(good.length / 2))));
    await tried('a damaged one', (f) => { const b = Buffer.from(good); b.fill(0xff, 4096 * 3, 4096 * 6); writeFileSync(f, b); });
    await tried('a folder', (f) => mkdirSync(f));
    const python = (f, sql) => run('python3', ['-c', 'import sqlite3,sys\nc=sqlite3.connect(sys.argv[1]);c.executescript(sys.argv[2]);c.commit()', f, sql]).then(() => true, () => false);
    await tried('another database', (f) => python(f, 'create table a (b text);'));
    await tried('one with a trigger', (f) => { writeFileSync(f, good); return python(f, 'create trigger evil after insert on accounts begin update accounts set admin = 1 where id = new.id; end;'); });
    await tried('one with a view in place of a table', (f) => { writeFileSync(f, good); return python(f, "alter table tokens rename to tokens_old; create view tokens as select * from tokens_old;"); });
    worst(found);
  }, { slow: true });
});

// ── Going through the list ───────────────────────────────────────────────────────────────────────────────────────────

async function all(binary, { quick, only }) {
  const dns = await nameServer();
  const tools = { binary, dns, quick };
  const chosen = list.filter((a) => !(quick && a.slow) && (!only || only.test(`${a.group}: ${a.name}`)));
  const count = { held: 0, 'NOT HELD': 0, skipped: 0 };
  let at;
  let here = '';
  const say = (word, name, why, ms) => { count[word] += 1; console.log(`${word.padEnd(8)}  ${name}${why ? `: ${why}` : ''}${ms > 5000 ? ` (${Math.round(ms / 1000)} s)` : ''}`); };
  for (const a of chosen) {
    const begun = Date.now();
    try {
      if (a.group !== here) { await at?.stop(); at = undefined; here = a.group; at = await groups[a.group](tools); }
      if (!at) throw new Error('the server of its group did not start');
      const note = await a.work(at, tools);
      say('held', a.name, typeof note === 'string' ? note : '', Date.now() - begun);
    } catch (e) {
      const ms = Date.now() - begun;
      if (e instanceof Skipped) say('skipped', a.name, e.message, ms);
      else say('NOT HELD', a.name, e instanceof NotHeld ? e.message : `could not be carried out: ${e.message}`, ms);
    }
  }
  await at?.stop();
  dns.stop();
  console.log(`${count.held} held, ${count['NOT HELD']} not held, ${count.skipped} skipped`);
  return count['NOT HELD'] === 0 && count.held > 0;
}

export function tidy() {
  for (const c of running) c.kill('SIGKILL');
  for (const f of folders) rmSync(f, { recursive: true, force: true });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const args = process.argv.slice(2);
  const only = args.includes('--only') ? new RegExp(args[args.indexOf('--only') + 1], 'i') : undefined;
  if (!args[0] || args[0].startsWith('--')) {
    console.error('node attack.mjs BINARY [--short] [--only REGEX]');
    process.exit(2);
  }
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => { tidy(); process.exit(1); });
  const fine = await all(args[0], { quick: args.includes('--short'), only }).finally(tidy);
  process.exit(fine ? 0 : 1);
}
