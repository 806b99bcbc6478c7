import { loadNative } from '../../lib/backend/native.js';
import { conformance } from './conformance.js';

conformance('native', loadNative);
