// Figures of the doors for `cargo xtask bench`: how long a sign-in takes for known and for unknown addresses, and what
// the list of projects does while a hundred sign in at once. Needs a server that believes X-Forwarded-For from loopback.
const base = process.argv[2];
const PASSWORD = 'walnut harbour sixteen';
let n = 0;
const from = () => `198.51.${(n >> 8) & 255}.${n++ & 255}`;
const post = (path, fields, headers = {}) => fetch(base + path, {
  method: 'POST', redirect: 'manual', body: new URLSearchParams(fields), headers: { 'x-forwarded-for': from(), ...headers },
});
const timed = async (work) => { const begun = performance.now(); await work(); return performance.now() - begun; };
const sorted = (list) => list.slice().sort((a, b) => a - b);
const at = (list, p) => sorted(list)[Math.min(list.length - 1, Math.floor(list.length * p))];

const email = `door-${Date.now()}@people.test`;
const joined = await post('/sign-up', { email, password: PASSWORD });
const cookie = joined.headers.getSetCookie().map((c) => c.split(';')[0]).filter((c) => c.startsWith('lr=')).join('; ');
const list = () => timed(async () => { const r = await fetch(`${base}/projects`, { headers: { cookie } }); if (r.status !== 200) throw new Error(`${r.status}`); await r.text(); });
for (let i = 0; i < 20; i++) await list();
const alone = [];
for (let i = 0; i < 200; i++) alone.push(await list());

// One after the other, in turn, so that a drift of the machine meets both.
const [known, unknown] = [[], []];
for (let i = 0; i < 40; i++) {
  const pair = [[known, email], [unknown, `nobody-${i}@people.test`]];
  // Who comes first changes, since what follows a pause may be slower.
  for (const [list, who] of i % 2 ? pair.reverse() : pair) list.push(await timed(() => post('/sign-in', { email: who, password: 'wrong wrong wrong' })));
}

let done = false;
const crowd = Promise.all(Array.from({ length: 100 }, () => post('/sign-in', { email, password: PASSWORD }).then((r) => r.status))).then((s) => { done = true; return s; });
const begun = performance.now();
const amid = [];
while (!done) amid.push(await list());
const statuses = await crowd;
console.log(JSON.stringify({
  alone_p95: at(alone, 0.95), amid_p95: at(amid, 0.95), amid: amid.length, crowd_ms: performance.now() - begun,
  let_in: statuses.filter((s) => s === 303).length, known: at(known, 0.5), unknown: at(unknown, 0.5),
  known_spread: [at(known, 0.1), at(known, 0.9)], unknown_spread: [at(unknown, 0.1), at(unknown, 0.9)],
}));
