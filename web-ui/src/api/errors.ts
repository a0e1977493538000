/** The node refused a request: an RFC 9457 problem, or the error of a socket frame. */
export class ApiError extends Error {
  readonly code: string;
  readonly detail: string;
  readonly field: string | undefined;
  readonly status: number;
  /** Of `e2ee.exists`: the conversation that is there already. */
  readonly conversationId: string | undefined;

  constructor(problem: {
    code: string;
    detail: string;
    field?: string;
    status?: number;
    conversationId?: string;
  }) {
    super(problem.detail);
    this.name = 'ApiError';
    this.code = problem.code;
    this.detail = problem.detail;
    this.field = problem.field;
    this.status = problem.status ?? 0;
    this.conversationId = problem.conversationId;
  }
}

/** The node could not be reached, or did not answer in time. Worth trying again. */
export class Unreachable extends Error {
  constructor(message = 'The node could not be reached.') {
    super(message);
    this.name = 'Unreachable';
  }
}

/** Whether the node could not be reached or is in trouble itself: the same request may work later. */
export function isOutage(error: unknown): boolean {
  return error instanceof Unreachable || (error instanceof ApiError && error.status >= 500);
}

/** A sentence for people, whatever went wrong. */
export function errorText(error: unknown): string {
  if (error instanceof ApiError) return error.detail;
  if (error instanceof Error) return error.message;
  return String(error);
}
