import { expect, test } from '@playwright/test';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { address, canary, clean, confirm, linkFrom, PASSWORD, project, signUp } from './help';

test('a report is shared by a link, with a password, and ended', async ({ browser }) => {
  const [owners, strangers] = await Promise.all([browser.newContext(), browser.newContext()]);
  const [owner, stranger] = [await owners.newPage(), await strangers.newPage()];
  await confirm(owner, await signUp(owner));
  const at = await project(owner, 'shared.test');
  await owner.getByRole('link', { name: 'Share' }).click();
  await owner.getByRole('button', { name: 'Make the link' }).click();
  await expect(owner.locator('#label-hint')).toContainText('Say in a word what it is for');
  await owner.getByLabel('What it is for').fill('Investor');
  await owner.getByLabel('Password').first().fill('open sesame');
  await owner.getByRole('button', { name: 'Make the link' }).click();
  const link = (await owner.locator('.note pre').textContent())!.trim();
  await clean(owner);
  canary(new URL(link).pathname.split('/').pop()!);
  canary('open sesame');

  await stranger.goto(link);
  await stranger.getByLabel('Password').fill('wrong');
  await stranger.getByRole('button', { name: 'Open the report' }).click();
  await expect(stranger.locator('#password-hint')).toContainText('not its password');
  await stranger.getByLabel('Password').fill('open sesame');
  await stranger.getByRole('button', { name: 'Open the report' }).click();
  await expect(stranger.locator('.verdict .word')).toBeVisible();
  await expect(stranger.locator('meta[name=robots]')).toHaveAttribute('content', 'noindex');
  for (const name of ['Settings', 'Scan again', 'History', 'Share']) await expect(stranger.getByText(name, { exact: true })).toHaveCount(0);
  await clean(stranger);
  await stranger.goto(`${new URL(link).pathname}/findings/TLS-01`);
  await expect(stranger.getByRole('heading', { level: 1 })).toBeVisible();
  await expect(stranger.locator('.talk')).toHaveCount(0);
  expect((await stranger.request.get(at, { maxRedirects: 0 })).status()).toBe(303);

  await owner.goto(`${at}/share`);
  await expect(owner.getByRole('row').filter({ hasText: 'Investor' })).toContainText('1 time');
  await owner.getByRole('button', { name: 'Give it a badge' }).click();
  const badge = await owner.locator('img[alt^="The badge"]').getAttribute('src');
  const picture = await stranger.request.get(badge!);
  expect(picture.headers()['cross-origin-resource-policy']).toBe('cross-origin');
  expect(await picture.text()).toContain('launch ready:');
  expect((await (await stranger.request.get(badge!.replace('.svg', '.json'))).json()).schemaVersion).toBe(1);
  await owner.getByRole('button', { name: 'End the link for Investor' }).click();
  await stranger.goto(link);
  await expect(stranger.getByRole('heading', { level: 1 })).toHaveText('Nothing here');
});

test('a finding is discussed and assigned', async ({ page }) => {
  const me = await signUp(page);
  await project(page, 'talk.test');
  await page.goto(`${new URL(page.url()).pathname}/findings/TLS-01`);
  await page.getByRole('button', { name: 'Say it' }).click();
  await expect(page.locator('#text-hint')).toContainText('Type what you want to say');
  await page.getByLabel('Comment').fill('<b>Let us fix this</b>\nby Friday');
  await page.getByRole('button', { name: 'Say it' }).click();
  await expect(page.locator('.said-list')).toContainText('<b>Let us fix this</b>');
  await page.getByLabel('Who').selectOption({ label: me });
  await page.getByLabel('By', { exact: true }).fill('2026-12-01');
  await page.getByRole('button', { name: 'Assign' }).click();
  await expect(page.locator('.talk')).toContainText(`${me} sees to it, by 2026-12-01`);
  for (const width of [1440, 390]) {
    await page.setViewportSize({ width, height: 900 });
    await clean(page);
  }
  await page.goto('/projects');
  await page.getByRole('link', { name: 'Assigned to me' }).click();
  await expect(page.locator('table.list')).toContainText('talk.test · TLS-01');
  await clean(page);
});

test('a project is handed over to a client and the consultant is out', async ({ browser }) => {
  const [consultants, clients] = await Promise.all([browser.newContext(), browser.newContext()]);
  const [consultant, client] = [await consultants.newPage(), await clients.newPage()];
  const [me, them] = [await signUp(consultant), address()];
  await confirm(consultant, me);
  const at = await project(consultant, 'handed.test');
  await consultant.goto(`${at}/share`);
  await consultant.getByText('Offer the project to somebody').click();
  await consultant.getByLabel('Their e-mail').fill(them);
  await consultant.getByLabel('Your password').fill('not mine');
  await consultant.getByRole('button', { name: 'Send the offer' }).click();
  await expect(consultant.locator('main')).toContainText('This is not your password');
  await expect(consultant.getByLabel('Their e-mail')).toHaveValue(them);
  await consultant.getByLabel('Your password').fill(PASSWORD);
  await consultant.getByRole('button', { name: 'Send the offer' }).click();
  await expect(consultant.getByRole('status')).toContainText(`on its way to ${them}`);

  await client.goto(await linkFrom(them, 'A project is handed over to you'));
  await clean(client);
  await client.getByRole('main').getByRole('link', { name: 'Sign up' }).click();
  await client.getByLabel('E-mail').fill(them);
  await client.getByLabel('Password').fill(PASSWORD);
  await client.locator('main').getByRole('button', { name: 'Sign up' }).click();
  await client.getByRole('button', { name: 'Take it over' }).click();
  await expect(client.locator('.verdict .word')).toBeVisible();
  await client.goto(`${at}/history`);
  await expect(client.locator('table.list tbody tr')).toHaveCount(1);
  expect((await consultant.request.get(at)).status()).toBe(404);
  await consultant.goto('/workspace');
  await expect(consultant.locator('table.log')).toContainText('project handed over');
});

test('a token is made, used and ended', async ({ page, playwright }) => {
  await confirm(page, await signUp(page));
  await project(page, 'token.test');
  await page.goto('/workspace/tokens');
  await page.getByLabel('What it is for').fill('Deployment');
  await page.getByLabel('Your password').fill('wrong');
  await page.getByRole('button', { name: 'Make the token' }).click();
  await expect(page.locator('#token-hint')).toContainText('not your password');
  await expect(page.getByLabel('What it is for')).toHaveValue('Deployment');
  await page.getByLabel('Your password').fill(PASSWORD);
  await page.getByRole('button', { name: 'Make the token' }).click();
  const token = (await page.locator('.note pre').textContent())!.trim();
  canary(token);
  expect(token).toMatch(/^lr_[0-9A-Za-z]{42}$/);
  for (const width of [1440, 390]) {
    await page.setViewportSize({ width, height: 900 });
    await clean(page);
  }
  const api = await playwright.request.newContext({ baseURL: 'http://127.0.0.1:3399', extraHTTPHeaders: { authorization: `Bearer ${token}` } });
  const list = await (await api.get('/api/v1/projects')).json();
  expect(list.items[0].domain).toBe('token.test');
  expect((await api.post('/api/v1/projects', { data: { domain: 'new.test' } })).status()).toBe(403);
  const started = await api.post(`/api/v1/projects/${list.items[0].id}/scans`);
  expect(started.status()).toBe(201);
  // The command line, as a deployment uses it.
  const home = mkdtempSync(join(tmpdir(), 'lr-'));
  const cli = (args: string[], input = '') => spawnSync('../target/debug/launch-ready', args, { input, encoding: 'utf8', env: { PATH: process.env.PATH, XDG_CONFIG_HOME: home } });
  expect(cli(['login', '--server', 'http://127.0.0.1:3399'], 'lr_wrong').stderr).toContain('does not know the token');
  expect(cli(['login', '--server', 'http://127.0.0.1:3399'], token).stdout).toContain('Kept in');
  expect(statSync(join(home, 'launch-ready/credentials.toml')).mode & 0o777).toBe(0o600);
  expect(cli(['projects']).stdout).toContain('token.test');
  const low = cli(['scan', '--project', 'token.test', '--wait', '--fail-under', '100']);
  expect([low.status, low.stdout]).toEqual([1, expect.stringContaining('token.test')]);
  expect(cli(['scan', '--project', 'token.test', '--wait', '--format', 'json', '--fail-under', '1']).status).toBe(0);
  expect(cli(['plan', '--project', 'token.test']).stdout).toContain('#');
  expect(cli(['scan', '--project', 'nothing.test', '--wait']).stderr).toContain('There is no project “nothing.test”');
  await page.goto('/workspace/tokens');
  await page.getByRole('button', { name: 'End the token Deployment' }).click();
  expect((await api.get('/api/v1/projects')).status()).toBe(401);
  await page.goto('/api/docs');
  await page.getByText('/api/v1/projects', { exact: false }).first().click();
  await clean(page);
});
