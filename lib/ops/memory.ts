/** A stretch of memory that is needed from one instruction to another. */
export interface MemoryRequest {
  /** In elements. */
  readonly size: number;
  /** The instruction that writes it first. */
  readonly first: number;
  /** The last instruction that needs it; Infinity for what must outlive the program. */
  readonly last: number;
}

export interface MemoryPlan {
  /** Where each request begins, in elements, in the order of the requests. */
  readonly offsets: readonly number[];
  /** Elements in all. */
  readonly length: number;
}

/**
 * Lays out requests in one arena so that those which are alive at the same time never overlap: first fit, in the order in
 * which they come to life.
 * @param alignment every offset is a multiple of this many elements
 */
export function planMemory(requests: readonly MemoryRequest[], alignment: number): MemoryPlan {
  const align = (elements: number) => Math.ceil(elements / alignment) * alignment;
  const offsets = new Array<number>(requests.length).fill(0);
  const byFirst = [...requests.keys()].sort((a, b) => requests[a]!.first - requests[b]!.first || a - b);
  /** The alive ones, by offset. */
  let placed: number[] = [];
  let length = 0;
  for (const index of byFirst) {
    const { size, first } = requests[index]!;
    placed = placed.filter((other) => requests[other]!.last >= first);
    let offset = 0;
    let position = 0;
    for (; position < placed.length; position++) {
      const other = placed[position]!;
      if (offset + size <= offsets[other]!) break;
      offset = align(offsets[other]! + requests[other]!.size);
    }
    placed.splice(position, 0, index);
    offsets[index] = offset;
    length = Math.max(length, offset + size);
  }
  return { offsets, length: align(length) };
}
