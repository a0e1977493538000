export interface Toast {
  id: number;
  tone: 'info' | 'error';
  text: string;
  action?: { label: string; run: () => void } | undefined;
}

type Action = Toast['action'];

const shownFor = { info: 5_000, error: 9_000 };
const most = 4;

/** Short messages about something that just happened. Whatever must stay readable belongs on the page. */
export class Toasts {
  #list: readonly Toast[] = [];
  #timers = new Map<number, ReturnType<typeof setTimeout>>();
  #listeners = new Set<() => void>();
  #next = 1;

  getSnapshot = (): readonly Toast[] => this.#list;

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  info = (text: string, action?: Action): void => this.#show('info', text, action);

  error = (text: string, action?: Action): void => this.#show('error', text, action);

  dismiss = (id: number): void => {
    clearTimeout(this.#timers.get(id));
    this.#timers.delete(id);
    this.#set(this.#list.filter((toast) => toast.id !== id));
  };

  /** While somebody reads (pointer or focus inside), nothing disappears. */
  hold = (): void => {
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
  };

  release = (): void => {
    for (const toast of this.#list) this.#expire(toast);
  };

  #show(tone: Toast['tone'], text: string, action: Action): void {
    // The same text again only starts its time anew: ten failed requests are one message.
    const known = this.#list.find((toast) => toast.tone === tone && toast.text === text);
    if (known) {
      this.#expire(known);
      return;
    }
    const toast: Toast = { id: this.#next++, tone, text, action };
    const dropped = this.#list.slice(0, Math.max(0, this.#list.length + 1 - most));
    for (const old of dropped) this.dismiss(old.id);
    this.#set([...this.#list, toast]);
    this.#expire(toast);
  }

  #expire(toast: Toast): void {
    clearTimeout(this.#timers.get(toast.id));
    this.#timers.set(
      toast.id,
      setTimeout(() => this.dismiss(toast.id), shownFor[toast.tone]),
    );
  }

  #set(list: readonly Toast[]): void {
    this.#list = list;
    for (const listener of this.#listeners) listener();
  }
}

export const toasts = new Toasts();
