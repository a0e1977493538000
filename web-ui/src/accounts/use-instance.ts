import type { Instance } from '../api/types';
import { type Loaded, useLoad } from '../lib/use-load';
import { loadInstance } from './api';

let asked: Promise<Instance> | undefined;

/** Name and registration of the instance, for pages on which nobody is signed in. Asked once a page load. */
export function useInstance(): Loaded<Instance> {
  return useLoad(() => {
    asked ??= loadInstance();
    asked.catch(() => {
      asked = undefined;
    });
    return asked;
  });
}
