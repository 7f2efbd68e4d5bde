/** Text as it may stand in an SVG: markup escaped, control characters and halves of surrogate pairs as spaces. */
export const svgText = (text: string): string =>
  text.replace(/[\p{Cc}\p{Cs}]/gu, ' ').replace(/[&<>]/g, (character) => `&#${character.charCodeAt(0)};`);
