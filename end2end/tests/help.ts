import { AxeBuilder } from '@axe-core/playwright';
import { expect, type Page } from '@playwright/test';

export const PASSWORD = 'walnut harbour sixteen';
let n = 0;

/** An address that no other test uses. */
export const address = () => `p${process.pid}-${Date.now()}-${n++}@people.test`;

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
  await expect(page.locator('.verdict .word')).toBeVisible({ timeout: 20_000 });
}

export async function signUp(page: Page, email = address()) {
  await page.goto('/sign-up');
  await page.getByLabel('E-mail').fill(email);
  await page.getByLabel('Password').fill(PASSWORD);
  await page.locator('main').getByRole('button', { name: 'Sign up' }).click();
  await expect(page).toHaveURL(/\/projects/);
  return email;
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
