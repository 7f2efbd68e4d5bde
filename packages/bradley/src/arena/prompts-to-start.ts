import { permutation } from '@bradley/runtime';
import { readEmojiNames } from '../emoji/names.js';

/**
 * Names that the emoji model draws well, picked by eye from a picture of each of its 322: a motley crowd of things, animals and food, and
 * few of the many faces, which are all yellow.
 */
const wellDrawn = `
alien, ambulance, anchor, automobile, avocado, baby chick, backpack, balloon, basketball, bear, bell, bell pepper, billed cap, bird,
black cat, blueberries, brain, bread, broccoli, bus, butterfly, cactus, camera, candle, castle, cat, cat face, cheese wedge, cherries,
cherry blossom, chocolate bar, christmas tree, clown face, coconut, cookie, cow face, crab, croissant, crown, cupcake, deciduous tree,
dog face, dolphin, doughnut, dragon face, eggplant, elephant, fire, fish, flamingo, flushed face, four leaf clover, fox, french fries,
frog, gem stone, ghost, glasses, glowing star, grapes, green apple, grinning face, guitar, hamburger, hamster, headphone, heart with arrow,
high heeled shoe, horse face, house, ice cream, jack o lantern, jellyfish, key, kiwi fruit, koala, lady beetle, lemon, light bulb, lime,
lion, lobster, lollipop, magnet, mango, maple leaf, melon, monkey face, mountain, mouse face, mushroom, octopus, owl, palm tree, pancakes,
panda, parrot, peach, pear, pencil, penguin, pig face, pineapple, pizza, polar bear, popcorn, potted plant, pretzel, rabbit face, rainbow,
red apple, red heart, robot, rocket, rose, sailboat, sandwich, scissors, shark, smiling face with sunglasses, snail, snowman, socks,
star, strawberry, sun with face, sunflower, sushi, t shirt, taco, taxi, teapot, teddy bear, television, tent, tiger face, tomato, tractor,
train, trophy, tropical fish, tulip, turtle, umbrella, unicorn, volcano, watermelon, whale, wine glass, wolf, wrapped gift
`
  .split(',')
  .map((name) => name.trim());

/**
 * Prompts for the emoji model to begin with, in an order that the seed decides: none comes again before all have come. Those from
 * another `offset` of the same seed are others, as long as the list lasts: to choose between and to be judged by.
 */
export function promptsToStart(count: number, seed: number, offset = 0): string[] {
  return Array.from({ length: count }, (_, i) => {
    const at = offset + i;
    const round = Math.floor(at / wellDrawn.length);
    const order = permutation({ seed, stream: 'prompts', step: round, index: 0 }, wellDrawn.length);
    return wellDrawn[order[at % wellDrawn.length] as number] as string;
  });
}

/** The model's other names but faces: what `promptsToStart` never gives, so that a taste may be carried over to them and not be judged by them. */
export async function promptsToCarryTo(): Promise<string[]> {
  const names = await readEmojiNames();
  return names
    .filter(({ name, category }) => category !== 'faces & people' && !wellDrawn.includes(name))
    .map(({ name }) => name);
}
