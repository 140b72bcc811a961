import { expect, test, type Page } from '@playwright/test';
import { createHmac } from 'node:crypto';
import { canary, clean, confirm, linkFrom, PASSWORD, signUp } from './help';

/** The code of RFC 6238 for a secret in base 32. */
function code(secret: string, ahead = 0) {
  const bits = [...secret.replace(/\s/g, '')].map((c) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(c).toString(2).padStart(5, '0')).join('');
  const key = Buffer.from((bits.match(/.{8}/g) ?? []).map((b) => parseInt(b, 2)));
  const step = Buffer.alloc(8);
  step.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000) + ahead));
  const mac = createHmac('sha1', key).update(step).digest();
  return ((mac.readUInt32BE(mac[19] & 15) & 0x7fffffff) % 1_000_000).toString().padStart(6, '0');
}

async function signIn(page: Page, email: string) {
  await page.goto('/sign-in');
  await page.getByLabel('E-mail').fill(email);
  await page.getByLabel('Password').fill(PASSWORD);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
}

test('an app for codes is asked for at the next sign-in', async ({ page }) => {
  const email = await signUp(page);
  await confirm(page, email);
  await page.goto('/account');
  await page.getByRole('link', { name: 'Add an app for codes' }).click();
  const secret = (await page.locator('main pre').textContent())!;
  await page.getByLabel('The code that it shows').fill('000000');
  await page.getByLabel('Your password').fill(PASSWORD);
  await page.getByRole('button', { name: 'Use the app' }).click();
  await expect(page.locator('#code-hint')).toContainText('not the code that the app shows');
  expect(await page.locator('main pre').textContent()).toBe(secret);
  for (const width of [1440, 390]) {
    await page.setViewportSize({ width, height: 900 });
    await clean(page);
  }
  const used = code(secret);
  await page.getByLabel('The code that it shows').fill(used);
  await page.getByLabel('Your password').fill(PASSWORD);
  await page.getByRole('button', { name: 'Use the app' }).click();
  const recovery = (await page.locator('main pre').textContent())!.split('\n');
  expect(recovery).toHaveLength(10);
  for (const one of [...recovery, secret.replace(/\s/g, '')]) canary(one);
  await linkFrom(email, 'Your sign-in was changed');
  await page.getByRole('link', { name: 'I have kept them' }).click();
  await clean(page);

  await page.getByRole('button', { name: 'Sign out', exact: true }).first().click();
  await signIn(page, email);
  await expect(page).toHaveURL(/\/sign-in\/second$/);
  await clean(page);
  // Nothing is open yet.
  expect((await page.request.get('/projects', { maxRedirects: 0 })).status()).toBe(303);
  await page.getByLabel('Code').fill(used);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await expect(page.locator('#code-hint')).toContainText('was used already');
  await page.getByLabel('Code').fill(code(secret, 1));
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await expect(page).toHaveURL(/\/projects$/);

  for (const [typed, works] of [[recovery[0], true], [recovery[0], false]] as const) {
    await page.getByRole('button', { name: 'Sign out', exact: true }).first().click();
    await signIn(page, email);
    await page.getByLabel('Code').fill(typed);
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
    if (works) await expect(page).toHaveURL(/\/projects$/);
    else break;
  }
  await expect(page.locator('#code-hint')).toContainText('was used already');
  await page.getByLabel('Code').fill(recovery[1]);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await page.goto('/account');
  await expect(page.getByRole('main')).toContainText('8 recovery codes are left');
  await page.getByText('Remove the app').first().click();
  await page.locator('form[action="/account/totp/off"] input').fill(PASSWORD);
  await page.getByRole('button', { name: 'Remove the app' }).click();
  await expect(page.getByRole('link', { name: 'Add an app for codes' })).toBeVisible();
});

test.describe('passkeys', () => {
  // Numbers have no passkeys; the server goes by both names.
  test.use({ baseURL: 'http://localhost:3399' });

  test('a passkey signs in by itself, and is a second step after the password', async ({ page, context }) => {
    const cdp = await context.newCDPSession(page);
    await cdp.send('WebAuthn.enable');
    await cdp.send('WebAuthn.addVirtualAuthenticator', {
      options: { protocol: 'ctap2', transport: 'internal', hasResidentKey: true, hasUserVerification: true, isUserVerified: true, automaticPresenceSimulation: true },
    });
    const email = await signUp(page);
    await confirm(page, email);
    await page.goto('/account');
    await page.getByText('Add a passkey').click();
    await page.locator('form[action="/account/passkeys"] input').fill('wrong');
    await page.getByRole('button', { name: 'Go on' }).click();
    await expect(page.locator('#passkey-hint')).toContainText('not your password');
    await page.locator('form[action="/account/passkeys"] input').fill(PASSWORD);
    await page.getByRole('button', { name: 'Go on' }).click();
    await page.getByRole('button', { name: 'Make the passkey' }).click();
    await expect(page.locator('main pre')).toContainText('-');
    await clean(page);
    await page.getByRole('link', { name: 'I have kept them' }).click();
    await expect(page.getByRole('main')).toContainText('Chrome on Linux');
    await clean(page);

    await page.getByRole('button', { name: 'Sign out', exact: true }).first().click();
    await page.goto('/sign-in?next=/how');
    await page.getByRole('button', { name: 'Sign in with a passkey' }).click();
    await expect(page).toHaveURL(/\/how$/);
    await page.getByRole('button', { name: 'Sign out', exact: true }).first().click();

    await signIn(page, email);
    await expect(page).toHaveURL(/\/sign-in\/second$/);
    await page.getByRole('button', { name: 'Use a passkey' }).click();
    await expect(page).toHaveURL(/\/projects$/);
    await page.goto('/account');
    await page.locator('table.people details summary').click();
    await page.locator('form[action="/account/passkeys/off"] input[type=password]').fill(PASSWORD);
    await page.getByRole('button', { name: 'Remove the passkey' }).click();
    await expect(page.locator('form[action="/account/passkeys/off"]')).toHaveCount(0);
  });
});
