import { expect, test } from '@playwright/test';
import { lab, result, signUp } from './help';

// The language `eo` of setup.ts puts every collected message between brackets.
test('a page says everything in the language that the browser asks for', async ({ browser }) => {
  await lab('/bad', { domain: 'language.test' });
  const context = await browser.newContext({ locale: 'eo' });
  const page = await context.newPage();
  await signUp(page);
  const [found, project] = await result(page, 'language.test');

  const response = await page.goto('/projects');
  expect(response!.headers()['content-language']).toBe('eo');
  expect(response!.headers()['vary']).toContain('accept-language');
  await expect(page.locator('html')).toHaveAttribute('lang', 'eo');
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('⟦Projects⟧');
  const missed: Record<string, string[]> = {};
  let said = 0;
  for (const path of ['/', '/projects', project, found, `${found}/findings/MAIL-02`, `${found}/plan`, `${project}/roadmap`, `${project}/questions`, `${project}/sprint`, `${project}/settings`, '/workspace', '/account', '/tools', '/tools/risk']) {
    await page.goto(path);
    const texts = await page.evaluate(() => {
      const out: string[] = [];
      const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
      for (let n = walker.nextNode(); n; n = walker.nextNode()) {
        const text = n.textContent!.trim();
        if (/[a-z]{2}/.test(text) && !n.parentElement!.closest('script, style, pre, code, textarea, time, .mono, [translate=no]')) out.push(text);
      }
      return out;
    });
    said += texts.filter((t) => t.includes('⟦')).length;
    // What remains is no language: names of people, domains and files, and titles cut short.
    const left = texts.filter((t) => !/⟦|^\S+@people.test$|^language.test$|^security.txt$|^include:\S+$|…$/.test(t));
    if (left.length) missed[path] = [...new Set(left)];
  }
  expect(missed).toEqual({});
  expect(said).toBeGreaterThan(1000);
  await context.close();
});
