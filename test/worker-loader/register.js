// Worker threads of the library under vitest, which compiles TypeScript for itself alone: for them Node loads lib/*.ts where lib/*.js is asked for.
import { register } from 'node:module';

register('./hooks.js', import.meta.url);
