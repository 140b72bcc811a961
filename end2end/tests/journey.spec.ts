import { expect, test } from '@playwright/test';
import { address, confirm, lab, PASSWORD, preview, setTxt, signUp } from './help';

test('preview, sign up, keep, fix in the lab, re-check turns green', async ({ page }) => {
  const problems: string[] = [];
  page.on('console', (m) => m.type() === 'error' && problems.push(m.text()));
  page.on('pageerror', (e) => problems.push(e.message));

  await preview(page, ' https://ACME.test/pricing ');
  await expect(page).toHaveTitle('acme.test: Not ready · Launch Ready');
  await expect(page.locator('.verdict .word')).toHaveText('Not ready');
  await expect(page.locator('.fixes')).toContainText('Publish one SPF record instead of two');
  await expect(page.locator('.fixes ins').first()).toHaveText('v=spf1 mx include:_spf.mail.test ~all');

  await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  await page.getByRole('button', { name: 'Copy' }).first().click();
  await expect(page.getByRole('button', { name: 'Copied' })).toBeVisible();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe('v=spf1 mx include:_spf.mail.test ~all');

  await page.getByRole('link', { name: 'Sign up and keep it' }).click();
  await page.getByLabel('E-mail').fill(address());
  await page.getByLabel('Password').fill(PASSWORD);
  await page.locator('main').getByRole('button', { name: 'Sign up' }).click();
  await expect(page).toHaveURL(/\/projects\/[^/]+\/scans\//);
  await expect(page.locator('.verdict .word')).toHaveText('Not ready');

  await page.getByRole('link', { name: 'Publish one SPF record instead of two' }).click();
  await expect(page.getByRole('heading', { name: 'Exactly one SPF record' })).toBeVisible();
  await expect(page.locator('.seen pre').first()).toContainText('v=spf1 mx ~all');

  await setTxt('acme.test', ['v=spf1 mx include:_spf.mail.test ~all']);
  await page.getByRole('button', { name: 'Re-check' }).click();
  await expect(page.locator('.said')).toHaveText('Asked again just now: passes.');
  await expect(page.locator('.head .o')).toHaveText('Passes');
  await page.getByRole('link', { name: 'Back to the result' }).click();
  await expect(page.locator('.verdict .word')).not.toHaveText('Not ready');
  expect(problems).toEqual([]);

  // A second scan: the first is one click away, and both stand in the history.
  await page.getByRole('button', { name: 'Scan again' }).click();
  await expect(page.locator('.facts')).toContainText('Since');
  await page.getByRole('link', { name: 'History' }).click();
  await expect(page.locator('table.list tbody tr')).toHaveCount(2);
  await setTxt('acme.test', ['v=spf1 mx ~all', 'v=spf1 include:_spf.mail.test ~all']);
});

test('wrong input is explained beside the field and kept', async ({ page }) => {
  await page.goto('/');
  for (const [typed, said] of [['https://acme', 'Did you mean acme.com?'], ['me@acme.com', 'only the part after the @'], ['192.0.2.1', 'is an address']]) {
    await page.getByLabel('Your domain').fill(typed);
    await page.getByRole('button', { name: 'Check it' }).click();
    await expect(page.getByRole('alert')).toContainText(said);
    await expect(page.getByLabel('Your domain')).toHaveValue(typed);
  }
});

test('a project with every field, changed, archived and brought back', async ({ page }) => {
  await lab('/good', { domain: 'fields.test' });
  const email = await signUp(page);
  await page.getByRole('link', { name: 'Create the first one' }).click();
  await page.getByLabel('Domain').fill('fields.test');
  await page.getByLabel('Further hosts').fill('app.fields.test\napp.elsewhere.test');
  await page.getByLabel('DKIM selectors').fill('s1');
  await page.getByLabel('It sends mail, such').check();
  await page.getByLabel('I am entitled').check();
  await page.getByRole('button', { name: 'Create and scan' }).click();
  await expect(page.locator('#hosts-hint')).toContainText('app.elsewhere.test does not belong to fields.test');
  await expect(page.getByLabel('Further hosts')).toHaveValue('app.fields.test\napp.elsewhere.test');
  await expect(page.getByLabel('I am entitled')).toBeChecked();
  // Only who has confirmed an address may declare so; nothing that was typed is lost.
  await expect(page.locator('.field', { hasText: 'I am entitled' }).or(page.locator('fieldset', { hasText: 'Permission' }))).toContainText('Confirm your address first');
  const typed = page.url();
  const other = await page.context().newPage();
  await confirm(other, email);
  await other.close();
  expect(page.url()).toBe(typed);
  await page.getByLabel('Further hosts').fill('app.fields.test');
  await page.getByRole('button', { name: 'Create and scan' }).click();
  await expect(page.locator('.verdict .word')).toHaveText('Unproven');
  await expect(page.locator('#stage-1')).toContainText('None of 45 well-known paths');
  await page.getByRole('link', { name: 'Settings' }).click();
  await expect(page.locator('fieldset', { hasText: 'Permission' })).toContainText('Declared on');
  await page.getByRole('button', { name: 'Archive this project' }).click();
  await expect(page.locator('.empty')).toBeVisible();
  await page.getByRole('link', { name: 'Archive' }).click();
  await page.getByRole('link', { name: 'fields.test' }).click();
  await page.getByRole('link', { name: 'Settings' }).click();
  await page.getByRole('button', { name: 'Bring back' }).click();
  await page.goto('/projects');
  await expect(page.locator('table.list tbody tr')).toHaveCount(1);
});

test('a scan can be cancelled', async ({ page, request }) => {
  // Nobody answers for this name within the second that the test takes.
  await signUp(page);
  await page.goto('/projects/new');
  await page.getByLabel('Domain').fill('slow.test');
  await page.getByRole('button', { name: 'Create and scan' }).click();
  const url = page.url();
  await page.request.post(`${url}/cancel`, { headers: { origin: 'http://127.0.0.1:3399' } });
  await page.goto(url);
  await expect(page.locator('.word')).toHaveText(/Called off|No result/);
});
