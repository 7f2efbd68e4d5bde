import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  complaintsOf,
  openBrowser,
  type ServedArena,
  screenshot,
  seriousFindings,
  serveArena,
} from './browser.test-support.js';

let arena: ServedArena;
let browser: Browser;
let owner: Page;
let guest: Page;
const complaints: string[][] = [];

beforeAll(async () => {
  const port = await freePort(); // people's address must be known before the server listens
  arena = await serveArena('--team', '--origin', `http://localhost:${port}`, '--port', `${port}`);
  browser = await openBrowser();
  owner = await visitor(1280);
  guest = await visitor(390);
});
afterAll(async () => {
  await browser?.close();
  await arena?.close();
});

/** Somebody with a browser of their own. */
async function visitor(width: number): Promise<Page> {
  const page = await (
    await browser.newContext({ viewport: { width, height: 844 }, reducedMotion: 'reduce' })
  ).newPage();
  complaints.push(complaintsOf(page));
  return page;
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}

const password = 'correct horse battery';

describe('a team in the browser', () => {
  it('begins with the link that the command printed', async () => {
    await owner.goto(arena.address);
    await owner.waitForURL('**/sign-in');
    expect(await seriousFindings(owner)).toEqual([]);
    await owner.goto('about:blank');
    await owner.goto(arena.setUp);
    await owner.getByLabel('Your name').fill('Grace');
    await owner.getByLabel('E-mail address').fill('grace@example.org');
    await owner.getByLabel('Password').fill(password);
    await screenshot(owner, 'set-up');
    await owner.getByRole('button', { name: 'Make the account' }).click();
    await owner.waitForURL('**/projects');
  });

  it('lets a guest in by a link, who agrees before the first choice', async () => {
    await owner.getByLabel('Name').fill('Cats');
    await owner.getByRole('button', { name: 'Make it' }).click();
    await owner.waitForURL('**/data');
    await owner.goto(`${arena.address}/p/cats/settings`);
    await owner.getByLabel('Consent').fill('What you choose is kept.');
    await owner.getByRole('button', { name: 'Save' }).click();
    await owner.getByText('Saved.').waitFor();
    await owner.goto(`${arena.address}/p/cats/people`);
    await owner.getByRole('button', { name: 'Make a link' }).click();
    const link = await owner.locator('.copyable code').textContent();
    expect(await seriousFindings(owner)).toEqual([]);

    await guest.goto(link ?? '');
    await guest.getByLabel('Your name').fill('Ada');
    expect(await seriousFindings(guest)).toEqual([]);
    await screenshot(guest, 'join');
    await guest.getByRole('button', { name: 'Join' }).click();
    await guest.getByText('What you choose is kept.').waitFor();
    await guest.getByRole('button', { name: 'I agree' }).click();
    await guest.getByText('Nothing to choose yet').waitFor();
  });

  it('shows a rater none of the pages of owners', async () => {
    await guest.goto(`${arena.address}/p/cats/audit`);
    await guest.getByText('Only owners of the project may see this.').waitFor();
    await guest.getByRole('button', { name: 'Menu' }).click();
    expect(await guest.getByRole('navigation').first().getByRole('link').allTextContents()).toEqual([
      'Choose',
      'Projects',
    ]);
  });

  it('gives roles, and keeps an owner', async () => {
    await owner.reload();
    await owner.getByLabel('Role of Ada').selectOption('viewer');
    await owner.getByLabel('Role of Grace').selectOption('rater');
    await owner.getByRole('alert').getByText('This is the last owner').waitFor();
    await expect.poll(() => owner.getByLabel('Role of Grace').inputValue()).toBe('owner');
    await guest.goto(`${arena.address}/p/cats/results`);
    await guest.getByText('Nothing was compared yet').waitFor();
  });

  it('forgets who asks for it', async () => {
    await guest.goto(`${arena.address}/account`);
    await guest.getByRole('button', { name: /^Forget me here/ }).click();
    await guest.getByRole('radio', { name: 'Delete the choices too' }).click();
    await guest.getByRole('button', { name: 'Forget for good' }).click();
    await owner.reload();
    await owner.getByLabel('Role of Grace').waitFor();
    expect(await owner.getByLabel('Role of Ada').count()).toBe(0);
  });

  it('signs out, and in with the right password only', async () => {
    await owner.goto(`${arena.address}/account`);
    await owner.getByRole('button', { name: 'Sign out' }).click();
    await owner.waitForURL('**/sign-in');
    await owner.getByLabel('E-mail address').fill('grace@example.org');
    await owner.getByLabel('Password').fill('wrong horse battery');
    await owner.getByRole('button', { name: 'Sign in' }).click();
    await owner.getByRole('alert').waitFor();
    await owner.getByLabel('Password').fill(password);
    await owner.getByRole('button', { name: 'Sign in' }).click();
    await owner.getByRole('link', { name: 'Cats' }).waitFor();
  });

  it('breaks no content security policy', () => expect(complaints.flat()).toEqual([]));
});
