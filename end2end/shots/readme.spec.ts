import { expect, test } from '@playwright/test';
import { join } from 'node:path';
import { lab, setTxt, signUp } from '../tests/help';

const to = (name: string) => join(__dirname, '..', '..', 'docs', `${name}.png`);

test('pictures of the README', async ({ page }) => {
  test.setTimeout(180_000);
  await page.setViewportSize({ width: 1280, height: 860 });
  const email = await signUp(page);
  for (const domain of ['acme.test', 'ledger.test', 'petbase.test', 'quill.test']) await lab(domain === 'acme.test' ? '/bad' : '/good', { domain });
  await page.goto('/projects/import');
  await page.getByLabel('One domain a line').fill('acme.test,Acme Booking,launch\nledger.test,Ledgerly,launch\npetbase.test,Petbase\nquill.test,Quillstack,beta');
  await page.getByRole('button', { name: 'Look at it' }).click();
  await page.getByRole('button', { name: 'Add 4 projects' }).click();
  const scan = async () => {
    for (const box of await page.locator('input[name=p]').all()) await box.check();
    await page.getByRole('button', { name: 'Scan', exact: true }).click();
    await expect(async () => {
      await page.goto('/projects');
      await expect(page.getByText('being scanned')).toHaveCount(0, { timeout: 300 });
    }).toPass({ timeout: 60_000 });
  };
  await page.goto('/projects');
  await scan();
  await setTxt('ledger.test', ['v=spf1 mx ~all', 'v=spf1 -all']);
  await lab('/good', { domain: 'acme.test' });
  await scan();
  const hide = async () => { await page.evaluate((e) => { document.querySelectorAll('.note').forEach((n) => n.remove()); document.querySelectorAll('a').forEach((a) => { if (a.textContent === e) a.textContent = 'ada@acme.com'; }); }, email); };
  await hide();
  await page.screenshot({ path: to('portfolio') });
  await page.getByRole('link', { name: 'ledger.test', exact: true }).click();
  await hide();
  await page.screenshot({ path: to('project') });
  await page.getByRole('link', { name: 'Whole result' }).click();
  await hide();
  await page.screenshot({ path: to('result') });
});
