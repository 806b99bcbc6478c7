import { safetensorsParsers } from './parsers/safetensors.js';
import { attack } from './suite.js';

attack(safetensorsParsers);
