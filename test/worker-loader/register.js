// vitest compiles TypeScript for itself alone. In the worker threads that the library starts, Node loads lib/*.ts where lib/*.js is
// asked for.
import { register } from 'node:module';

register('./hooks.js', import.meta.url);
