// What the page and the index's worker say to each other.
import type { Id } from '../../api/types';
import type { IndexStats } from './kept-index';
import type { Asked, FoundPage } from './message-index';
import type { Entry } from './segment';

export interface IndexCalls {
  open: { input: Id; output: null };
  put: { input: Entry[]; output: undefined };
  remove: { input: Id[]; output: undefined };
  forget: { input: Id; output: undefined };
  search: { input: Asked; output: FoundPage };
  stats: { input: null; output: IndexStats };
  save: { input: null; output: undefined };
  clear: { input: null; output: undefined };
}
export type IndexCallName = keyof IndexCalls;

export interface IndexCall {
  number: number;
  name: IndexCallName;
  input: unknown;
}
export type IndexAnswer = { number: number; output: unknown } | { number: number; error: string };
