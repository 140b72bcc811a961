import { expect, test } from '@playwright/test';
import { address, lab, PASSWORD, signUp } from './help';

test('a wrong password and an unknown address get the same answer', async ({ page }) => {
  const email = await signUp(page);
  await page.getByRole('button', { name: 'Sign out' }).click();
  const said: string[] = [];
  for (const [who, what] of [[email, 'not the password at all'], [address(), PASSWORD]]) {
    await page.goto('/sign-in');
    await page.getByLabel('E-mail').fill(who);
    await page.getByLabel('Password').fill(what);
    await page.getByRole('button', { name: 'Sign in' }).click();
    said.push((await page.getByRole('alert').textContent()) ?? '');
    await expect(page.getByLabel('E-mail')).toHaveValue(who);
    await expect(page.getByLabel('Password')).toHaveValue('');
  }
  expect(said[0]).toBe(said[1]);
  await page.getByLabel('E-mail').fill(email);
  await page.getByLabel('Password').fill(PASSWORD);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expect(page).toHaveURL(/\/projects$/);
});

test('weak passwords and taken addresses are explained', async ({ page }) => {
  const email = await signUp(page);
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.goto('/sign-up');
  for (const [who, what, where, said] of [
    ['nobody', PASSWORD, '#email-hint', 'is not an e-mail address'],
    [address(), 'short', '#password-hint', 'Too short: 5 of at least 12'],
    [address(), 'password1234', '#password-hint', 'attackers try first'],
    [email.toUpperCase(), PASSWORD, '#email-hint', 'There is an account with this address already'],
  ]) {
    await page.getByLabel('E-mail').fill(who);
    await page.getByLabel('Password').fill(what);
    // The browser's own check of the form would stand before ours.
    await page.locator('main form').evaluate((f: HTMLFormElement) => (f.noValidate = true));
    await page.locator('main').getByRole('button', { name: 'Sign up' }).click();
    await expect(page.locator(where)).toContainText(said);
    await expect(page.getByLabel('E-mail')).toHaveValue(who);
  }
});

test('two accounts cannot see each other’s anything', async ({ browser }) => {
  await lab('/good', { domain: 'private.test' });
  const [mine, theirs, nobody] = await Promise.all([browser.newContext(), browser.newContext(), browser.newContext()]);
  const page = await mine.newPage();
  await signUp(page);
  await page.goto('/projects/new');
  await page.getByLabel('Domain').fill('private.test');
  await page.getByRole('button', { name: 'Create and scan' }).click();
  await expect(page.locator('.verdict .word')).toBeVisible({ timeout: 20_000 });
  const scan = new URL(page.url()).pathname;
  const project = scan.split('/').slice(0, 3).join('/');
  const other = await theirs.newPage();
  await signUp(other);
  const scanId = scan.split('/').pop();
  const gets = [project, `${project}/edit`, `${project}/history`, scan, `${scan}/events`, `${scan}/report.json`, `${scan}/findings/MAIL-02`, `${scan}/plan`, `${scan}/plan.md`, `${scan}/risks`, `${scan}/map`, `${scan}/map.csv`, `/scans/${scanId}`, `/scans/${scanId}/events`, `/scans/${scanId}/report.json`];
  const posts = [`${project}/edit`, `${project}/archive`, `${project}/restore`, `${project}/scan`, `${scan}/cancel`, `${scan}/findings/MAIL-02/recheck`, `${scan}/map`, `/scans/${scanId}/cancel`, `/scans/${scanId}/findings/MAIL-02/recheck`];
  const missing = await (await other.request.get('/projects/01a210a1-7785-7290-94c0-c34cbc14e2dc')).text();
  const bare = (html: string) => html.replace(/nonce="[^"]*"|crossorigin="[^"]*"/g, '');
  for (const path of gets) {
    const got = await other.request.get(path, { maxRedirects: 0 });
    expect(got.status(), path).toBe(404);
    expect(bare(await got.text()), path).toBe(bare(missing));
    expect([303, 404], path).toContain((await (await nobody.newPage()).request.get(path, { maxRedirects: 0 })).status());
    expect([200, 303], path).toContain((await page.request.get(path.startsWith('/scans') ? project : path.endsWith('events') ? scan : path, { maxRedirects: 0 })).status());
  }
  for (const path of posts) {
    const options = { maxRedirects: 0, form: { domain: 'evil.test' }, headers: { origin: 'http://127.0.0.1:3399' } };
    expect((await other.request.post(path, options)).status(), path).toBe(404);
    expect([303, 404], path).toContain((await (await nobody.newPage()).request.post(path, options)).status());
  }
  await page.goto('/projects');
  await expect(page.locator('table.list tbody tr')).toHaveCount(1);
  await expect(page.locator('table.list')).toContainText('private.test');
  await other.goto('/projects');
  await expect(other.locator('.empty')).toBeVisible();
});

test('a form from another site is refused', async ({ page }) => {
  await signUp(page);
  const got = await page.request.post('/sign-out', { headers: { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' }, maxRedirects: 0 });
  expect(got.status()).toBe(403);
  await page.goto('/projects');
  await expect(page).toHaveURL(/\/projects$/);
});

test('the session id changes at sign-in, and the cookie is guarded', async ({ page, context }) => {
  await signUp(page);
  const [cookie] = await context.cookies();
  expect(cookie).toMatchObject({ name: 'lr', httpOnly: true, sameSite: 'Lax' });
  await page.getByRole('button', { name: 'Sign out' }).click();
  await signUp(page);
  const [next] = await context.cookies();
  expect(next.value).not.toBe(cookie.value);
});
