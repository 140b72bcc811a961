import base from './playwright.config';

/** The pictures of the README: `cargo xtask shots`. */
export default { ...base, testDir: 'shots', use: { ...base.use, deviceScaleFactor: 1, screenshot: 'off' as const } };
