// Every REST request goes through `call`: bearer token, one refresh on 401, problems as ApiError.
import { ApiError, Unreachable } from './errors';
import { session } from './session';

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
type Query = Record<string, string | number | boolean | null | undefined>;

export interface CallOptions {
  query?: Query;
  /** Sent as JSON, or as it is when it is a Blob. */
  body?: unknown;
  signal?: AbortSignal;
}

const BASE = '/api/v1';

/** Calls the node. `path` is below /api/v1, as in `call<Account>('GET', '/users/me')`. */
export async function call<T>(method: Method, path: string, options: CallOptions = {}): Promise<T> {
  let response = await send(method, path, options);
  if (response.status === 401 && session.token !== null) {
    await session.refresh();
    response = await send(method, path, options);
  }
  if (!response.ok) throw await problem(response);
  if (response.status === 204) return undefined as T;
  const text = await response.text();
  return (text === '' ? undefined : JSON.parse(text)) as T;
}

async function send(method: Method, path: string, options: CallOptions): Promise<Response> {
  const headers = new Headers({ accept: 'application/json' });
  if (session.token !== null) headers.set('authorization', `Bearer ${session.token}`);
  let body: BodyInit | undefined;
  if (options.body instanceof Blob) {
    body = options.body;
    headers.set('content-type', options.body.type || 'application/octet-stream');
  } else if (options.body !== undefined) {
    body = JSON.stringify(options.body);
    headers.set('content-type', 'application/json');
  }
  const init: RequestInit = { method, headers, credentials: 'same-origin' };
  if (body !== undefined) init.body = body;
  if (options.signal) init.signal = options.signal;
  try {
    return await fetch(BASE + path + queryString(options.query), init);
  } catch (error) {
    if (options.signal?.aborted) throw error;
    throw new Unreachable();
  }
}

function queryString(query: Query | undefined): string {
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(query ?? {})) {
    if (value !== undefined && value !== null) params.set(name, String(value));
  }
  const text = params.toString();
  return text === '' ? '' : `?${text}`;
}

async function problem(response: Response): Promise<ApiError> {
  let body: { code?: string; detail?: string; title?: string; field?: string } = {};
  try {
    body = (await response.json()) as typeof body;
  } catch {
    // Not a problem document: a proxy's page, or nothing at all.
  }
  return new ApiError({
    code: body.code ?? 'internal',
    detail: body.detail ?? body.title ?? `The node answered ${response.status}.`,
    status: response.status,
    ...(body.field === undefined ? {} : { field: body.field }),
  });
}
