import { expect, test } from '@playwright/test';
import { clean, lab, preview, signUp } from './help';

// Both schemes and every width once: what a colour does does not hang on the width.
for (const [width, scheme] of [[1440, 'light'], [390, 'dark'], [360, 'light']] as const) {
  test(`every page is accessible at ${width} pixels, ${scheme}`, async ({ browser }) => {
    test.setTimeout(240_000);
    await lab('/bad', { domain: 'bad.test' });
    const context = await browser.newContext({ viewport: { width, height: 900 }, colorScheme: scheme });
    const page = await context.newPage();
    await preview(page, 'bad.test');
    await clean(page);
    const result = new URL(page.url()).pathname;
    for (const path of ['/', '/how', '/checks', '/sign-in', '/sign-up', '/forgot', '/nowhere', `${result}/plan`, `${result}/risks`, `${result}/map`, '/checks?q=spf', '/checks/MAIL-03', '/dev/ui', '/tools', '/tools/risk?backups=none&payments=own', `/tools/cost?scan=${result.split('/').pop()}`, `/tools/sprint?scan=${result.split('/').pop()}`, '/tools/spf?domain=bad.test', `${result}/findings/PERF-01`, `${result}/findings/MAIL-02`, `${result}/findings/RED-02`, `${result}/findings/TLS-02`]) {
      await page.goto(path);
      await clean(page);
    }
    await signUp(page);
    await clean(page);
    await page.goto('/projects/new');
    await clean(page);
    await page.getByLabel('Domain').fill('bad.test');
    await page.getByRole('button', { name: 'Create and scan' }).click();
    await expect(page.locator('.verdict .word')).toBeVisible();
    await clean(page);
    const project = new URL(page.url()).pathname.split('/').slice(0, 3).join('/');
    for (const path of ['/account', '/projects', `${project}/history`, `${project}/edit`]) {
      await page.goto(path);
      await clean(page);
    }
    await context.close();
  });
}

test('everything can be read without JavaScript', async ({ browser }) => {
  const context = await browser.newContext({ javaScriptEnabled: false });
  const page = await context.newPage();
  await preview(page, 'bad.test');
  await expect(page.locator('.fixes')).toContainText('Publish one SPF record instead of two');
  await expect(page.locator('time').first()).toContainText('UTC');
  await page.getByRole('link', { name: 'Publish one SPF record instead of two' }).click();
  await page.getByRole('button', { name: 'Re-check' }).click();
  await expect(page.locator('.said')).toHaveText('Asked again just now: fails.');
  await signUp(page);
  await page.goto('/projects/new');
  await page.getByLabel('Domain').fill('bad.test');
  await page.getByRole('button', { name: 'Create and scan' }).click();
  // The page refreshes itself until the result is there.
  await expect(page.locator('.verdict .word')).toHaveText('Not ready');
  await context.close();
});

test('a phone shows the roadmap as a list', async ({ browser }) => {
  const context = await browser.newContext({ viewport: { width: 390, height: 844 }, hasTouch: true });
  const page = await context.newPage();
  await preview(page, 'bad.test');
  const boxes = await page.locator('.track > li').evaluateAll((list) => list.map((x) => x.getBoundingClientRect().x));
  expect(new Set(boxes).size).toBe(1);
  await context.close();
});

test('the keyboard reaches the field and the result', async ({ page }) => {
  await page.goto('/');
  await page.keyboard.press('Tab');
  await expect(page.getByRole('link', { name: 'Skip to the content' })).toBeFocused();
  await page.getByLabel('Your domain').focus();
  await page.keyboard.type('bad.test');
  await page.keyboard.press('Enter');
  await expect(page.locator('.verdict .word')).toBeVisible();
});

test('our own pages pass what we ask of others', async ({ page, request }) => {
  const got = await request.get('/');
  const headers = got.headers();
  expect(headers['x-content-type-options']).toBe('nosniff');
  expect(headers['content-security-policy']).toContain("script-src 'self' 'wasm-unsafe-eval';");
  expect(headers['content-security-policy']).toContain("frame-ancestors 'none'");
  const css = (await got.text()).match(/\/pkg\/[^"]+\.css/)![0];
  const asset = await request.get(css, { headers: { 'accept-encoding': 'br' } });
  expect(asset.headers()['cache-control']).toContain('max-age=31536000');
  expect(asset.headers()['content-encoding']).toBe('br');
  expect((await request.get('/health')).status()).toBe(200);
  expect((await request.get('/ready')).status()).toBe(200);
  expect((await request.get('/metrics')).status()).toBe(404);
  await page.goto('/');
  const inline = await page.evaluate(() => [...document.querySelectorAll('*')].filter((e) => [...e.attributes].some((a) => a.name.startsWith('on') || a.name === 'style')).length);
  expect(inline).toBe(0);
});

test('tools need no JavaScript and keep their answers in the address', async ({ browser }) => {
  const context = await browser.newContext({ javaScriptEnabled: false });
  const page = await context.newPage();
  await page.goto('/tools/risk');
  await page.getByRole('group', { name: 'Are there backups?' }).getByLabel('None, or nobody knows').check();
  await page.getByRole('group', { name: 'When was one last restored?' }).getByLabel('Never').check();
  await page.getByRole('button', { name: 'Estimate' }).click();
  await expect(page).toHaveURL(/backups=none/);
  await page.reload();
  await expect(page.getByText('This weighs most.')).toHaveCount(2);
  await page.goto('/tools/cost?rate=100&small=4&small_h=1&medium=0&large=0&blockers=0');
  await expect(page.locator('.sums')).toContainText('400');
  await page.goto('/tools/sprint?DNS=critical&SSL=critical&Email=critical');
  await expect(page.getByText('take the whole 48-hour sprint')).toBeVisible();
  await page.goto('/tools/dmarc?domain=not a domain');
  await expect(page.locator('#domain-hint')).toHaveClass('err');
  await expect(page.getByLabel('Domain')).toHaveValue('not a domain');
  await page.goto('/tools/redirects?domain=bad.test');
  await expect(page.getByRole('heading', { name: 'One canonical URL' })).toBeVisible();
  await context.close();
});
