import { jsBackend } from '../../lib/backend/js/index.js';
import { conformance } from './conformance.js';

conformance('js', () => jsBackend);
