import { type Loaded, useLoad } from '../lib/use-load';
import { type Branding, loadBranding } from './api';

let asked: Promise<Branding> | undefined;

/** How the instance looks, for pages on which nobody is signed in. Asked once a page load. */
export function useBranding(): Loaded<Branding> {
  return useLoad(() => {
    asked ??= loadBranding();
    asked.catch(() => {
      asked = undefined;
    });
    return asked;
  });
}
