import { defineConfig } from '@playwright/test';
import { browserArgs, plainBrowser } from './e2e/support/browsers';

/** Journeys of people through the real program, in real browsers. `SNUG_BINARY` says which program. */
export default defineConfig({
  testDir: 'e2e/journeys',
  outputDir: '../artifacts/journeys',
  fullyParallel: true,
  workers: 2,
  // What fails sometimes is broken.
  retries: 0,
  forbidOnly: true,
  timeout: 180_000,
  expect: { timeout: 10_000 },
  reporter: [['list'], ['./e2e/support/count-reporter.ts']],
  use: {
    ignoreHTTPSErrors: true,
    actionTimeout: 10_000,
    navigationTimeout: 20_000,
    launchOptions: { executablePath: plainBrowser, args: browserArgs },
  },
});
