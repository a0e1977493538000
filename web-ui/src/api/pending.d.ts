// Routes that the description does not have yet.
import './generated/schema';

interface Answer<T> {
  200: { headers: Record<string, unknown>; content: { 'application/json': T } };
}

declare module './generated/schema' {
  interface paths {
    '/api/v1/conversations/{id}/view': {
      get: {
        parameters: { path: { id: string }; query?: { limit?: number; around?: number } };
        responses: Answer<import('./types').View>;
      };
    };
  }
}
