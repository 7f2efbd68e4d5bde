/** What a project is called in addresses: what its name has of a–z and 0–9, and where that is nothing, as in 猫, its letters as numbers. */
export function projectId(name: string): string {
  const plain = (text: string): string =>
    text
      .replace(/[^a-z0-9]+/g, '-')
      .replace(/^-+/, '')
      .slice(0, 64)
      .replace(/-+$/, '');
  // Letters lose their accents: ä is a.
  const letters = name.trim().toLowerCase().normalize('NFKD').replace(/\p{M}/gu, '');
  return plain(letters) || plain([...name.trim()].map((letter) => letter.codePointAt(0)?.toString(36)).join('-'));
}
