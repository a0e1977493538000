// Which Chromium the journeys run in.
import { existsSync } from 'node:fs';

const SHELL = '/usr/bin/chromium-headless-shell';

/** The whole browser: can install apps and show notifications. */
export const wholeBrowser = process.env.CHROMIUM ?? '/usr/bin/chromium';

/** The same engine without a browser around it, which takes half the time; the whole one where it is missing. */
export const plainBrowser = process.env.CHROMIUM ?? (existsSync(SHELL) ? SHELL : wholeBrowser);

export const browserArgs = [
  '--no-sandbox',
  '--headless=new',
  '--disable-gpu',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];
