// Lighthouse's four scores of pages, for `cargo xtask bench`. Arguments: a cookie, then addresses. Prints one JSON line
// a page: address, and the scores from 0 to 100 of performance, accessibility, best practices and search.
import { launch } from 'chrome-launcher';
import lighthouse from 'lighthouse';

const [cookie, ...addresses] = process.argv.slice(2);
const chrome = await launch({ chromePath: '/usr/bin/chromium', chromeFlags: ['--headless=new', '--no-sandbox', '--disable-gpu'] });
for (const address of addresses) {
  const { lhr } = await lighthouse(address, {
    port: chrome.port,
    logLevel: 'error',
    extraHeaders: cookie ? { Cookie: cookie } : {},
    // Results and lists are kept from search machines on purpose.
    skipAudits: ['is-crawlable'],
  });
  const low = Object.values(lhr.audits).filter((a) => a.score !== null && a.score < 0.9).map((a) => a.id);
  console.log(JSON.stringify([address, ...['performance', 'accessibility', 'best-practices', 'seo'].map((c) => Math.round(lhr.categories[c].score * 100)), low]));
}
await chrome.kill();
