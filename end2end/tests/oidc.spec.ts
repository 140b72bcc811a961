import { expect, test, type Page } from '@playwright/test';
import { address, clean, confirm, PASSWORD, signUp } from './help';

/** Says as whom the other site lets the next one in. */
const as = (claims: Record<string, string>) => fetch(`http://127.0.0.1:7098/as?${new URLSearchParams(claims)}`);
const come = async (page: Page, next = '') => {
  await page.goto(`/sign-in${next && `?next=${next}`}`);
  await page.getByRole('link', { name: 'Sign in by Acme login' }).click();
};

test('somebody new signs in by another site, and comes back as the same', async ({ browser }) => {
  const email = address();
  await as({ sub: email, email, email_verified: 'true' });
  for (const round of [1, 2]) {
    const page = await (await browser.newContext()).newPage();
    await come(page, '/account');
    await expect(page).toHaveURL(/\/account$/);
    await expect(page.getByRole('main')).toContainText(email);
    await expect(page.getByRole('main')).toContainText('It is confirmed');
    if (round === 1) await clean(page);
  }
});

test('what the other site has not proved is not believed', async ({ page }) => {
  const refused = async (said: string) => {
    await come(page);
    await expect(page.getByRole('alert')).toContainText(said);
    expect((await page.request.get('/projects', { maxRedirects: 0 })).status()).toBe(303);
  };
  await as({ sub: address(), email: address(), email_verified: 'false' });
  await refused('tells no confirmed address');
  await as({ sub: address(), email: address(), email_verified: 'true', nonce: 'another' });
  await refused('did not let you in');
  await as({ sub: address(), email: address(), email_verified: 'true', state: 'another' });
  await refused('did not let you in');
  await as({ sub: address(), email: address(), email_verified: 'true', iss: 'https://evil.example' });
  await refused('did not let you in');
  await page.goto('/sign-in/oidc/back?code=x&state=y');
  await expect(page.getByRole('alert')).toContainText('took too long');
});

test('an account is connected by its owner alone', async ({ page }) => {
  const email = await signUp(page);
  await confirm(page, email);
  await as({ sub: email, email, email_verified: 'true' });
  await page.getByRole('button', { name: 'Sign out', exact: true }).first().click();
  await come(page);
  await expect(page.getByRole('alert')).toContainText('has an account here already');
  await page.getByLabel('E-mail').fill(email);
  await page.getByLabel('Password').fill(PASSWORD);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await page.goto('/account');
  await page.getByText('Connect it').first().click();
  await page.locator('#oidc-again').fill('wrong');
  await page.getByRole('button', { name: 'Connect it' }).click();
  await expect(page.locator('#oidc-hint')).toContainText('not your password');
  await page.locator('#oidc-again').fill(PASSWORD);
  await page.getByRole('button', { name: 'Connect it' }).click();
  await page.getByRole('link', { name: 'Go on to Acme login' }).click();
  await expect(page.getByRole('main')).toContainText('It is connected');
  await page.getByRole('button', { name: 'Sign out', exact: true }).first().click();
  await come(page);
  await expect(page).toHaveURL(/\/projects$/);
});
