import { expect, it } from 'vitest';
import { iconSvg, imageSize, readIconSet, renderSvg } from './render.js';

it('draws an icon on white as 64×64 RGB', async () => {
  const pixels = await renderSvg(iconSvg(await readIconSet('fluent'), 'red-heart'));
  expect(pixels.length).toBe(imageSize * imageSize * 3);
  expect([...pixels.subarray(0, 3)]).toEqual([255, 255, 255]);
  const middle = (imageSize / 2) * (imageSize + 1) * 3;
  const [red = 0, green = 0] = pixels.subarray(middle, middle + 3);
  expect(red).toBeGreaterThan(200);
  expect(green).toBeLessThan(80);
});

it('takes the size an icon gives itself before that of its set', () => {
  const set = { width: 32, height: 32, icons: { wide: { body: '<g/>', width: 48 } } };
  expect(iconSvg(set, 'wide')).toContain('viewBox="0 0 48 32"');
});

it('names the key that a set does not have', () => {
  expect(() => iconSvg({ icons: {} }, 'unicorn')).toThrow(/unicorn/);
});
