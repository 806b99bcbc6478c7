import { modelParsers } from './parsers/models.js';
import { attack } from './suite.js';

attack(modelParsers);
