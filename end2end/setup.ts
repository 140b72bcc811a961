// Starts the lab and the real server on a fresh data folder; ends both afterwards.
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const bin = join(__dirname, '..', 'target', 'debug');

export default async function setup() {
  const children: ChildProcess[] = [];
  const data = mkdtempSync(join(tmpdir(), 'lr-e2e-'));
  process.env.OUTBOX = join(data, 'outbox');
  process.env.CANARIES = join(data, 'canaries');
  children.push(spawn('node', [join(__dirname, 'provider.mjs'), '7098'], { stdio: 'inherit' }));
  const lab = spawn(join(bin, 'lab'), ['7099'], { stdio: ['ignore', 'pipe', 'inherit'] });
  children.push(lab);
  const where = await new Promise<{ dns: string; ca_file: string; rdap_file: string; ct_url: string }>((resolve, reject) => {
    lab.stdout!.once('data', (line) => resolve(JSON.parse(String(line))));
    lab.once('exit', (code) => reject(new Error(`the lab ended with ${code}: it needs ports 53, 80 and 443 on loopback`)));
  });
  const log = openSync(join(data, 'server.log'), 'w');
  const server = spawn(join(bin, 'launch-ready'), ['serve', '--listen', '127.0.0.1:3399'], {
    stdio: ['ignore', log, log],
    env: {
      ...process.env,
      LAUNCH_READY_DATA_DIR: data,
      LAUNCH_READY_RESOLVERS: where.dns,
      LAUNCH_READY_CA_FILE: where.ca_file,
      LAUNCH_READY_ALLOW_NET: '127.0.0.0/8',
      LAUNCH_READY_PREVIEW_LIMIT: '1000',
      LAUNCH_READY_TRUSTED_PROXIES: '127.0.0.0/8',
      LAUNCH_READY_LANGUAGES: languages(data),
      LAUNCH_READY_CT_URL: where.ct_url,
      LAUNCH_READY_RDAP_BOOTSTRAP: where.rdap_file,
      LAUNCH_READY_OIDC_ISSUER: 'http://127.0.0.1:7098',
      LAUNCH_READY_OIDC_CLIENT_ID: 'launch-ready',
      LAUNCH_READY_OIDC_CLIENT_SECRET: 'canary-of-the-client',
      LAUNCH_READY_OIDC_NAME: 'Acme login',
    },
  });
  children.push(server);
  for (let i = 0; ; i++) {
    const ready = await fetch('http://127.0.0.1:3399/ready').then((r) => r.ok, () => false);
    if (ready) break;
    if (i > 100) {
      for (const child of children) child.kill();
      throw new Error(`the server is not ready; see ${data}/server.log`);
    }
    await new Promise((r) => setTimeout(r, 100));
  }
  return async () => {
    for (const child of children) child.kill('SIGTERM');
    await new Promise((r) => setTimeout(r, 500));
    leaks(data);
    rmSync(data, { recursive: true, force: true });
  };
}

/** A language in which every message stands between brackets, so that what has none is seen. */
function languages(data: string) {
  const folder = join(data, 'languages');
  mkdirSync(folder);
  const file = join(folder, 'eo.tsv');
  execFileSync(join(bin, 'xtask'), ['messages', file], { stdio: ['ignore', 'ignore', 'inherit'] });
  const lines = readFileSync(file, 'utf8').split('\n');
  writeFileSync(file, lines.map((l) => (l.endsWith('\t') ? `${l}⟦${l.slice(0, -1)}⟧` : l)).join('\n'));
  return folder;
}

/** No secret that the tests saw stands in the log or in the database. */
function leaks(data: string) {
  const seen = existsSync(process.env.CANARIES!) ? readFileSync(process.env.CANARIES!, 'utf8').split('\n').filter(Boolean) : [];
  const secrets = ['walnut harbour sixteen', 'canary-of-the-client', ...seen];
  for (const name of ['server.log', 'launch-ready.db', 'launch-ready.db-wal', 'queue.db']) {
    if (!existsSync(join(data, name))) continue;
    const bytes = readFileSync(join(data, name));
    for (const secret of secrets) if (bytes.includes(secret)) throw new Error(`${name} holds a secret: ${secret.slice(0, 8)}…`);
  }
}
