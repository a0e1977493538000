// A push service on this machine, and a browser's half of its subscriptions: Chromium's own is Google's and out of reach. What the
// node sends is opened here with Node's cryptography (RFC 8291) and can be handed to the page's service worker.
import { execFileSync } from 'node:child_process';
import { createDecipheriv, createECDH, hkdfSync, randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from '@playwright/test';

/** Settings for a node that may talk to it. */
export const folder = mkdtempSync(join(tmpdir(), 'snug-push-'));
execFileSync('/usr/bin/python3', ['../tests/it/push_oracle.py', 'certificate', folder]);
export const PUSH_SETTINGS = {
  SNUG_PUSH_ALLOW_PRIVATE_ENDPOINTS: 'true',
  SNUG_PUSH_CA_FILE: join(folder, 'ca.pem'),
  SNUG_PUSH_DELAY_MS: '300',
};

/** The address of the one device that it knows. */
const DEVICE = '/device';

export interface Pushed {
  type: string;
  sender?: string;
  text?: string;
  count?: number;
  badge?: number;
  url?: string;
}

export class PushService {
  /** What came, opened, in order. */
  readonly pushed: Pushed[] = [];
  #server: Server;
  #key = createECDH('prime256v1');
  #secret = randomBytes(16);

  private constructor() {
    this.#key.generateKeys();
    const certificate = {
      cert: readFileSync(join(folder, 'cert.pem')),
      key: readFileSync(join(folder, 'key.pem')),
    };
    this.#server = createServer(certificate, (request, response) => {
      const parts: Buffer[] = [];
      request.on('data', (part: Buffer) => parts.push(part));
      request.on('end', () => {
        if (request.url !== DEVICE) {
          response.writeHead(404).end();
          return;
        }
        this.pushed.push(JSON.parse(this.#open(Buffer.concat(parts))) as Pushed);
        response.writeHead(201).end();
      });
    });
  }

  static async start(): Promise<PushService> {
    const service = new PushService();
    await new Promise<void>((done) => service.#server.listen(0, '127.0.0.1', done));
    return service;
  }

  stop(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  /** From the next page on, this browser subscribes here. */
  async serve(page: Page): Promise<void> {
    const { port } = this.#server.address() as AddressInfo;
    await page.addInitScript(
      ({ endpoint, p256dh, auth }) => {
        const KEPT = 'a browser that is subscribed';
        const subscription = {
          options: { applicationServerKey: null as ArrayBuffer | null, userVisibleOnly: true },
          toJSON: () => ({ endpoint, expirationTime: null, keys: { p256dh, auth } }),
          unsubscribe: async () => {
            localStorage.removeItem(KEPT);
            return true;
          },
        };
        const known = () => {
          const key = localStorage.getItem(KEPT);
          if (key === null) return null;
          subscription.options.applicationServerKey = Uint8Array.from(JSON.parse(key) as number[]).buffer;
          return subscription as unknown as PushSubscription;
        };
        PushManager.prototype.getSubscription = async () => known();
        PushManager.prototype.subscribe = async (options) => {
          const key = new Uint8Array(options?.applicationServerKey as Uint8Array<ArrayBuffer>);
          if (key.length !== 65 || key[0] !== 4) throw new DOMException('no key', 'InvalidAccessError');
          localStorage.setItem(KEPT, JSON.stringify([...key]));
          return known() as PushSubscription;
        };
      },
      {
        endpoint: `https://localhost:${port}${DEVICE}`,
        p256dh: this.#key.getPublicKey('base64url'),
        auth: this.#secret.toString('base64url'),
      },
    );
  }

  #open(body: Buffer): string {
    const length = body[20] ?? 0;
    const salt = body.subarray(0, 16);
    const sender = body.subarray(21, 21 + length);
    const sealed = body.subarray(21 + length);
    const derive = (ikm: Buffer, by: Buffer, info: Buffer | string, size: number) =>
      Buffer.from(hkdfSync('sha256', ikm, by, info, size));
    const info = Buffer.concat([Buffer.from('WebPush: info\0'), this.#key.getPublicKey(), sender]);
    const material = derive(this.#key.computeSecret(sender), this.#secret, info, 32);
    const key = derive(material, salt, 'Content-Encoding: aes128gcm\0', 16);
    const nonce = derive(material, salt, 'Content-Encoding: nonce\0', 12);
    const cipher = createDecipheriv('aes-128-gcm', key, nonce).setAuthTag(sealed.subarray(-16));
    const record = Buffer.concat([cipher.update(sealed.subarray(0, -16)), cipher.final()]);
    return record.subarray(0, record.lastIndexOf(2)).toString();
  }
}

/** Hands a push message to the service worker of a page, as the browser does. */
export async function deliver(page: Page, pushed: unknown): Promise<void> {
  const devtools = await page.context().newCDPSession(page);
  const found = new Promise<string>((done) => {
    devtools.on('ServiceWorker.workerRegistrationUpdated', ({ registrations }) => {
      const there = registrations.find(({ isDeleted }) => !isDeleted);
      if (there) done(there.registrationId);
    });
  });
  await devtools.send('ServiceWorker.enable');
  await devtools.send('ServiceWorker.deliverPushMessage', {
    origin: new URL(page.url()).origin,
    registrationId: await found,
    data: JSON.stringify(pushed),
  });
  await devtools.detach();
}

/** What the system shows of this browser's notifications. */
export const shown = (page: Page): Promise<{ title: string; body: string; tag: string }[]> =>
  page.evaluate(async () => {
    const here = await navigator.serviceWorker.ready;
    return (await here.getNotifications()).map(({ title, body, tag }) => ({ title, body, tag }));
  });
