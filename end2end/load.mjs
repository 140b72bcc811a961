// What costly requests do to everybody else: `node load.mjs BINARY [--report] [--only REGEX] [--n 300]`. Each operation that
// a stranger, a member or a token can ask for is asked for N times at once, from as many addresses where it needs no account,
// on a server of its own over a copy of one data folder. Meanwhile the list of projects is loaded twenty times in a row, and
// somebody signs in from a browser that signed in before; what a new one takes is printed beside. Prints a table; exit code 1 if the list's p95 is over three times its quiet p95, or the sign-in takes
// over a second, unless `--report`. A quiet p95 of some milliseconds says nothing beside a client on the same cores, so the
// base is 20 ms at least; both are printed. The flood is a process of its own that reads nothing
// but statuses, and whose requests end at the same moment. Run it where nothing else runs.
import { fork } from 'node:child_process';
import { cpSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { availableParallelism, loadavg } from 'node:os';
import { fileURLToPath } from 'node:url';
import { PASSWORD, Person, ask, folder, nameServer, packed, serve, sleep, somewhere, tidy, until } from './attack.mjs';

const PROJECTS = 20;
const BASE_MS = 20;
const RATIO = 3;
const SIGN_IN_MS = 1000;
/** The flood may go on for so long after the measuring. */
const PATIENCE_MS = 20_000;

/** In the other process: every request but its last byte is sent, then all last bytes at once; says each status, or `no answer`. */
async function flood({ at, requests }) {
  let stop = false;
  const told = requests.map(({ method, path, cookies, from = '127.0.0.1', stream, ...more }) => {
    const { headers, body } = packed(at, { jar: cookies && new Map(cookies), ...more });
    const head = [`${method} ${path} HTTP/1.1`, ...Object.entries({ ...headers, connection: 'close' }).map(([k, v]) => `${k}: ${v}`), '', ''].join('\r\n');
    const whole = Buffer.concat([Buffer.from(head), Buffer.from(body ?? '')]);
    const one = {};
    one.ready = new Promise((resolve) => {
      one.socket = connect({ host: '127.0.0.1', port: at.port, localAddress: from }, () => one.socket.write(whole.subarray(0, -1), resolve));
      one.socket.setNoDelay(true);
      one.socket.once('close', resolve);
    });
    one.over = new Promise((resolve) => {
      let status;
      const end = () => { if (status === undefined) process.send({ status: status = stop ? 'cut' : 'no answer' }); resolve(); };
      one.socket.on('data', (d) => { if (status === undefined) { status = Number(d.toString('latin1', 9, 12)); process.send({ status }); if (stream && status !== 200) one.socket.destroy(); } });
      one.socket.on('error', () => {});
      one.socket.once('close', end);
    });
    one.last = whole.subarray(-1);
    return one;
  });
  process.on('message', () => { stop = true; for (const t of told) t.socket.destroy(); });
  await Promise.all(told.map((t) => t.ready));
  for (const t of told) if (!t.socket.destroyed) t.socket.write(t.last);
  process.send({ sent: true });
  await Promise.all(told.map((t) => t.over));
  process.send({ over: true });
}

/** One workspace with everything, made once. */
async function prepare(binary, dns) {
  const at = await serve(binary, { dns });
  const owner = await (await new Person(at).signUp()).confirm();
  const all = [];
  for (let i = 0; i < PROJECTS; i++) all.push(await owner.project(`load-${i}.test`, false));
  for (const p of all) await until(`the result of ${p.domain}`, async () => (await owner.get(`${p.result}/report.json`)).status === 200, 120_000);
  const [project] = all;
  const share = await owner.share(project);
  const locked = await owner.post(`${project.path}/share`, { label: 'locked', shows: 'live', days: '30', share_password: 'open sesame please' });
  const preview = (await ask(at, 'POST', '/preview', { from: somewhere(), form: { domain: 'looked-at.test' } })).location;
  await until('the preview', async () => (await ask(at, 'GET', `${preview}/report.json`)).status === 200, 60_000);
  const page = await owner.get(project.result);
  const ready = {
    owner, project, share, preview, data: at.data,
    locked: /\/shared\/([0-9A-Za-z_-]+)/.exec(locked.text)?.[1],
    badge: await owner.badge(project), feed: await owner.feed(),
    token: await owner.token({ scopes: ['read', 'scan:write', 'project:write', 'comment:write', 'member:write'] }),
    check: /\/findings\/([A-Z0-9]+-[0-9]+)/.exec(page.text)?.[1],
    question: /\/questions\/([A-Z0-9]+-[0-9]+)\/files/.exec((await owner.get(`${project.path}/questions`)).text)?.[1],
  };
  await at.stop();
  return ready;
}

/** What is asked for: `i` counts from 0. `free` comes from an address of its own each time. */
function operations({ owner, project, share, locked, preview, badge, feed, token, check, question }) {
  const free = (method, path, more = {}) => ({ method, path, from: somewhere(), ...more });
  const member = (method, path, more = {}) => ({ method, path, from: owner.from, cookies: [...owner.jar], ...more });
  const program = (method, path, more = {}) => ({ method, path: `/api/v1${path}`, headers: { authorization: `Bearer ${token}` }, ...more });
  const one = somewhere();
  const text = `domain\n${Array.from({ length: 900 }, (_, i) => `bulk-${i}.test`).join('\n')}`;
  const code = { version: 1, projects: Array.from({ length: 200 }, (_, i) => ({ domain: `code-${i}.test` })) };
  const upload = { files: [{ field: 'file', name: 'a.txt', type: 'text/plain', bytes: 'Twelve rows were restored.\n'.repeat(8000) }] };
  return [
    ['front page', () => free('GET', '/')],
    ['search in the catalogue', () => free('GET', '/checks?q=mail')],
    ['preview', (i) => free('POST', '/preview', { form: { domain: `first-${i}.test` } })],
    ['preview, one address', (i) => ({ ...free('POST', '/preview', { form: { domain: `same-${i}.test` } }), from: one })],
    ['re-check of a preview', () => free('POST', `${preview}/findings/${check}/recheck`)],
    ['inspector', (i) => free('GET', `/tools/dmarc?domain=look-${i}.test`)],
    ['calculators', () => free('GET', `/tools/cost?scan=${preview.split('/').pop()}`)],
    ['shared result', () => free('GET', `/shared/${share}`)],
    ['shared report.pdf', () => free('GET', `/shared/${share}/report.pdf?for=developer`)],
    ['shared report.pdf, one address', () => ({ ...free('GET', `/shared/${share}/report.pdf?for=developer`), from: one })],
    ["preview's report.pdf", () => free('GET', `${preview}/report.pdf?for=developer`)],
    ['shared report.json', () => free('GET', `/shared/${share}/report.json`)],
    ['shared report.md', () => free('GET', `/shared/${share}/report.md`)],
    ['password of a shared link', () => free('POST', `/shared/${locked}/unlock`, { form: { password: 'wrong wrong wrong' } })],
    ['badge', () => free('GET', `/badge/${badge}.svg`)],
    ['iCal', () => free('GET', `/calendar/${feed}`)],
    ['OpenAPI page', () => free('GET', '/api/docs')],
    ['OpenAPI file', () => free('GET', '/api/openapi.json')],
    ['sign-in, wrong', (i) => free('POST', '/sign-in', { form: { email: `nobody-${i}@people.test`, password: 'wrong wrong wrong' } })],
    ['sign-in, wrong, one address', (i) => ({ ...free('POST', '/sign-in', { form: { email: `nobody-${i}@people.test`, password: 'wrong wrong wrong' } }), from: one })],
    ['sign-in, right, one account', () => free('POST', '/sign-in', { form: { email: owner.email, password: PASSWORD } })],
    ['sign-up', (i) => free('POST', '/sign-up', { form: { email: `new-${i}@people.test`, password: PASSWORD } })],
    ['forgot', (i) => free('POST', '/forgot', { form: { email: i % 2 ? `nobody-${i}@people.test` : owner.email } })],
    ['passkey, asking', () => free('POST', '/sign-in/passkey')],
    ['event streams of a preview', (i, at) => free('GET', `${at.waiting}/events`, { stream: true }), ['--workers', '0']],
    ['event streams, one session', (i, at) => member('GET', `${at.queued}/events`, { stream: true }), ['--workers', '0']],
    ['event streams, one token', (i, at) => program('GET', `${at.queued}/events`, { stream: true }), ['--workers', '0']],
    ['list of projects', () => member('GET', '/projects')],
    ['projects.csv', () => member('GET', '/projects.csv')],
    ['export of the account', () => member('GET', '/account/export')],
    ['report.pdf of a member', (i) => member('GET', `${project.result}/report.pdf?for=${i % 2 ? 'founder' : 'developer'}`)],
    ['handover pack', () => member('POST', `${project.path}/pack`, { form: {} })],
    ['scan', () => member('POST', `${project.path}/scan`, { form: {} })],
    ['re-check of a member', () => member('POST', `${project.result}/findings/${check}/recheck`, { form: {} })],
    ['upload, 200 KB', () => member('POST', `/projects/${project.id}/questions/${question}/files`, upload)],
    ['password before a deed, wrong', () => member('POST', '/account/codes', { form: { password: 'wrong wrong wrong' } })],
    ['API export', () => program('GET', '/export')],
    ['API apply of 200 projects, dry run', () => program('POST', '/apply?dry_run=yes', { json: code })],
    ['API import of 900 lines, dry run', () => program('POST', '/import?dry_run=yes', { json: { text } })],
    ['API list of projects', () => program('GET', '/projects')],
    ['API with made-up tokens', (i) => ({ method: 'GET', path: '/api/v1/projects', headers: { authorization: `Bearer lr_${String(i).padStart(42, 'a')}` }, from: somewhere() })],
  ];
}

const p95 = (list) => list.slice().sort((a, b) => a - b)[Math.ceil(list.length * 0.95) - 1];

async function measure(binary, n, only) {
  const dns = await nameServer();
  const made = await prepare(binary, dns);
  const { owner } = made;
  const list = async (times) => {
    const all = [];
    for (let i = 0; i < times; i++) {
      const r = await owner.get('/projects', { timeout: 120_000 });
      if (r.status !== 200) throw new Error(`the list of projects answers ${r.status}`);
      all.push(r.ms);
    }
    return all;
  };
  /** The owner at another address, in a browser that signed in before. */
  const known = () => { const p = owner.elsewhere(); p.jar = new Map([...owner.jar].filter(([name]) => !/^(__Host-)?lr$/.test(name))); return p; };
  const wide = 36;
  console.log(`${availableParallelism()} cores, load ${loadavg()[0].toFixed(1)}\n`);
  console.log(`${'operation'.padEnd(wide)} | ${`answers of ${n} at once`.padEnd(40)} | quiet p95 | p95 ms | worst | ratio | sign-in ms | new device ms`);
  console.log(`${'-'.repeat(wide)}-|-${'-'.repeat(40)}-|-----------|--------|-------|-------|------------|--------------`);
  const bad = [];
  for (const [name, make, extra = []] of operations(made)) {
    if (!only.test(name)) continue;
    const data = folder();
    cpSync(made.data, data, { recursive: true });
    let at;
    let crowd;
    try {
      at = await serve(binary, { dns, data, args: extra, env: { LAUNCH_READY_PREVIEW_LIMIT: '10' } });
      owner.at = at;
      if (extra.length) {
        at.queued = (await owner.post(`${made.project.path}/scan`)).location;
        at.waiting = (await ask(at, 'POST', '/preview', { from: somewhere(), form: { domain: 'waiting.test' } })).location;
      }
      await list(5);
      const quiet = p95(await list(20));
      const requests = Array.from({ length: n }, (_, i) => make(i, at));
      const seen = {};
      let done = false;
      crowd = fork(fileURLToPath(import.meta.url), ['--flood'], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
      let begun;
      let sent;
      const ready = new Promise((r) => { begun = r; });
      const away = new Promise((r) => { sent = r; });
      const ended = new Promise((resolve, reject) => {
        crowd.on('message', (m) => { if (m.ready) begun(); else if (m.sent) sent(); else if (m.over) { done = true; resolve(); } else seen[m.status] = (seen[m.status] ?? 0) + 1; });
        crowd.once('error', reject);
      });
      await ready;
      crowd.send({ at: { host: at.host, port: at.port }, requests });
      await Promise.race([away, ended]);
      const [amid, signed, stranger] = await Promise.all([list(20), known().signIn(), owner.elsewhere().signIn()]);
      const early = done;
      if (requests[0].stream) crowd.send('stop');
      await Promise.race([ended, sleep(PATIENCE_MS)]);
      const told = Object.values(seen).reduce((a, b) => a + b, 0);
      const answers = [...Object.entries(seen).map(([s, c]) => `${c} × ${s}`), ...(told < n ? [`${n - told} still waiting`] : []), ...(early ? ['over before the measuring was'] : [])].join(', ');
      const ratio = p95(amid) / Math.max(quiet, BASE_MS);
      const right = signed.location === '/projects';
      const flags = [ratio > RATIO && 'list', (!right || signed.ms > SIGN_IN_MS) && 'sign-in', seen[500] && '500'].filter(Boolean);
      if (flags.length) bad.push(`${name}: ${flags.join(', ')}`);
      console.log(`${name.padEnd(wide)} | ${answers.padEnd(40)} | ${quiet.toFixed(0).padStart(9)} | ${p95(amid).toFixed(0).padStart(6)} | ${Math.max(...amid).toFixed(0).padStart(5)} | ${ratio.toFixed(1).padStart(5)} | ${signed.ms.toFixed(0).padStart(10)}${right ? '' : ` (${signed.status})`} | ${stranger.ms.toFixed(0).padStart(8)}${stranger.location === '/projects' ? '' : ` (${stranger.status})`}${flags.length ? `  OVER: ${flags.join(', ')}` : ''}`);
    } catch (e) {
      bad.push(`${name}: ${e.message}`);
      console.log(`${name.padEnd(wide)} | could not be measured: ${e.message}`);
    } finally {
      crowd?.kill('SIGKILL');
      at?.child.kill('SIGKILL');
      await at?.gone;
      rmSync(data, { recursive: true, force: true });
    }
  }
  dns.stop();
  console.log(bad.length ? `\n${bad.length} over ${RATIO} × max(quiet p95, ${BASE_MS} ms) or ${SIGN_IN_MS} ms: ${bad.join('; ')}` : '\nNothing over its bound.');
  return bad;
}

if (process.argv[2] === '--flood') {
  process.once('message', (m) => flood(m));
  process.send({ ready: true });
} else {
  const args = process.argv.slice(2);
  const option = (name) => (args.includes(name) ? args[args.indexOf(name) + 1] : undefined);
  if (!args[0] || args[0].startsWith('--')) {
    console.error('node load.mjs BINARY [--report] [--only REGEX] [--n 300]');
    process.exit(2);
  }
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => { tidy(); process.exit(1); });
  const over = await measure(args[0], Number(option('--n') ?? 300), option('--only') ? new RegExp(option('--only'), 'i') : /./).finally(tidy);
  process.exit(over.length && !args.includes('--report') ? 1 : 0);
}
