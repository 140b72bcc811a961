import { AxeBuilder } from '@axe-core/playwright';
import { expect, type Page } from '@playwright/test';
import { appendFileSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export const PASSWORD = 'walnut harbour sixteen';
let n = 0;

/** An address that no other test uses. */
export const address = () => `p${process.pid}-${Date.now()}-${n++}@people.test`;

/** Remembers a secret, which must stand in no log and no database at the end. */
export const canary = (secret: string) => appendFileSync(process.env.CANARIES!, `${secret}\n`);

/** Gives the lab an order. */
export async function lab(path: string, body: object) {
  const response = await fetch(`http://127.0.0.1:7099${path}`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
  expect(response.ok).toBeTruthy();
}

export const setTxt = (name: string, values: string[]) => lab('/record', { name, rtype: 'TXT', values });

/** Types a domain on the front page and waits for its result. */
export async function preview(page: Page, domain: string) {
  await page.goto('/');
  await page.getByLabel('Your domain').fill(domain);
  await page.getByRole('button', { name: 'Check it' }).click();
  await expect(page.locator('.verdict .word')).toBeVisible();
}

/** Makes a project of a domain as it is and waits for its result; returns the result's address and the project's. */
export async function result(page: Page, domain: string) {
  await page.goto('/projects/new');
  await page.getByLabel('Domain').fill(domain);
  await page.getByRole('button', { name: 'Create and scan' }).click();
  await expect(page.locator('.verdict .word')).toBeVisible();
  const path = new URL(page.url()).pathname;
  return [path, path.split('/').slice(0, 3).join('/')];
}

/** Makes a project of a good domain and waits for its result; returns the project's address. */
export async function project(page: Page, domain: string) {
  await lab('/good', { domain });
  return (await result(page, domain))[1];
}

export async function signUp(page: Page, email = address()) {
  // Everybody from an address of their own: one address may sign up only so often in a quarter of an hour.
  await page.setExtraHTTPHeaders({ 'x-forwarded-for': `10.${1 + Number(process.env.TEST_WORKER_INDEX)}.${(n >> 8) & 255}.${n++ & 255}` });
  await page.goto('/sign-up');
  await page.getByLabel('E-mail').fill(email);
  await page.getByLabel('Password').fill(PASSWORD);
  await page.locator('main').getByRole('button', { name: 'Sign up' }).click();
  await expect(page).toHaveURL(/\/projects/);
  await page.setExtraHTTPHeaders({});
  return email;
}

/** The letters that an address got, oldest first: subject and plain text. */
export function letters(email: string) {
  const folder = process.env.OUTBOX!;
  const plain = (mail: string) => mail.split(/content-type: text\/plain[^]*?\r\n\r\n/i)[1].split('\r\n--')[0].replace(/=\r\n/g, '').replace(/=([0-9A-F]{2})/g, (_, h) => String.fromCharCode(parseInt(h, 16)));
  let names: string[] = [];
  try { names = readdirSync(folder).filter((n) => n.endsWith('.eml')); } catch { /* none yet */ }
  // The end of a name is a UUIDv7, which sorts by time.
  return names.sort((a, b) => a.slice(-40).localeCompare(b.slice(-40)))
    .map((n) => readFileSync(join(folder, n), 'utf8'))
    .filter((m) => m.toLowerCase().includes(`to: ${email.toLowerCase()}`))
    .map((m) => ({ subject: /^Subject: (.*)$/m.exec(m)![1].trim(), text: plain(m) }));
}

/** Waits for the newest letter of this subject and returns its link. */
export async function linkFrom(email: string, subject: string) {
  const found = () => letters(email).filter((l) => l.subject === subject).pop();
  await expect.poll(() => found() !== undefined).toBeTruthy();
  return /http\S+/.exec(found()!.text)![0];
}

/** Confirms the address of who is signed in. */
export async function confirm(page: Page, email: string) {
  // At whichever name of the server the session is.
  const link = new URL(await linkFrom(email, 'Confirm your address'));
  await page.goto(link.pathname + link.search);
  await page.getByRole('button', { name: 'Confirm the address' }).click();
  await expect(page).toHaveURL(/\/account$/);
}

/** No accessibility problem by axe (WCAG 2.2 AA), and nothing wider than the window. */
export async function clean(page: Page) {
  const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
  // A tick of the roadmap is smaller than 24 pixels; the finding's row in the table is its
  // equivalent (WCAG 2.5.8, exception "Equivalent"). Every other rule holds for ticks too.
  const looks = [new AxeBuilder({ page }).withTags(tags).exclude('.ticks')];
  if (await page.locator('.ticks').count()) looks.push(new AxeBuilder({ page }).withTags(tags).include('.track').disableRules(['target-size']));
  for (const look of looks) {
    const found = await look.analyze();
    expect(found.violations.map((v) => `${v.id}: ${v.nodes.map((x) => x.target).join(' ')}`), page.url()).toEqual([]);
  }
  expect(await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth), `${page.url()} is too wide`).toBeLessThanOrEqual(0);
}
