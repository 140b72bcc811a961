import { expect, test } from '@playwright/test';
import { clean, confirm, project, signUp } from './help';

test('a logo is taken once it can be read, and stands on the PDF and on what is shared', async ({ page, browser }) => {
  await confirm(page, await signUp(page));
  const at = await project(page, 'letter.test');
  const pdf = async () => {
    await page.goto(at);
    const href = await page.evaluate(() => document.querySelector('a[href*="/scans/"]')!.getAttribute('href')!.split('/').slice(0, 5).join('/'));
    return (await page.request.get(`${href}/report.pdf?for=founder`)).body();
  };
  const plain = await pdf();
  await page.goto('/workspace');
  await page.getByLabel('Your words on every report').fill('Ada Lovelace, ada@studio.test');
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  const keep = async (buffer: Buffer, mimeType = 'image/png') => {
    await page.getByLabel(/picture/i).setInputFiles({ name: 'logo.png', mimeType, buffer });
    await page.getByRole('button', { name: 'Keep it' }).click();
  };
  await keep(Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>'));
  await expect(page.locator('main .note, .note').last()).toHaveText('The picture is neither PNG nor JPEG.');
  const logo = await page.locator('.mark').screenshot();
  await keep(logo.subarray(0, 60));
  await expect(page.locator('main .note, .note').last()).toHaveText('The picture is damaged. Save it again as PNG.');
  await keep(logo);
  await expect(page.getByAltText('Your logo')).toBeVisible();
  expect(await page.getByAltText('Your logo').evaluate((i: HTMLImageElement) => i.naturalWidth)).toBeGreaterThan(50);
  await clean(page);
  const with_logo = await pdf();
  expect(plain.includes('/Subtype /Image') || plain.includes('/Subtype/Image')).toBeFalsy();
  expect(with_logo.includes('/Subtype /Image') || with_logo.includes('/Subtype/Image')).toBeTruthy();

  await page.goto(`${at}/share`);
  await page.getByLabel('What it is for').fill('Client');
  await page.getByRole('button', { name: 'Make the link' }).click();
  const link = (await page.locator('.note pre').textContent())!.trim();
  const client = await (await browser.newContext()).newPage();
  await client.goto(link);
  await expect(client.getByText('Ada Lovelace, ada@studio.test')).toBeVisible();
  expect(await client.locator('.letterhead img').evaluate((i: HTMLImageElement) => i.naturalWidth)).toBeGreaterThan(50);
  for (const width of [1440, 390]) {
    await client.setViewportSize({ width, height: 900 });
    await clean(client);
  }
  await page.goto('/workspace');
  await page.getByRole('button', { name: 'Take it away' }).click();
  await expect(page.getByAltText('Your logo')).toHaveCount(0);
});

test('a template says what a sprint holds, how long it runs and what is too large for it', async ({ page }) => {
  await signUp(page);
  const at = await project(page, 'template.test');
  await page.goto('/workspace/sprints');
  await page.getByLabel('Name', { exact: true }).fill('48-hour sprint');
  await page.getByLabel('Hours on the clock').fill('1000');
  await page.getByRole('button', { name: 'Save the template' }).click();
  await expect(page.getByText('There is one of this name already.')).toBeVisible();
  await expect(page.getByText('A number from 1 to 336.')).toBeVisible();
  await page.getByLabel('Name', { exact: true }).fill('Mail in a day');
  await page.getByLabel('Mail that arrives').check();
  await page.getByLabel('Hours on the clock').fill('24');
  await page.getByRole('button', { name: 'Save the template' }).click();
  const row = page.locator('tr', { hasText: 'Mail in a day' });
  await expect(row).toContainText('24 h');
  await row.getByRole('link', { name: 'Change' }).click();
  await expect(page.getByLabel('Hours on the clock')).toHaveValue('24');
  await page.getByLabel('A fix is called out above this many hours').fill('2');
  await page.getByRole('button', { name: 'Save the template' }).click();
  await expect(row).toContainText('more than 2 h');
  for (const width of [1440, 390]) {
    await page.setViewportSize({ width, height: 900 });
    await clean(page);
  }
  await page.setViewportSize({ width: 1440, height: 900 });
  await page.goto(`${at}/sprint`);
  await page.getByRole('link', { name: 'Mail in a day' }).click();
  await expect(page.getByLabel('Mail that arrives')).toBeChecked();
  await expect(page.getByText('The clock runs 24 hours; a fix of more than 2 hours is called out.')).toBeVisible();
  await clean(page);
  await page.getByRole('button', { name: 'Start the clock' }).click();
  await expect(page.locator('.facts')).toContainText(/23 h 5\d min left/);
  await page.goto('/workspace/sprints');
  await row.getByRole('button', { name: 'Remove' }).click();
  await expect(row).toHaveCount(0);
});
