import { expect, test } from '@playwright/test';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { clean, confirm, lab, PASSWORD, project, signUp } from './help';

const bin = join(__dirname, '..', '..', 'target', 'debug', 'launch-ready');

test('a workspace is written out, changed as code, carried out once, and pruned only when asked', async ({ page }) => {
  await confirm(page, await signUp(page));
  await project(page, 'code.test');
  await page.goto('/workspace/tokens');
  await page.getByLabel('What it is for').fill('As code');
  for (const box of await page.locator('input[name=scope]').all()) await box.check();
  await page.getByLabel('Your password').fill(PASSWORD);
  await page.getByRole('button', { name: 'Make the token' }).click();
  const token = (await page.locator('.note pre').textContent())!.trim();
  const folder = mkdtempSync(join(tmpdir(), 'lr-code-'));
  const run = (...args: string[]) => execFileSync(bin, args, { cwd: folder, encoding: 'utf8', env: { ...process.env, LR_SERVER: 'http://127.0.0.1:3399', LR_TOKEN: token, HOOK: 'https://hooks.example.com/services/1' } });
  const fails = (...args: string[]) => { try { run(...args); return ''; } catch (e: any) { return String(e.stderr); } };
  const file = join(folder, 'workspace.yaml');
  const write = (text: string) => writeFileSync(file, text);

  writeFileSync(file, run('export'));
  expect(readFileSync(file, 'utf8')).toContain('domain: code.test');
  expect(run('apply', file)).toBe('Nothing differs.\n');

  const until = new Date(Date.now() + 5 * 86_400_000).toISOString().slice(0, 10);
  write(`version: 1
projects:
  - domain: code.test
    client: Acme
    tags: [web]
    schedule: { rhythm: daily, zone: Europe/Berlin }
    excuses:
      - { check: TLS-08, kind: risk, reason: later, owner: Ada, until: "${until}" }
    answers:
      - { check: DEP-12, answer: "yes", note: Restored on Monday }
  - domain: second.test
channels:
  - { name: Team, kind: slack, url: "\${HOOK}", rules: [critical, failed], project: second.test }
`);
  const dry = run('apply', file, '--dry-run');
  for (const line of ['change  project code.test  client: Acme; tags: web', 'schedule: daily', `TLS-08 excused until ${until}`, 'DEP-12 answered: yes', 'create  project second.test', 'create  channel Team']) expect(dry).toContain(line);
  await page.goto('/projects');
  await expect(page.getByText('second.test')).toHaveCount(0);
  expect(run('apply', file)).toContain('Done.');
  expect(run('apply', file)).toBe('Nothing differs.\n');
  await page.reload();
  await expect(page.locator('tr', { hasText: 'code.test' })).toContainText('Acme · #web');
  const out = run('export');
  expect(out).toContain('rhythm: daily');
  expect(out).not.toContain('hooks.example.com');

  // What the file does not name stays, and is said; with --prune it goes.
  write('version: 1\nprojects:\n  - domain: code.test\n');
  const kept = run('apply', file, '--dry-run');
  for (const line of ['keep    project second.test', 'keep    channel Team', 'keep    schedule of project code.test', 'keep    DEP-12 of project code.test']) expect(kept).toContain(line);
  expect(run('apply', file, '--prune')).toContain('delete  project second.test');
  expect(run('apply', file, '--prune')).toBe('Nothing differs.\n');

  // Everything that is wrong is said at once, and nothing is done.
  write('version: 2\nprojects:\n  - domain: not a domain\n  - { domain: x.test, schedule: { rhythm: hourly } }\n');
  const wrong = fails('apply', file);
  for (const part of ['/version', '/projects/0/domain', '/projects/1/schedule/rhythm']) expect(wrong).toContain(part);
  write('version: 1\nprojekte: []\n');
  expect(fails('apply', file)).toContain('projekte');
});

test('the palette finds projects, pages and checks by keys alone', async ({ page }) => {
  await signUp(page);
  await lab('/good', { domain: 'find.test' });
  const at = await project(page, 'find.test');
  await page.goto('/how');
  await expect(page.getByRole('button', { name: 'Find /' })).toBeVisible();
  await page.keyboard.press('/');
  await expect(page.getByRole('dialog', { name: 'Find' })).toBeVisible();
  await expect(page.locator('#palette a').first()).toBeVisible();
  await clean(page);
  await page.keyboard.type('spf budget');
  await expect(page.locator('#palette a')).toHaveText([/MAIL-03/]);
  await page.keyboard.press('Escape');
  await expect(page.getByRole('dialog')).toHaveCount(0);
  await page.keyboard.press('Control+k');
  await page.keyboard.type('find.te');
  await expect(page.locator('#palette a').first()).toHaveText('find.test');
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(new RegExp(`${at}$`));
});

test('many domains are imported from a file, told line by line, together or not at all', async ({ page }) => {
  await confirm(page, await signUp(page));
  await page.goto('/workspace/tokens');
  await page.getByLabel('What it is for').fill('Import');
  for (const box of await page.locator('input[name=scope]').all()) await box.check();
  await page.getByLabel('Your password').fill(PASSWORD);
  await page.getByRole('button', { name: 'Make the token' }).click();
  const token = (await page.locator('.note pre').textContent())!.trim();
  const file = join(mkdtempSync(join(tmpdir(), 'lr-import-')), 'clients.csv');
  writeFileSync(file, 'domain,client,tags\none.test,Acme,web\none.test\nno domain\ntwo.test');
  const run = (...args: string[]) => execFileSync(bin, ['import', file, ...args], { encoding: 'utf8', env: { ...process.env, LR_SERVER: 'http://127.0.0.1:3399', LR_TOKEN: token } });
  const dry = run('--dry-run');
  expect(dry).toContain('    2  one.test  new\n    3  one.test  left out: It stands in the list twice.');
  expect(dry).toContain('2 would be added.');
  await page.goto('/projects');
  await expect(page.getByText('one.test')).toHaveCount(0);
  expect(run()).toContain('2 added.');
  expect(run()).toContain('0 added.');
  await page.reload();
  await expect(page.locator('tr', { hasText: 'one.test' })).toContainText('Acme');
});
