import { expect, test, type Page } from '@playwright/test';
import { createServer } from 'node:http';
import { createHmac } from 'node:crypto';
import { address, clean, confirm, lab, letters, linkFrom, project, result, setTxt, signUp } from './help';

/** Waits until the newest scan of a project has its result. */
async function rescan(page: Page, at: string) {
  await page.goto(at);
  await page.getByRole('button', { name: 'Scan now' }).click();
  await expect(page.locator('.verdict .word')).toBeVisible();
}

test('a consultant’s morning: import, file, filter, see what broke, follow it to the fix', async ({ page }) => {
  const email = await signUp(page);
  await confirm(page, email);
  await lab('/good', { domain: 'one.test' });
  await page.goto('/projects/import');
  await page.getByLabel('One domain a line').fill('one.test,Acme,web\nnot a domain\none.test\ntwo.test,Beta');
  await page.getByRole('button', { name: 'Look at it' }).click();
  await expect(page.getByText('It stands in the list twice.')).toBeVisible();
  await expect(page.getByLabel('One domain a line')).toHaveValue(/two\.test/);
  await clean(page);
  await page.getByRole('button', { name: 'Add 2 projects' }).click();
  await expect(page.locator('.said')).toHaveText('2 projects added.');

  await page.getByLabel('Choose one.test').check();
  await page.getByRole('button', { name: 'Scan', exact: true }).click();
  await expect(page.locator('.said')).toHaveText('1 project will be scanned.');
  await expect(async () => {
    await page.goto('/projects');
    await expect(page.locator('tr', { hasText: 'one.test' }).getByText('Unproven')).toBeVisible({ timeout: 2_000 });
  }).toPass();

  // A second SPF record appears over night.
  const at = await page.locator('tr', { hasText: 'one.test' }).getByRole('link').getAttribute('href');
  await setTxt('one.test', ['v=spf1 mx ~all', 'v=spf1 -all']);
  await rescan(page, at!);
  await page.goto('/projects');
  const need = page.locator('.needs li').first();
  await expect(need).toContainText('New blocker: Exactly one SPF record');
  for (const width of [1440, 390]) {
    await page.setViewportSize({ width, height: 900 });
    for (const place of ['/projects', '/projects?show=heat', at!, `${at}/difference`, `${at}/roadmap`, `${at}/questions`, `${at}/evidence`, `${at}/edit`, `${at}/documents`, `${at}/documents/access`, `${at}/arrange`, `${at}/changes`, `${at}/pack`, '/calendar', '/workspace/channels', '/workspace/reports']) {
      await page.goto(place);
      await clean(page);
    }
  }
  await page.setViewportSize({ width: 1440, height: 900 });
  await page.emulateMedia({ colorScheme: 'dark' });
  for (const place of ['/projects', at!, `${at}/difference`, `${at}/evidence`]) {
    await page.goto(place);
    await clean(page);
  }
  await page.emulateMedia({ colorScheme: 'light' });

  // The filters stand in the address, are kept under a name, and survive a reload; typing filters at once.
  await page.goto('/projects');
  await page.getByLabel('Verdict').selectOption('NOT READY');
  await page.getByRole('button', { name: 'Show' }).click();
  await expect(page).toHaveURL(/verdict=NOT\+READY/);
  await expect(page.locator('#projects tbody tr')).toHaveCount(1);
  await page.getByLabel('Name of the view').fill('Burning');
  await page.getByRole('button', { name: 'Save the view' }).click();
  await page.goto('/projects');
  await page.getByRole('link', { name: 'Burning' }).click();
  await expect(page.locator('#projects tbody tr')).toHaveCount(1);
  await page.goto('/projects?group=client');
  await page.getByLabel('Search').fill('two');
  await expect(page.getByRole('rowheader', { name: 'Acme' })).toBeHidden();
  await expect(page.getByRole('rowheader', { name: 'Beta' })).toBeVisible();
  await expect(page.locator('#projects tbody tr', { hasText: 'one.test' })).toBeHidden();
  await page.getByLabel('Search').fill('');
  await page.locator('h1').click();
  await page.keyboard.press('j');
  await page.keyboard.press('j');
  await page.keyboard.press('x');
  await expect(page.locator('tr.at input')).toBeChecked();
  const csv = await (await page.request.get('/projects.csv?client=Acme')).text();
  expect(csv.split('\r\n')[1]).toContain('"one.test","Acme","web"');
  expect(csv).not.toContain('two.test');

  await page.goto('/projects');
  await page.getByRole('link', { name: /See the fix/ }).click();
  await expect(page.getByRole('heading', { name: 'Exactly one SPF record' })).toBeVisible();

  // What the scan changed adds up, with evidence side by side.
  await page.goto(`${at}/difference`);
  const points = async (rows: string) => (await page.locator(rows).allTextContents()).map((t) => Number(t.replace('−', '-'))).reduce((a, b) => a + b, 0);
  const sum = await points('.sums tbody tr:not(.total) td:last-child');
  expect(Math.abs(sum - await points('.sums .total td:last-child'))).toBeLessThan(0.05);
  await page.locator('.change summary', { hasText: 'MAIL-02' }).click();
  await expect(page.locator('.change[open] pre').last()).toContainText('v=spf1 -all');

  // Excused for a time, with a reason; then it counts again.
  await page.goto(`${at}/fix/MAIL-02`);
  await page.getByText('Not fixing it now').click();
  await page.getByLabel('Take the risk').check();
  await page.getByLabel('For how many days').fill('90');
  await page.getByLabel('Why', { exact: true }).fill('No mail before June');
  await page.getByRole('button', { name: 'Excuse it' }).click();
  await expect(page.locator('#days-hint')).toHaveText('A number of days, from 1 to 14.');
  await expect(page.getByLabel('Why', { exact: true })).toHaveValue('No mail before June');
  await page.getByLabel('For how many days').fill('7');
  await page.getByRole('button', { name: 'Excuse it' }).click();
  await expect(page.locator('.note')).toContainText('Excused, not fixed. Risk accepted: No mail before June');
  await clean(page);
  await page.goto(at!);
  await expect(page.locator('.verdict .word')).not.toHaveText('Not ready');
  await page.goto(`${at}/fix/MAIL-02`);
  await page.getByRole('button', { name: 'End the excuse' }).click();
  await page.goto(at!);
  await expect(page.locator('.verdict .word')).toHaveText('Not ready');
});

test('a founder answers, asks somebody by mail, keeps documents, and signs the handover pack', async ({ browser }) => {
  const context = await browser.newContext();
  const page = await context.newPage();
  const email = await signUp(page);
  await confirm(page, email);
  const at = await project(page, 'founder.test');

  await page.goto(`${at}/questions`);
  await page.locator('#DEP-12 summary').click();
  const q = page.locator('#DEP-12');
  await q.getByRole('button', { name: 'Answer', exact: true }).click();
  await expect(page.locator('#DEP-12 .err')).toHaveText('Choose one of the answers.');
  await page.locator('#DEP-12 input[value=yes]').check();
  await page.locator('#DEP-12').getByLabel('In your words').fill(`key sk_live_${'4eC39HqLyjWDarjtT1zdp7dc'}`);
  await page.locator('#DEP-12').getByRole('button', { name: 'Answer', exact: true }).click();
  await expect(page.locator('#DEP-12 .err')).toContainText('looks like a secret');
  await page.locator('#DEP-12').getByLabel('In your words').fill('Restored on Monday in 11 minutes.');
  await page.locator('#DEP-12').getByRole('button', { name: 'Answer', exact: true }).click();
  await expect(page.locator('#DEP-12 .state')).toContainText('Passes');

  // A file that shows it: known by its bytes, given back as a download only.
  await page.locator('#DEP-12 summary').click();
  const file = async (name: string, buffer: Buffer) => {
    if (!(await page.locator('#DEP-12').getAttribute('open') !== null)) await page.locator('#DEP-12 summary').click();
    await page.locator('#DEP-12 input[type=file]').setInputFiles({ name, mimeType: 'image/png', buffer });
    await page.locator('#DEP-12').getByRole('button', { name: 'Add the file' }).click();
  };
  await file('evil.png', Buffer.from('<html><script>alert(1)</script></html>'));
  await expect(page.locator('.said')).toContainText('Only PNG, JPEG, WebP, PDF and plain text');
  await file('restore.txt', Buffer.from('1204 rows came back\n'));
  await expect(page.locator('.said')).toHaveText('The file is added.');
  const href = await page.locator('#DEP-12 a[href*="/files/"]').getAttribute('href');
  const got = await page.request.get(href!);
  expect([got.headers()['content-disposition'], got.headers()['content-type'], await got.text()]).toEqual([expect.stringContaining('attachment'), 'application/octet-stream', '1204 rows came back\n']);

  // Somebody without an account answers one question by a link, once.
  const them = address();
  if (await page.locator('#HND-01').getAttribute('open') === null) await page.locator('#HND-01 summary').click();
  await page.locator('#HND-01').getByLabel('Or ask somebody by mail').fill(them);
  await page.locator('#HND-01').getByRole('button', { name: 'Send the question' }).click();
  const link = await linkFrom(them, 'A question about your product');
  const other = await (await browser.newContext()).newPage();
  await other.goto(link);
  await clean(other);
  await other.locator('input[value=yes]').check();
  await other.getByRole('button', { name: 'Answer', exact: true }).click();
  await expect(other.getByRole('heading', { name: 'Thank you' })).toBeVisible();
  await other.goto(link);
  await expect(other.getByRole('heading', { name: /used up/ })).toBeVisible();
  await page.goto(`${at}/questions`);
  await expect(page.locator('#HND-01 .state')).toContainText(them);

  // Documents begin with what was seen, refuse secrets, and answer their question.
  await page.goto(`${at}/documents/secrets`);
  await page.getByLabel('Name, row 1', { exact: true }).fill('Stripe');
  await page.getByLabel('Where it is kept, row 1', { exact: true }).fill(`sk_live_${'4eC39HqLyjWDarjtT1zdp7dc'}`);
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.locator('.said')).toContainText('looks like a secret');
  await page.getByLabel('Where it is kept, row 1', { exact: true }).fill('Render, environment group “prod”');
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByLabel('Where it is kept, row 1', { exact: true })).toHaveValue(/Render/);
  await page.goto(`${at}/questions`);
  await expect(page.locator('#HND-05 .state')).toContainText('Fails');

  // The pack: frozen, whole, signed.
  await page.goto(`${at}/pack`);
  await page.getByRole('button', { name: 'Make a pack' }).click();
  await expect(page.locator('.packs > li')).toHaveCount(1);
  const zip = await page.request.get((await page.locator('.packs a.t').getAttribute('href'))!);
  expect((await zip.body()).subarray(0, 2).toString()).toBe('PK');
  await page.getByText('Sign it, as the founder').click();
  await page.getByRole('button', { name: 'Sign', exact: true }).click();
  await expect(page.locator('.packs .err')).toHaveText('Type your full name.');
  await page.getByLabel('Your full name').fill('Ada Lovelace');
  await page.getByLabel('I have opened the pack').check();
  await page.getByRole('button', { name: 'Sign', exact: true }).click();
  await expect(page.locator('.packs')).toContainText('Signed by Ada Lovelace');
  await clean(page);
  const pdf = await page.request.get(`${at}/fix/MAIL-02`, { maxRedirects: 0 });
  const scan = pdf.headers().location.split('/findings')[0];
  for (const kind of ['', '?for=founder']) {
    const report = await page.request.get(`${scan}/report.pdf${kind}`);
    expect([report.status(), (await report.body()).subarray(0, 5).toString()]).toEqual([200, '%PDF-']);
  }
});

test('a schedule reports by mail what changed, quietly, until it is told not to', async ({ page }) => {
  const email = await signUp(page);
  await confirm(page, email);
  const at = await project(page, 'clock.test');
  await page.goto(`${at}/arrange`);
  await page.getByLabel('as written here').check();
  await page.getByLabel('Five fields of cron').fill('every day');
  await page.getByRole('button', { name: 'Save the schedule' }).click();
  await expect(page.locator('#cron-hint')).toContainText('five fields');
  await expect(page.getByLabel('Five fields of cron')).toHaveValue('every day');
  await page.getByLabel('every day, at five').check();
  await page.getByRole('button', { name: 'Save the schedule' }).click();
  await expect(page.locator('.said')).toHaveText('The schedule is saved.');

  // The clock is moved on by hand: the test's own door into the database of debug builds.
  await setTxt('clock.test', ['v=spf1 mx ~all', 'v=spf1 -all']);
  expect((await page.request.post('/dev/clock', { form: { project: at.split('/')[2] } })).ok()).toBeTruthy();
  const report = () => letters(email).find((l) => l.text.includes('Fix next:'));
  await expect.poll(() => report() !== undefined).toBeTruthy();
  expect(report()!.text).toContain('Exactly one SPF record');
  expect(report()!.text).toContain('Fix next:');
  const preferences = /http\S+\/mail\/\S+/.exec(report()!.text)![0];

  // By the address in the mail, without signing in; then the one click of a mail program.
  const plain = await page.context().browser()!.newContext();
  const other = await plain.newPage();
  await other.goto(preferences);
  await clean(other);
  await other.getByLabel('in a digest every Monday').check();
  await other.getByRole('button', { name: 'Save' }).click();
  await expect(other.locator('.said')).toHaveText('Your choice is saved.');
  expect((await other.request.post(preferences, { form: { 'List-Unsubscribe': 'One-Click' } })).status()).toBe(200);
  expect((await other.request.get(preferences.slice(0, -3) + 'AAA')).status()).toBe(404);
  await page.goto(`${at}/arrange`);
  await expect(page.getByLabel('never', { exact: true })).toBeChecked();
});

test('a webhook hears of events, signed, and is asked again when it fails', async ({ page }) => {
  const heard: { id: string; good: boolean; body: any }[] = [];
  let key = '';
  let answers = [500];
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (d) => { body += d; });
    request.on('end', () => {
      const [id, at, signature] = ['webhook-id', 'webhook-timestamp', 'webhook-signature'].map((n) => String(request.headers[n]));
      const want = `v1,${createHmac('sha256', Buffer.from(key.replace('whsec_', ''), 'base64')).update(`${id}.${at}.${body}`).digest('base64')}`;
      heard.push({ id, good: signature.split(' ').includes(want), body: JSON.parse(body) });
      response.statusCode = answers.shift() ?? 200;
      response.end('noted');
    });
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const url = `http://127.0.0.1:${(server.address() as any).port}/hook`;
  await confirm(page, await signUp(page));
  await page.goto('/workspace/channels');
  await page.getByLabel('Name').fill('Mine');
  await page.getByLabel('Address').fill('http://example.com/hook');
  await page.getByRole('button', { name: 'Add it' }).click();
  await expect(page.locator('#url-hint')).toContainText('Only https://');
  await expect(page.getByLabel('Name')).toHaveValue('Mine');
  await page.getByLabel('Address').fill(url);
  await page.getByRole('button', { name: 'Add it' }).click();
  key = (await page.locator('.paste pre').textContent())!.trim();
  await clean(page);
  await page.getByRole('button', { name: 'Test it' }).click();
  // The first try is refused, the second is taken under the same id.
  await expect.poll(() => heard.length).toBe(2);
  expect([heard[0].id === heard[1].id, heard[0].good, heard[1].good]).toEqual([true, true, true]);
  const at = await project(page, 'hook.test');
  await setTxt('hook.test', ['v=spf1 mx ~all', 'v=spf1 -all']);
  await rescan(page, at);
  await expect.poll(() => heard.map((h) => h.body.type)).toContain('project.critical');
  expect(heard.find((h) => h.body.type === 'project.critical')!.body.data).toMatchObject({ domain: 'hook.test', verdict: 'NOT READY' });
  await page.goto('/workspace/channels');
  await expect(page.getByText('taken').first()).toBeVisible();
  await clean(page);
  server.close();
});

test('what runs out stands in a calendar that a program reads by a secret address', async ({ page }) => {
  await confirm(page, await signUp(page));
  await project(page, 'ends.test');
  await page.goto('/calendar');
  await expect(page.getByText('certificate').first()).toBeVisible();
  await page.getByRole('button', { name: 'Make an address' }).click();
  const url = (await page.locator('.paste pre').textContent())!.trim();
  const other = await page.context().browser()!.newContext();
  const feed = await other.request.get(url);
  expect(feed.headers()['content-type']).toContain('text/calendar');
  expect(await feed.text()).toContain('ends.test: the certificate');
  await page.goto('/calendar');
  await page.getByRole('button', { name: 'End it' }).click();
  expect((await other.request.get(url)).status()).toBe(404);
});

test('a sprint: packages, a board by person, what is too large is called out, before and after, closed', async ({ page }) => {
  await signUp(page);
  await lab('/bad', { domain: 'sprint.test' });
  const [, at] = await result(page, 'sprint.test');
  await page.goto(`${at}/sprint`);
  await clean(page);
  await expect(page.getByLabel('Mail that arrives')).toBeChecked();
  for (const box of await page.locator('input[name=package]').all()) await box.uncheck();
  await page.getByRole('button', { name: 'Start the clock' }).click();
  await expect(page.locator('.said')).toHaveText('Choose at least one package.');
  await page.getByLabel('Mail that arrives').check();
  await page.getByRole('button', { name: 'Start the clock' }).click();
  await expect(page.locator('.facts')).toContainText(/47 h 5\d min left/);
  const todo = page.locator('section', { has: page.getByRole('heading', { name: 'To do' }) });
  await expect(todo).toContainText('Publish one SPF record instead of two');
  await expect(todo).toContainText('waits for MAIL-02');
  const card = page.locator('.happened li', { hasText: 'MAIL-01' }).first();
  await card.getByText('Too large?').click();
  await card.getByLabel('What it would take').fill('The mail server is run by a third party: a week.');
  await card.getByRole('button', { name: 'Call it out' }).click();
  await expect(page.locator('section', { has: page.getByRole('heading', { name: 'Called out' }) })).toContainText('a week');
  for (const width of [1440, 390]) {
    await page.setViewportSize({ width, height: 900 });
    await clean(page);
  }
  await page.setViewportSize({ width: 1440, height: 900 });
  await lab('/good', { domain: 'sprint.test' });
  await rescan(page, at);
  await page.goto(`${at}/sprint`);
  await expect(page.locator('section', { has: page.getByRole('heading', { name: 'Done' }) })).toContainText('Exactly one SPF record');
  await page.getByRole('link', { name: 'Before and after' }).click();
  await expect(page.getByRole('heading', { name: 'Fixed' })).toBeVisible();
  await page.goto(`${at}/sprint`);
  await page.getByRole('button', { name: 'Close the sprint' }).click();
  await expect(page.getByRole('heading', { name: 'Handover pack' })).toBeVisible();
  await page.goto(`${at}/sprint`);
  await expect(page.locator('.facts')).toContainText('closed');
  await expect(page.getByRole('button', { name: 'Start the clock' })).toBeVisible();
});
