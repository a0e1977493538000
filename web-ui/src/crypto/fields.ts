import { asId, asKey32, type Bytes, b64u, type Id, type Key32, unb64u } from './encoding';
import { CryptoError } from './errors';

export type JsonObject = { readonly [name: string]: unknown };

/** Reads a JSON object from outside field by field; whatever is not as expected is `bad_format`. */
export class Fields {
  readonly #object: JsonObject;
  readonly #what: string;
  readonly #read = new Set<string>();

  constructor(value: unknown, what: string) {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      throw new CryptoError('bad_format', `${what} is not an object`);
    }
    this.#object = value as JsonObject;
    this.#what = what;
  }

  #get(name: string): unknown {
    this.#read.add(name);
    return Object.hasOwn(this.#object, name) ? this.#object[name] : undefined;
  }

  #fail(name: string, problem: string): never {
    throw new CryptoError('bad_format', `${name} of ${this.#what} ${problem}`);
  }

  /** Whether the field is there at all. */
  has(name: string): boolean {
    return Object.hasOwn(this.#object, name);
  }

  /** Whether the field is null. */
  isNull(name: string): boolean {
    return this.#get(name) === null;
  }

  /** A whole number from `least` to 2^53 - 1. */
  int(name: string, least = 0): number {
    const value = this.#get(name);
    if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < least) {
      this.#fail(name, `is not a whole number of at least ${least}`);
    }
    return value;
  }

  /** Text of at most so many UTF-16 units. */
  text(name: string, most: number): string {
    const value = this.#get(name);
    if (typeof value !== 'string' || !value.isWellFormed()) this.#fail(name, 'is not text');
    if (value.length > most) this.#fail(name, `is longer than ${most}`);
    return value;
  }

  bool(name: string): boolean {
    const value = this.#get(name);
    if (typeof value !== 'boolean') this.#fail(name, 'is neither true nor false');
    return value;
  }

  oneOf<const T extends string>(name: string, values: readonly T[]): T {
    const value = values.find((known) => known === this.#get(name));
    if (value === undefined) this.#fail(name, `is none of ${values.join(', ')}`);
    return value;
  }

  id(name: string): Id {
    return asId(this.#get(name), `${name} of ${this.#what}`);
  }

  idOrNull(name: string): Id | null {
    return this.isNull(name) ? null : this.id(name);
  }

  key(name: string): Key32 {
    return asKey32(this.#get(name), `${name} of ${this.#what}`);
  }

  bytes(name: string, length: number | 'any'): Bytes {
    return unb64u(this.#get(name), length, `${name} of ${this.#what}`);
  }

  object(name: string): Fields {
    return new Fields(this.#get(name), `${name} of ${this.#what}`);
  }

  /** `[seq, first 16 bytes of the hash]`. */
  shortHead(name: string): { seq: number; hash: string } {
    const [seq, hash, ...rest] = this.#list(name, 2);
    if (typeof seq !== 'number' || !Number.isSafeInteger(seq) || seq < 0 || rest.length > 0) {
      this.#fail(name, 'is not a head');
    }
    return { seq, hash: b64u(unb64u(hash, 16, name)) };
  }

  /** A list of at most so many objects. */
  objects(name: string, most: number): Fields[] {
    return this.#list(name, most).map((entry) => new Fields(entry, `an entry of ${name} of ${this.#what}`));
  }

  ids(name: string, most: number): Id[] {
    return this.#list(name, most).map((entry) => asId(entry, `an entry of ${name} of ${this.#what}`));
  }

  #list(name: string, most: number): unknown[] {
    const value = this.#get(name);
    if (!Array.isArray(value)) this.#fail(name, 'is not a list');
    if (value.length > most) this.#fail(name, `has more than ${most} entries`);
    return value;
  }

  /** The fields that nobody asked for. */
  rest(): Record<string, unknown> {
    return Object.fromEntries(Object.entries(this.#object).filter(([name]) => !this.#read.has(name)));
  }

  /** Refuses fields that nobody asked for: what a link does not mean, it must not say. */
  end(): void {
    const extra = Object.keys(this.#object).find((name) => !this.#read.has(name));
    if (extra !== undefined) this.#fail(extra.slice(0, 64), 'is not known');
  }
}
