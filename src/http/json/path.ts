interface Level {
  readonly array: boolean;
  /** Names seen in this object. */
  readonly names: Set<string> | undefined;
  at: string | number;
}

/** Characters of one name that a path shows. */
const shownName = 64;

/** Where a walk over a JSON document stands. */
export class JsonPath {
  readonly #levels: Level[] = [];

  get depth(): number {
    return this.#levels.length;
  }

  inArray(): boolean {
    return this.#levels.at(-1)?.array === true;
  }

  enter(array: boolean): void {
    this.#levels.push({ array, names: array ? undefined : new Set(), at: array ? -1 : '' });
  }

  leave(): void {
    this.#levels.pop();
  }

  /** Moves to the next element; false where this is no array. */
  nextElement(): boolean {
    const level = this.#levels.at(-1);
    if (level?.array !== true) return false;
    level.at = Number(level.at) + 1;
    return true;
  }

  /** Moves to a member of the object; a reason where its name is refused. */
  enterMember(name: string): string | undefined {
    const level = this.#levels.at(-1);
    if (level?.names === undefined) return 'is not valid JSON';
    level.at = name;
    if (level.names.has(name)) return 'is given twice';
    level.names.add(name);
    return reachesPrototype(name, this.#levels.at(-2)?.at) ? 'is a name that is not accepted' : undefined;
  }

  /** Dotted, with long names cut; empty at the top. */
  text(): string {
    return this.#levels
      .map(({ at }) => (typeof at === 'string' ? shown(at) : String(Math.max(at, 0))))
      .filter((part) => part !== '')
      .join('.');
  }
}

/** Names by which a careless merge would write to the prototype of all objects. */
export function reachesPrototype(name: string, above?: string | number): boolean {
  return name === '__proto__' || (name === 'prototype' && above === 'constructor');
}

function shown(name: string): string {
  const printable = name.replaceAll(/[\p{Cc}\u2028\u2029]/gu, '?');
  return printable.length > shownName ? `${printable.slice(0, shownName)}…` : printable;
}
