import { expect, test } from '@playwright/test';
import { address, clean, confirm, lab, letters, linkFrom, PASSWORD, result, signUp } from './help';
import type { Page } from '@playwright/test';

test('a wrong password and an unknown address get the same answer', async ({ page }) => {
  const email = await signUp(page);
  await page.getByRole('button', { name: 'Sign out' }).click();
  const said: string[] = [];
  for (const [who, what] of [[email, 'not the password at all'], [address(), PASSWORD]]) {
    await page.goto('/sign-in');
    await page.getByLabel('E-mail').fill(who);
    await page.getByLabel('Password').fill(what);
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
    said.push((await page.getByRole('alert').textContent()) ?? '');
    await expect(page.getByLabel('E-mail')).toHaveValue(who);
    await expect(page.getByLabel('Password')).toHaveValue('');
  }
  expect(said[0]).toBe(said[1]);
  await page.getByLabel('E-mail').fill(email);
  await page.getByLabel('Password').fill(PASSWORD);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await expect(page).toHaveURL(/\/projects$/);
});

test('weak passwords and mistyped addresses are explained', async ({ page }) => {
  await page.goto('/sign-up');
  for (const [who, what, where, said] of [
    ['nobody', PASSWORD, '#email-hint', 'is not an e-mail address'],
    [address(), 'short', '#password-hint', 'Too short: 5 of at least 12'],
    [address(), 'password1234', '#password-hint', 'attackers try first'],
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
  const [scan, project] = await result(page, 'private.test');
  const other = await theirs.newPage();
  await signUp(other);
  const scanId = scan.split('/').pop();
  const gets = [project, `${project}/edit`, `${project}/history`, scan, `${scan}/events`, `${scan}/report.json`, `${scan}/findings/MAIL-02`, `${scan}/plan`, `${scan}/plan.md`, `${scan}/risks`, `${scan}/map`, `${scan}/map.csv`, `/scans/${scanId}`, `/scans/${scanId}/events`, `/scans/${scanId}/report.json`];
  const posts = [`${project}/edit`, `${project}/archive`, `${project}/restore`, `${project}/scan`, `${scan}/cancel`, `${scan}/findings/MAIL-02/recheck`, `${scan}/map`, `/scans/${scanId}/cancel`, `/scans/${scanId}/findings/MAIL-02/recheck`];
  const missing = await (await other.request.get('/projects/01a210a1-7785-7290-94c0-c34cbc14e2dc')).text();
  for (const path of gets) {
    const got = await other.request.get(path, { maxRedirects: 0 });
    expect(got.status(), path).toBe(404);
    expect(await got.text(), path).toBe(missing);
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
  const own = async () => (await context.cookies()).find((c) => c.name === 'lr')!;
  const cookie = await own();
  expect(cookie).toMatchObject({ name: 'lr', httpOnly: true, sameSite: 'Lax' });
  await page.getByRole('button', { name: 'Sign out' }).click();
  await signUp(page);
  const next = await own();
  expect(next.value).not.toBe(cookie.value);
});

async function signIn(page: Page, email: string, password = PASSWORD) {
  await page.goto('/sign-in');
  await page.getByLabel('E-mail').fill(email);
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
}

test('signing up with a known address looks alike, and its mailbox moves the new project over', async ({ browser }) => {
  const [first, second] = await Promise.all([browser.newContext(), browser.newContext()]);
  const page = await first.newPage();
  const email = await signUp(page);
  await expect(page.getByRole('status')).toContainText('Confirm your address');
  await confirm(page, email);
  await page.goto('/projects');
  await expect(page.getByRole('status')).toHaveCount(0);
  const again = await second.newPage();
  await signUp(again, email.toUpperCase());
  await expect(again.getByRole('status')).toContainText('Confirm your address');
  await again.goto('/projects/new');
  await again.getByLabel('Domain').fill('moved.test');
  await again.getByRole('button', { name: 'Create and scan' }).click();
  await expect(again).toHaveURL(/scans/);
  // A link shows a button: mail scanners that open it change nothing.
  const link = await linkFrom(email, 'You have an account already');
  await again.request.get(link);
  await again.goto(link);
  await expect(again.locator('main')).toContainText('moved.test');
  await again.getByRole('button', { name: 'Confirm the address' }).click();
  await expect(again).toHaveURL(/\/sign-in$/);
  await page.goto('/projects');
  await expect(page.locator('table.list')).toContainText('moved.test');
  await page.goto(link);
  await expect(page.getByRole('heading')).toHaveText('This link is used up');
});

test('a forgotten password', async ({ browser }) => {
  const [one, two] = await Promise.all([browser.newContext(), browser.newContext()]);
  const page = await one.newPage();
  const email = await signUp(page);
  const other = await two.newPage();
  const said: string[] = [];
  for (const who of [address(), email]) {
    await other.goto('/sign-in');
    await other.getByRole('link', { name: 'Forgot the password' }).click();
    await other.getByLabel('E-mail').fill(who);
    await other.getByRole('button', { name: 'Send the letter' }).click();
    said.push((await other.locator('main').innerText()).replace(who, 'X'));
  }
  expect(said[0]).toBe(said[1]);
  const link = await linkFrom(email, 'Set a new password');
  await other.goto(link);
  await other.getByLabel('New password').fill('short');
  await other.getByRole('button', { name: 'Set the password' }).click();
  await expect(other.locator('#password-hint')).toContainText('Too short');
  await other.getByLabel('New password').fill('amber lantern eleven');
  await other.getByRole('button', { name: 'Set the password' }).click();
  await expect(other).toHaveURL(/\/projects$/);
  // Every other device is out, the link is used up, and the old password with it.
  await page.goto('/projects');
  await expect(page).toHaveURL(/sign-in/);
  await page.goto(link);
  await expect(page.getByRole('heading')).toHaveText('This link is used up');
  await signIn(page, email);
  await expect(page.getByRole('alert')).toBeVisible();
  await signIn(page, email, 'amber lantern eleven');
  await expect(page).toHaveURL(/\/projects$/);
  await linkFrom(email, 'Your password was changed');
});

test('one’s own account: devices, password, address, data, deletion', async ({ browser }) => {
  const [one, two] = await Promise.all([browser.newContext(), browser.newContext()]);
  const page = await one.newPage();
  const email = await signUp(page);
  await confirm(page, email);
  const other = await two.newPage();
  await signIn(other, email);
  await linkFrom(email, 'A new sign-in to your account');
  await page.goto('/account');
  const devices = page.locator('table').first().locator('tbody tr');
  await expect(page.locator('table').last()).toContainText('Address confirmed');
  await expect(devices).toHaveCount(2);
  await page.getByRole('button', { name: /^Sign out Chrome/ }).click();
  await expect(devices).toHaveCount(1);
  await other.goto('/projects');
  await expect(other).toHaveURL(/sign-in/);
  // A second sign-in from a device that is known is not mailed.
  await signIn(other, email);
  await page.getByText('Change the password').click();
  await page.locator('#change-again').fill('not this one at all');
  await page.getByLabel('New password').fill('amber lantern eleven');
  await page.getByRole('button', { name: 'Set the password' }).click();
  await expect(page.locator('#change-hint')).toContainText('not your password');
  await page.locator('#change-again').fill(PASSWORD);
  await page.getByLabel('New password').fill('amber lantern eleven');
  await page.getByRole('button', { name: 'Set the password' }).click();
  await expect(page.getByRole('status')).toContainText('The password is changed');
  await other.goto('/projects');
  await expect(other).toHaveURL(/sign-in/);
  expect(letters(email).filter((l) => l.subject.startsWith('A new sign-in')).length).toBe(1);
  const next = address();
  await page.getByText('Change the address').first().click();
  await page.getByLabel('New address').fill(next);
  await page.locator('#email-again').fill('amber lantern eleven');
  await page.getByRole('button', { name: 'Change the address' }).click();
  await expect(page.getByRole('status')).toContainText(next);
  await linkFrom(email, 'A new address was asked for');
  await page.goto(await linkFrom(next, 'Confirm your new address'));
  await page.getByRole('button', { name: 'Confirm the address' }).click();
  await expect(page.locator('main')).toContainText(next);
  const zip = await page.request.get('/account/export');
  expect([zip.status(), zip.headers()['content-type'], (await zip.body()).subarray(0, 2).toString()]).toEqual([200, 'application/zip', 'PK']);
  await page.getByText('Delete the account').first().click();
  await page.locator('#delete-again').fill('amber lantern eleven');
  await page.getByRole('button', { name: 'Delete the account' }).click();
  await expect(page.getByRole('heading')).toHaveText('Goodbye');
  await linkFrom(next, 'Your account will be deleted');
  await page.goto('/projects');
  await expect(page).toHaveURL(/sign-in/);
  await signIn(page, next, 'amber lantern eleven');
  await expect(page).toHaveURL(/\/projects$/);
});

test('the letter of a sign-up, opened elsewhere, asks for the password that was chosen', async ({ browser }) => {
  const [desk, phone] = await Promise.all([browser.newContext(), browser.newContext({ viewport: { width: 390, height: 844 } })]);
  const [page, other] = [await desk.newPage(), await phone.newPage()];
  const email = await signUp(page);
  // What lets programs or others in waits, and says why.
  await page.goto('/account/totp');
  await expect(page.getByRole('heading')).toHaveText('Confirm your address first');
  await clean(page);
  await other.goto(await linkFrom(email, 'Confirm your address'));
  await clean(other);
  await other.getByRole('button', { name: 'Confirm the address' }).click();
  await expect(other.locator('#password-hint')).toContainText('not the password of the account');
  await other.getByLabel('Password').fill(PASSWORD);
  await other.getByRole('button', { name: 'Confirm the address' }).click();
  await expect(other).toHaveURL(/\/sign-in$/);
  await signIn(other, email);
  await expect(other).toHaveURL(/\/projects$/);
});
