/** The forms of one name: `rotation-plan` is `RotationPlan`, `rotationPlan`, `rotation_plan` and `rotation plan`. */
export interface Word {
  readonly kebab: string;
  readonly pascal: string;
  readonly camel: string;
  readonly snake: string;
  readonly words: string;
  /** With its article: `a rotation plan`. */
  readonly one: string;
}

export function wordOf(kebab: string): Word {
  const parts = kebab.split('-');
  const pascal = parts.map((part) => part.charAt(0).toUpperCase() + part.slice(1)).join('');
  const words = parts.join(' ');
  return {
    kebab,
    pascal,
    camel: pascal.charAt(0).toLowerCase() + pascal.slice(1),
    snake: parts.join('_'),
    words,
    one: `${/^[aeio]|^un[^i]/.test(words) ? 'an' : 'a'} ${words}`,
  };
}

export const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** `policy` is `policies`, `address` is `addresses`, `secret` is `secrets`. */
export function pluralOf(word: string): string {
  if (/[^aeiou]y$/.test(word)) return word.replace(/y$/, 'ies');
  return /(s|x|z|ch|sh)$/.test(word) ? `${word}es` : `${word}s`;
}

export function singularOf(word: string): string {
  if (/ies$/.test(word)) return word.replace(/ies$/, 'y');
  return /(s|x|z|ch|sh)es$/.test(word) ? word.replace(/es$/, '') : word.replace(/s$/, '');
}

const irregular: Readonly<Record<string, string>> = {
  begin: 'begun',
  build: 'built',
  cut: 'cut',
  find: 'found',
  freeze: 'frozen',
  give: 'given',
  hold: 'held',
  keep: 'kept',
  make: 'made',
  put: 'put',
  read: 'read',
  rebuild: 'rebuilt',
  reset: 'reset',
  send: 'sent',
  set: 'set',
  shut: 'shut',
  split: 'split',
  submit: 'submitted',
  take: 'taken',
  withdraw: 'withdrawn',
  write: 'written',
};

/** The verb as a fact: `rotate` is `rotated`, `retry` is `retried`, `set` is `set`. */
export function pastOf(verb: string): string {
  const known = irregular[verb];
  if (known !== undefined) return known;
  if (verb.endsWith('e')) return `${verb}d`;
  if (/[^aeiou]y$/.test(verb)) return verb.replace(/y$/, 'ied');
  // One short syllable doubles its last letter: plan, drop, wrap.
  return /^[^aeiou]*[aeiou][bdgklmnprt]$/.test(verb) ? `${verb}${verb.at(-1)}ed` : `${verb}ed`;
}
