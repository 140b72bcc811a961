import { expect, test, type Page } from '@playwright/test';
import { address, clean, confirm, linkFrom, PASSWORD, project, signUp } from './help';

/** Follows an invitation as somebody new. */
async function join(page: Page, email: string) {
  await page.goto(await linkFrom(email, 'You are invited to a workspace'));
  await page.getByRole('main').getByRole('link', { name: 'Sign up' }).click();
  await page.getByLabel('E-mail').fill(email);
  await page.getByLabel('Password').fill(PASSWORD);
  await page.locator('main').getByRole('button', { name: 'Sign up' }).click();
  await page.getByRole('button', { name: 'Join' }).click();
  await expect(page).toHaveURL(/\/projects$/);
}

test('a client is invited to one project, is given more, and is let go', async ({ browser }) => {
  const [owners, clients] = await Promise.all([browser.newContext(), browser.newContext()]);
  const [owner, client] = [await owners.newPage(), await clients.newPage()];
  const [me, them] = [await signUp(owner), address()];
  await owner.goto('/workspace');
  await owner.getByLabel('E-mail').fill(them);
  await owner.getByRole('button', { name: 'Send the invitation' }).click();
  await expect(owner.locator('#email-hint')).toContainText('Confirm your own address first');
  await expect(owner.getByLabel('E-mail')).toHaveValue(them);
  await confirm(owner, me);

  const mine = await project(owner, 'client-a.test');
  const other = await project(owner, 'client-b.test');
  await owner.goto('/workspace');
  await owner.getByLabel('E-mail').fill(them);
  await owner.getByRole('group', { name: 'Only these projects' }).last().getByLabel('client-a.test').check();
  await owner.getByRole('button', { name: 'Send the invitation' }).click();
  await expect(owner.getByRole('status')).toContainText(`on its way to ${them}`);
  await expect(owner.getByRole('main')).toContainText('only client-a.test');

  await join(client, them);
  await expect(client.locator('table.list tbody tr')).toHaveCount(1);
  await expect(client.locator('table.list')).toContainText('client-a.test');
  await expect(client.getByRole('button', { name: 'Scan client-a.test now' })).toHaveCount(0);
  await client.getByRole('link', { name: 'client-a.test' }).click();
  await expect(client.locator('.verdict .word')).toBeVisible();
  await expect(client.getByRole('link', { name: 'Settings' })).toHaveCount(0);
  await expect(client.getByRole('button', { name: /Scan (again|now)/ })).toHaveCount(0);
  expect((await client.request.get(other)).status()).toBe(404);
  expect((await client.request.post(`${mine}/scan`, { headers: { origin: 'http://127.0.0.1:3399' } })).status()).toBe(403);
  // The letter works once.
  await client.goto(await linkFrom(them, 'You are invited to a workspace'));
  await expect(client.getByRole('heading')).toHaveText('This link is used up');

  await owner.goto('/workspace');
  const row = owner.locator('table.list:not(.log)').first().getByRole('row').filter({ hasText: them });
  await row.getByText('Change', { exact: true }).click();
  await row.getByLabel('Role').selectOption('consultant');
  await row.getByRole('button', { name: 'Save' }).click();
  await expect(row).toContainText('consultant');
  await client.goto(mine);
  await expect(client.getByRole('button', { name: /Scan (again|now)/ })).toBeVisible();
  for (const width of [1440, 390]) {
    await owner.setViewportSize({ width, height: 900 });
    await clean(owner);
    await client.setViewportSize({ width, height: 900 });
    await client.goto('/workspace');
    await clean(client);
  }

  await row.getByText('Change', { exact: true }).click();
  await row.getByRole('button', { name: 'Remove from the workspace' }).click();
  await expect(row).toHaveCount(0);
  expect((await client.request.get(mine)).status()).toBe(404);
  await expect(owner.locator('table.log')).toContainText('member removed');
  await expect(owner.locator('table.log')).toContainText('viewer → consultant');
});

test('somebody has two workspaces and goes from one to the other', async ({ page }) => {
  await signUp(page);
  await page.goto('/workspace');
  await page.getByText('Make another workspace').click();
  await page.getByLabel('Name', { exact: true }).fill('Second client');
  await page.getByRole('button', { name: 'Make the workspace' }).click();
  await expect(page.locator('.switch [aria-current]')).toHaveText('Second client');
  await project(page, 'second-client.test');
  await page.goto('/projects?all=yes');
  await expect(page.locator('table.list')).toContainText('Second client');
  await clean(page);
  await page.locator('.switch button').first().click();
  await expect(page.locator('.empty')).toBeVisible();
  await page.goto('/workspace');
  await page.getByText('Leave this workspace').click();
  await page.getByRole('button', { name: 'Leave', exact: true }).click();
  await expect(page.getByRole('main').getByRole('status')).toContainText('A workspace needs an owner');
});

test('an invitation is for its address alone, and can be taken back', async ({ browser }) => {
  const [owners, strangers] = await Promise.all([browser.newContext(), browser.newContext()]);
  const [owner, stranger] = [await owners.newPage(), await strangers.newPage()];
  await confirm(owner, await signUp(owner));
  const them = address();
  await owner.goto('/workspace');
  await owner.getByLabel('E-mail').fill(them);
  await owner.getByRole('button', { name: 'Send the invitation' }).click();
  const link = await linkFrom(them, 'You are invited to a workspace');
  await signUp(stranger);
  await stranger.goto(link);
  await expect(stranger.getByRole('main')).toContainText(`The invitation is for ${them}`);
  await expect(stranger.getByRole('button', { name: 'Join' })).toHaveCount(0);
  await clean(stranger);
  const posted = await stranger.request.post('/invitation', { form: { link: new URL(link).searchParams.get('link')! }, headers: { origin: 'http://127.0.0.1:3399' } });
  expect(posted.status()).toBe(410);
  await owner.getByRole('button', { name: `Take back the invitation of ${them}` }).click();
  await stranger.goto(link);
  await expect(stranger.getByRole('heading')).toHaveText('This link is used up');
});
