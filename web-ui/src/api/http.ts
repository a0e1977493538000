// Every REST request goes through `api`: typed from the node's own description, with the bearer token, one refresh on
// 401, and problems as ApiError. `npm run generate` writes the types anew.
import createClient from 'openapi-fetch';
import { ApiError, Unreachable } from './errors';
import type { paths } from './generated/schema';
import { session } from './session';
import type { Whole } from './types';

/** The typed client: `take(api.GET('/api/v1/users/{id}', { params: { path: { id } } }))`. */
export const api = createClient<paths>({
  fetch: send,
  // A picture goes as it is, with its own type.
  bodySerializer: (body: unknown) => (body instanceof Blob ? body : JSON.stringify(body)),
});

interface Answer<T> {
  data?: T;
  error?: unknown;
  response: Response;
}

/** What the node answered, or an ApiError with its reason. */
export async function take<T>(answer: Promise<Answer<T>>): Promise<Whole<T>> {
  const { data, error, response } = await answer.catch(notReached);
  if (!response.ok) throw problem(error, response.status);
  return data as Whole<T>;
}

/** A picture as a request's body. The description can only say that it is a list of bytes. */
export function bytesOf(picture: Blob): { body: number[]; headers: { 'content-type': string } } {
  const body = picture as unknown as number[];
  return { body, headers: { 'content-type': picture.type || 'application/octet-stream' } };
}

async function send(request: Request): Promise<Response> {
  const again = request.clone();
  const response = await sendOnce(request);
  if (response.status !== 401 || session.token === null) return response;
  await session.refresh();
  return sendOnce(again);
}

async function sendOnce(request: Request): Promise<Response> {
  if (session.token !== null) request.headers.set('authorization', `Bearer ${session.token}`);
  return fetch(request);
}

/** What came too late, or broken, or from somebody else on the way counts as not reached. */
function notReached(error: unknown): never {
  const isCalledOff = error instanceof DOMException && error.name === 'AbortError';
  if (isCalledOff || error instanceof ApiError || error instanceof Unreachable) throw error;
  throw new Unreachable();
}

interface Problem {
  code?: string;
  detail?: string;
  title?: string;
  field?: string | null;
  conversation_id?: string;
}

function problem(error: unknown, status: number): ApiError {
  // Not always a problem document: it may be a proxy's page, or nothing at all.
  const body: Problem = typeof error === 'object' && error !== null ? error : {};
  return new ApiError({
    code: body.code ?? 'internal',
    detail: body.detail ?? body.title ?? `The node answered ${status}.`,
    status,
    ...(body.field ? { field: body.field } : {}),
    ...(body.conversation_id ? { conversationId: body.conversation_id } : {}),
  });
}
