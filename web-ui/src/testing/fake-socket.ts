// A WebSocket whose node is the test.

interface Frame {
  id: number;
  op: string;
  d: Record<string, unknown>;
}

export class FakeWebSocket {
  static readonly CONNECTING = 0;
  static readonly OPEN = 1;
  static readonly CLOSED = 3;
  /** All that were opened, the newest last. */
  static all: FakeWebSocket[] = [];

  readyState = FakeWebSocket.CONNECTING;
  closedWith: number | null = null;
  sent: Frame[] = [];
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: string }) => void) | null = null;
  onclose: ((event: { code: number }) => void) | null = null;

  constructor(readonly url: string) {
    FakeWebSocket.all.push(this);
  }

  static get last(): FakeWebSocket {
    const last = FakeWebSocket.all.at(-1);
    if (!last) throw new Error('no connection was opened');
    return last;
  }

  send(text: string): void {
    this.sent.push(JSON.parse(text) as Frame);
  }

  close(code: number): void {
    this.closedWith = code;
    this.readyState = FakeWebSocket.CLOSED;
  }

  open(): void {
    this.readyState = FakeWebSocket.OPEN;
    this.onopen?.();
  }

  /** The frames of one kind that were sent. */
  frames(op: string): Frame[] {
    return this.sent.filter((frame) => frame.op === op);
  }

  receive(frame: object): void {
    this.onmessage?.({ data: JSON.stringify(frame) });
  }

  /** Answers the newest frame of a kind. */
  answer(op: string, ok: object): void {
    this.receive({ re: this.frames(op).at(-1)?.id, ok });
  }

  /** The node, or the network, ends the connection. */
  end(code: number): void {
    this.readyState = FakeWebSocket.CLOSED;
    this.onclose?.({ code });
  }
}
