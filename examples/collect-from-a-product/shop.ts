import { randomInt } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';

/** What the product shows, whoever logs it: two designs of one emoji. */
const folder = 'models/emoji/comparisons/images'; // from the root of the clone
const designs = ['noto', 'twemoji', 'fluent'];
const names = readdirSync(folder).flatMap((file) => /^noto-(.+)\.webp$/.exec(file)?.[1] ?? []);

/** A picture by the name of its file, or null where there is none. */
export function picture(name: string): Uint8Array<ArrayBuffer> | null {
  const [, design = '', of = ''] = /^([a-z]+)-([a-z0-9-]+)\.webp$/.exec(name) ?? [];
  return designs.includes(design) && names.includes(of) ? new Uint8Array(readFileSync(`${folder}/${name}`)) : null;
}

export function page(): string {
  const name = names[randomInt(names.length)] as string;
  const shown = randomInt(2) ? ['noto', 'fluent'] : ['fluent', 'noto'];
  const question = `Which ${name.replaceAll('-', ' ')}?`;
  const buttons = shown.map(
    (design, i) =>
      `<button name="chosen" value="${i}"><img src="/${design}-${name}.webp" alt="${i + 1}" width="256"></button>`,
  );
  const hidden = `<input type="hidden" name="prompt" value="${name}"><input type="hidden" name="shown" value="${shown}">`;
  const form = `<h1>${question}</h1><form method="post">${hidden}${buttons.join(' ')}</form>`;
  return `<!doctype html><html lang="en"><title>${question}</title><body align="center">${form}`;
}
