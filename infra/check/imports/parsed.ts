import { posix } from 'node:path';
import { type ModuleItem, parseSync } from '@swc/core';

/** What one file takes from another module. */
export interface Taken {
  readonly file: string;
  /** Path below the root for one of ours, else the specifier. */
  readonly from: string;
  readonly names: readonly string[];
  /** Nothing of it is left when the program runs. */
  readonly typeOnly: boolean;
}

export function parse(source: string): readonly ModuleItem[] {
  return parseSync(source, { syntax: 'typescript', target: 'es2022' }).body;
}

/** The imports of one file, by the names in the other one. */
export function takenBy(file: string, items: readonly ModuleItem[]): readonly Taken[] {
  return items.flatMap((item) => {
    if (item.type !== 'ImportDeclaration') return [];
    const specifier = item.source.value;
    const from = specifier.startsWith('.') ? posix.join(posix.dirname(file), specifier) : specifier;
    const names = item.specifiers.map((part) => {
      if (part.type === 'ImportSpecifier') return (part.imported ?? part.local).value;
      return part.type === 'ImportNamespaceSpecifier' ? '*' : 'default';
    });
    return [{ file, from, names, typeOnly: item.typeOnly }];
  });
}
