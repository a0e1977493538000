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
    '/api/v1/conversations/{id}/pins': {
      get: {
        parameters: { path: { id: string } };
        responses: Answer<{ messages: import('./types').Message[]; users: import('./types').User[] }>;
      };
    };
    '/api/v1/messages/{id}/pin': {
      put: { parameters: { path: { id: string } }; responses: Answer<import('./types').Message> };
      delete: { parameters: { path: { id: string } }; responses: Answer<import('./types').Message> };
    };
    '/api/v1/search': {
      get: {
        parameters: {
          query: {
            q: string;
            conversation_id?: string;
            server_id?: string;
            sort?: 'newest' | 'best';
            limit?: number;
            cursor?: string;
          };
        };
        responses: Answer<import('./types').SearchPage>;
      };
    };
  }
}
