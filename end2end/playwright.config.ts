import { defineConfig } from '@playwright/test';

const flags = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--disable-background-networking', '--disable-component-update', '--disable-sync', '--no-first-run'];

export default defineConfig({
  testDir: 'tests',
  // Both only end what hangs: a busy machine is many times slower than an idle one.
  timeout: 300_000,
  expect: { timeout: 30_000 },
  // A file is done by one worker, and has accounts and domains of its own.
  workers: 2,
  globalSetup: './setup.ts',
  reporter: [['list']],
  snapshotPathTemplate: '{testDir}/looks/{arg}{ext}',
  use: {
    baseURL: 'http://127.0.0.1:3399',
    browserName: 'chromium',
    headless: true,
    viewport: { width: 1440, height: 900 },
    launchOptions: { executablePath: '/usr/bin/chromium', args: flags },
    screenshot: 'only-on-failure',
  },
});
