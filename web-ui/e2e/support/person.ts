import { expect, type Locator, type Page } from '@playwright/test';
import type { Registered } from './account';
import type { SnugNode } from './node';
import type { Watch } from './watch';

/** Somebody at a browser, with words for what people do. */
export class Person {
  readonly page: Page;
  readonly watch: Watch;
  username = '';
  id = '';
  #token = '';
  #node: SnugNode;

  constructor(page: Page, node: SnugNode, watch: Watch) {
    this.page = page;
    this.#node = node;
    this.watch = watch;
  }

  isNow(username: string, { id, token }: Registered): void {
    this.username = username;
    this.id = id;
    this.#token = token;
  }

  /** For calls that `api` does not make. */
  get token(): string {
    return this.#token;
  }

  /** Opens an address and waits until the app is there. */
  async open(path = '/'): Promise<void> {
    this.watch.left();
    await this.page.goto(path);
    await expect(this.page.getByRole('main').or(this.page.getByRole('navigation')).first()).toBeVisible();
  }

  /** Waits until the page is told what happens; it shows what was said before that. */
  async isLive(): Promise<void> {
    await expect.poll(() => this.watch.isLive, { message: `${this.username} is connected` }).toBe(true);
  }

  /** Signs in by the form. */
  async signIn(username: string, password: string): Promise<void> {
    await this.field('Username or e-mail').fill(username);
    await this.field('Password').fill(password);
    await this.button('Sign in').click();
    this.username = username;
  }

  /** Chooses from the own menu, at the bottom of the lists. */
  async chooseOwn(entry: string | RegExp): Promise<void> {
    await this.chooseFrom(this.button(/^Your menu/, { exact: false }), entry);
  }

  /** A call of the REST API, as a program of this person's would make it. */
  async api<T = unknown>(method: string, path: string, data?: unknown): Promise<T> {
    const answer = await this.page.request.fetch(`${this.#node.origin}/api/v1${path}`, {
      method,
      headers: { authorization: `Bearer ${this.#token}` },
      ignoreHTTPSErrors: true,
      // A connection that the node closed because nobody used it.
      maxRetries: 2,
      ...(data === undefined ? {} : { data }),
    });
    if (!answer.ok()) throw new Error(`${method} ${path}: ${answer.status()} ${await answer.text()}`);
    const text = await answer.text();
    return (text === '' ? undefined : JSON.parse(text)) as T;
  }

  button(name: string | RegExp, options: { exact?: boolean } = { exact: true }): Locator {
    return this.page.getByRole('button', { name, ...options });
  }

  field(label: string): Locator {
    return this.page.getByLabel(label, { exact: true });
  }

  dialog(name?: string | RegExp): Locator {
    return this.page.getByRole('dialog', name === undefined ? {} : { name });
  }

  get rooms(): Locator {
    return this.page.getByRole('navigation', { name: 'Rooms' });
  }

  get conversations(): Locator {
    return this.page.getByRole('navigation', { name: 'Conversations' });
  }

  get rail(): Locator {
    return this.page.getByRole('navigation', { name: 'Servers' });
  }

  get header(): Locator {
    return this.page.getByRole('main').getByRole('heading', { level: 1 });
  }

  get log(): Locator {
    return this.page.getByRole('log', { name: 'Messages' });
  }

  get composer(): Locator {
    return this.page.getByRole('textbox', { name: /^(Message |Edit message)/ });
  }

  /** The messages with this text, not those that quote it. */
  message(text: string | RegExp): Locator {
    const body = this.page.getByRole('paragraph').filter({ hasText: text });
    return this.log.getByRole('article').filter({ has: body });
  }

  async type(text: string): Promise<void> {
    await this.composer.pressSequentially(text);
  }

  /** Writes and sends. */
  async send(text: string): Promise<void> {
    await this.composer.fill(text);
    await this.composer.press('Enter');
    await expect(this.composer).toHaveValue('');
  }

  async sees(...texts: (string | RegExp)[]): Promise<void> {
    for (const text of texts) await expect(this.message(text).last()).toBeVisible();
  }

  async seesNot(text: string | RegExp): Promise<void> {
    await expect(this.message(text)).toHaveCount(0);
  }

  /** All that stands in the open conversation, in order. */
  async lines(): Promise<string[]> {
    return this.log.getByRole('article').getByRole('paragraph').allInnerTexts();
  }

  /** Exactly this stands in the open conversation, in order. */
  async reads(...texts: string[]): Promise<void> {
    await expect.poll(() => this.lines(), { timeout: 30_000 }).toEqual(texts);
  }

  /** The same browser with a new page: the old one was closed. */
  async another(): Promise<Person> {
    const person = new Person(await this.page.context().newPage(), this.#node, this.watch);
    person.isNow(this.username, { id: this.id, token: this.#token });
    return person;
  }

  /** Goes to a room of the server that is open. */
  async enter(room: string): Promise<void> {
    await this.rooms.getByRole('link', { name: new RegExp(`^${room}\\b`) }).click();
    await expect(this.header).toHaveText(room);
  }

  /** Chooses from the menu of a message: on a phone by a long press, else by the toolbar under the mouse. */
  async choose(text: string | RegExp, command: string): Promise<void> {
    const message = this.message(text).last();
    if (await this.page.evaluate(() => matchMedia('(pointer: coarse)').matches)) {
      await this.#press(message);
      await this.dialog('Message').getByRole('button', { name: command }).click();
      return;
    }
    await message.hover();
    await message.getByRole('button', { name: 'More', exact: true }).click();
    await this.page.getByRole('menuitem', { name: new RegExp(`^${command}`) }).click();
  }

  /** Chooses from the menu that a button opens. */
  async chooseFrom(button: Locator, entry: string | RegExp): Promise<void> {
    await button.click();
    await this.page
      .getByRole('menuitem', { name: entry })
      .or(this.page.getByRole('menuitemcheckbox', { name: entry }))
      .click();
  }

  async confirm(label: string): Promise<void> {
    await this.dialog().last().getByRole('button', { name: label, exact: true }).click();
    await expect(this.dialog()).toHaveCount(0);
  }

  /** Chooses the look on this device. */
  async wears(theme: 'light' | 'dark'): Promise<void> {
    await this.page.emulateMedia({ colorScheme: theme });
  }

  async #press(message: Locator): Promise<void> {
    const box = await message.boundingBox();
    if (!box) throw new Error('the message is not on the screen');
    const devtools = await this.page.context().newCDPSession(this.page);
    const touchPoints = [{ x: box.x + box.width / 2, y: box.y + box.height / 2 }];
    await devtools.send('Input.dispatchTouchEvent', { type: 'touchStart', touchPoints });
    await expect(this.dialog('Message')).toBeVisible();
    await devtools.send('Input.dispatchTouchEvent', { type: 'touchEnd', touchPoints: [] });
    await devtools.detach();
  }
}
