export { integers, normal, permutation, type RandomKey, uniform } from './random.js';
