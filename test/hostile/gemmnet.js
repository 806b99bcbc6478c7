// Before the package: it watches what memory the package asks for.
import './memory.js';

/** The package, from its sources under vitest and as it was built under Node, watched. All of test/hostile imports it from here. */
export * from 'gemmnet';
