import { expect, test } from '@playwright/test';
import { join } from 'node:path';
import { lab, result, signUp } from './help';

// Ten pages at two widths against the pictures in `looks/`. After a wanted change:
// `npx playwright test looks --update-snapshots`, then look at every picture that changed.
test('ten pages look as they should', async ({ browser }) => {
  test.setTimeout(120_000);
  await lab('/bad', { domain: 'looks.test' });
  const context = await browser.newContext({ viewport: { width: 1440, height: 1200 }, bypassCSP: true });
  const page = await context.newPage();
  await signUp(page, 'looks@people.test');
  const [found, project] = await result(page, 'looks.test');
  const pages = { front: '/', portfolio: '/projects', project, result: found, finding: `${found}/findings/MAIL-02`, plan: `${found}/plan`, roadmap: `${project}/roadmap`, questions: `${project}/questions`, sprint: `${project}/sprint`, tools: '/tools/risk?backups=none&payments=own' };
  for (const [width, scheme] of [[1440, 'light'], [390, 'dark']] as const) {
    await page.setViewportSize({ width, height: 1200 });
    await page.emulateMedia({ colorScheme: scheme });
    for (const [name, path] of Object.entries(pages)) {
      await page.goto(path);
      await page.evaluate(() => document.fonts.ready);
      await expect.soft(page, name).toHaveScreenshot(`${name}-${width}.png`, { stylePath: join(__dirname, 'looks.css'), maxDiffPixelRatio: 0.0005 });
    }
  }
  await context.close();
});
