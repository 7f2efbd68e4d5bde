/** What the readers of comparisons refuse, in words. A problem that is not here is shown by its name. */
const words: Readonly<Record<string, string>> = {
  'bad-row': 'a row that cannot be read',
  'bad-record': 'a field that is missing, unknown or of the wrong type',
  'bad-caption': 'a caption that is missing, empty or damaged',
  'bad-outcome': 'an outcome that does not fit the candidates',
  'missing-file': 'a file that is not there, or has no partner',
  'not-local': 'media on the network: nothing is ever fetched',
  'outside-folder': 'a path that leaves the folder of the set',
  'too-big': 'a file that is too large',
  'not-an-image': 'a file that is no picture, or a damaged one',
  'same-image': 'the same picture on both sides',
  duplicate: 'a record that repeats an earlier one',
  contradiction: 'a record that contradicts an earlier one',
  'not-expressible': 'a record that the format has no place for',
};

export const problemWords = (problem: string): string => words[problem] ?? problem;
