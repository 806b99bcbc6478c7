import { displayWidth, truncate } from '../plot/terminal/text.js';

/** A part of a line. */
export interface LinePart {
  /** Its text; then shorter ones, each of which does where there is less room. */
  readonly forms: readonly [string, ...string[]];
  /** Where there is too little room, the parts of the least weight are left out, and the others shortened. */
  readonly weight: number;
}

export function linePart(weight: number, ...forms: readonly [string, ...string[]]): LinePart {
  return { forms, weight };
}

/** The whole line. */
export function joinParts(parts: readonly LinePart[]): string {
  return parts.map(({ forms }) => forms[0]).join('  ');
}

/** The line in at most that many columns. */
export function fitParts(parts: readonly LinePart[], width: number): string {
  const shown: string[] = parts.map(() => '');
  const line = () => shown.filter((text) => text !== '').join('  ');
  const heaviest = parts.map((part, at) => ({ ...part, at })).toSorted((a, b) => b.weight - a.weight);
  // First as many parts as there is room for, then as much of each.
  for (const { forms, at } of heaviest) showIfItFits(at, forms.at(-1)!);
  for (const { forms, at } of heaviest) {
    for (const form of shown[at] === '' ? [] : forms.toReversed()) showIfItFits(at, form);
  }
  return line() === '' ? truncate(heaviest[0]?.forms.at(-1) ?? '', width) : line();

  function showIfItFits(at: number, form: string): void {
    const before = shown[at]!;
    shown[at] = form;
    if (displayWidth(line()) > width) shown[at] = before;
  }
}
