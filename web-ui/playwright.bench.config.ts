import { defineConfig } from '@playwright/test';
import journeys from './playwright.config';

/** What `make bench` measures in a browser: one thing at a time. */
export default defineConfig({
  ...journeys,
  testDir: 'e2e/bench',
  outputDir: '../artifacts/bench/browser',
  workers: 1,
  timeout: 600_000,
  reporter: 'line',
});
